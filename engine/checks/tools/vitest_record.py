"""What the reporter `vitest_record.mjs` wrote down about a run of Vitest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from engine.checks.decode import decoded
from engine.checks.tool import UnreadableError
from engine.domain.values import dataclass

REPORTER = Path(__file__).with_suffix(".mjs")


class OutsideError(msgspec.Struct, frozen=True):
    """What went wrong outside of any test."""

    message: str
    path: str = ""


class _Event(msgspec.Struct, frozen=True):
    event: str
    key: str = ""
    files: tuple[str, ...] = ()
    errors: tuple[OutsideError, ...] = ()
    passed: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VitestRecord:
    """A run of Vitest, as far as it came. Paths are as Vitest names them."""

    planned: tuple[str, ...]
    """Test files that were to run."""
    running: tuple[str, ...]
    """Those that began and did not end."""
    errors: tuple[OutsideError, ...]
    is_finished: bool
    passed: Mapping[str, int] | None = None
    """How many tests of each file; None: this Vitest does not tell."""


def order_for(path: Path, key: str) -> bytes:
    """What the reporter is told: to write to `path`, each line with `key`."""
    return msgspec.json.encode({"file": str(path), "key": key})


def read_record(path: Path, key: str) -> VitestRecord:
    """The record in the file; lines that cannot be read, or without the key, make it unfinished."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        lines = []
    events = [event for event in _events(lines) if event.key == key]
    began = dict.fromkeys(_files(events, "began"))
    ended = set(_files(events, "ended"))
    over = [event for event in events if event.event == "over"]
    return VitestRecord(
        planned=tuple(dict.fromkeys(_files(events, "planned"))),
        running=tuple(file for file in began if file not in ended),
        errors=tuple(dict.fromkeys(error for event in over for error in event.errors)),
        is_finished=bool(over) and len(events) == len(lines),
        passed=_counts(over),
    )


def _counts(over: list[_Event]) -> Mapping[str, int] | None:
    told = [event.passed for event in over if event.passed is not None]
    if not told:
        return None
    counts: Counter[str] = Counter()
    for file, count in told[0]:
        counts[file] += count
    return +counts


def _events(lines: list[bytes]) -> Iterator[_Event]:
    for line in lines:
        try:
            yield decoded(line, _Event, what="record of vitest")
        except UnreadableError:
            continue


def _files(events: list[_Event], kind: str) -> Iterator[str]:
    for event in events:
        if event.event == kind:
            yield from event.files
