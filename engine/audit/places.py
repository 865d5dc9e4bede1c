"""The files of the log: which there are, and which decision stands where."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import Path

from engine.audit.lines import Line, line_in
from engine.domain.decision import Decision, DecisionKind
from engine.domain.ids import parse_task_id
from engine.domain.values import dataclass

HEAD = "head"
ARCHIVE = "archive"
PARTS = (".", "governance", "guardrails")

_GUARDRAILS = frozenset(
    {
        DecisionKind.GUARDRAIL,
        DecisionKind.GUARDRAIL_OVERRIDE,
        DecisionKind.ESCALATION_ANSWER,
        DecisionKind.HOOK,
    }
)
_GOVERNANCE = frozenset(
    {
        DecisionKind.BUDGET_CHANGE,
        DecisionKind.VERDICT_OVERRIDE,
        DecisionKind.MERGE,
        DecisionKind.MERGE_REVERT,
        DecisionKind.POISON,
        DecisionKind.CONTRACT_CHANGE,
        DecisionKind.SANDBOX,
    }
)
_RUN_WIDE = re.compile(rb'"task_id":null[,}]')
_NUMBER = re.compile(r"[0-9]{4,9}")


def files_of(decision: Decision) -> tuple[str, ...]:
    """Where a decision is written: first its own place, then those of its copies."""
    month = decision.at.astimezone(UTC).isoformat()[:7]
    names = []
    if decision.task_id is not None:
        names.append(f"{parse_task_id(decision.task_id)}.jsonl")
    if decision.task_id is None or decision.kind in _GOVERNANCE:
        names.append(f"governance/{month}.jsonl")
    if decision.kind in _GUARDRAILS:
        names.append(f"guardrails/{month}.jsonl")
    return tuple(names)


def is_copy(name: str, line: Line) -> bool:
    """Whether a line of this file is the second one of its decision."""
    if name.startswith("governance/"):
        return _RUN_WIDE.search(line.content) is None
    return name.startswith("guardrails/")


def live_files(folder: Path) -> list[str]:
    """Names of the files that are written to, relative to the folder, sorted in each part."""
    return [
        path.relative_to(folder).as_posix()
        for part in PARTS
        for path in sorted((folder / part).glob("*.jsonl"))
    ]


def archives(folder: Path) -> list[Path]:
    """The folders of archived files, oldest first."""
    try:
        found = list((folder / ARCHIVE).iterdir())
    except OSError:
        return []
    return sorted((one for one in found if _NUMBER.fullmatch(one.name)), key=lambda p: int(p.name))


def segments_of(folder: Path, name: str) -> list[Path]:
    """The archived files of this name and the one in use, oldest first; those that are there."""
    paths = [*(archive / name for archive in archives(folder)), folder / name]
    return [path for path in paths if path.exists()]


def all_files(folder: Path) -> list[str]:
    """Names of all that is or was written to, archived or in use."""
    names = dict.fromkeys(live_files(folder))
    for archive in archives(folder):
        names.update(dict.fromkeys(live_files(archive)))
    return list(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One line as it stands in a file."""

    path: str
    """Relative to the folder."""
    number: int
    """From 1."""
    text: bytes
    """Without its newline."""
    start: int
    """Its place in the file, in bytes."""
    is_whole: bool
    """Whether it ends in a newline."""

    @property
    def line(self) -> Line | None:
        return line_in(self.text) if self.is_whole else None


def raw_lines(folder: Path, name: str) -> Iterator[Raw]:
    """The lines of a name, through its archived files to the one in use.

    Raises:
        OSError: a file is there and cannot be read.
    """
    for path in segments_of(folder, name):
        relative = path.relative_to(folder).as_posix()
        pieces = _content(path).split(b"\n")
        yield from _raw(relative, pieces)


def _content(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        return file.read()


def _raw(path: str, pieces: list[bytes]) -> Iterable[Raw]:
    last, start = len(pieces), 0
    for number, text in enumerate(pieces, 1):
        if text or number < last:
            yield Raw(path=path, number=number, text=text, start=start, is_whole=number < last)
        start += len(text) + 1
