"""What the reporter `vitest_record.mjs` wrote down about a run of Vitest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.checks.decode import decoded
from engine.checks.tool import UnreadableError

REPORTER = Path(__file__).with_suffix(".mjs")
VARIABLE = "AIO_VITEST_RECORD"


class OutsideError(msgspec.Struct, frozen=True):
    """What went wrong outside of any test."""

    message: str
    path: str = ""


class _Event(msgspec.Struct, frozen=True):
    event: str
    files: tuple[str, ...] = ()
    errors: tuple[OutsideError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VitestRecord:
    """A run of Vitest, as far as it came. Paths are as Vitest names them."""

    planned: tuple[str, ...]
    """Test files that were to run."""
    running: tuple[str, ...]
    """Those that began and did not end."""
    errors: tuple[OutsideError, ...]
    is_finished: bool


def read_record(path: Path) -> VitestRecord:
    """The record in the file; lines that cannot be read make it unfinished."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        lines = []
    events = list(_events(lines))
    began = dict.fromkeys(_files(events, "began"))
    ended = set(_files(events, "ended"))
    over = [event for event in events if event.event == "over"]
    return VitestRecord(
        planned=tuple(dict.fromkeys(_files(events, "planned"))),
        running=tuple(file for file in began if file not in ended),
        errors=tuple(dict.fromkeys(error for event in over for error in event.errors)),
        is_finished=bool(over) and len(events) == len(lines),
    )


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
