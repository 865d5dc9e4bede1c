"""Reading a log that grows: each look begins where the last one ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.audit.lines import decision_of, line_in
from engine.audit.places import archives, is_copy, live_files
from engine.domain.audit import RecordedDecision, TrailMark

FOLDER = "decisions"


def read_from(
    folder: Path, mark: TrailMark
) -> tuple[list[RecordedDecision], list[str], TrailMark] | None:
    """What was added since `mark`, what of it cannot be read, and the mark for the next look;
    None: files were moved, cut or replaced, so that all has to be read anew.

    Raises:
        OSError: a file is there and cannot be read.
    """
    names = [name for name in live_files(folder) if not name.startswith("guardrails/")]
    if len(archives(folder)) != mark.archives or not mark.ends.keys() <= set(names):
        return None
    found: list[RecordedDecision] = []
    warnings: list[str] = []
    ends = dict(mark.ends)
    for name in names:
        inode, start, lines = mark.ends.get(name, (0, 0, 0))
        status = (folder / name).stat()
        if status.st_size < start or inode not in (0, status.st_ino):
            return None
        if status.st_size == start:
            continue
        whole = _whole_lines(folder / name, start)
        texts = whole.split(b"\n")[:-1]
        ends[name] = (status.st_ino, start + len(whole), lines + len(texts))
        for number, text in enumerate(texts, lines + 1):
            found += _decision(name, number, text, warnings)
    return found, warnings, TrailMark(ends=ends, archives=mark.archives)


def mark_before(folder: Path) -> TrailMark:
    """A mark from which nothing of the files in use is known; of the archive all is."""
    return TrailMark(ends={}, archives=len(archives(folder)))


def _whole_lines(path: Path, start: int) -> bytes:
    """From `start` to the last newline: what follows it is being written, or torn."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        file.seek(start)
        content = file.read()
    return content[: content.rfind(b"\n") + 1]


def _decision(
    name: str, number: int, text: bytes, warnings: list[str]
) -> Iterator[RecordedDecision]:
    line = line_in(text)
    if line is not None and is_copy(name, line):
        return
    decision = None if line is None else decision_of(line.content)
    if line is None or decision is None:
        warnings.append(f"{FOLDER}/{name} line {number} cannot be read")
        return
    yield RecordedDecision(
        decision=decision,
        file=f"{FOLDER}/{name}",
        line=number,
        seq=line.seq,
        digest=line.digest,
    )
