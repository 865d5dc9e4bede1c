"""A unified diff, taken apart into hunks and numbered lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)
_TOLD = ("old mode ", "new mode ", "new file mode ", "deleted file mode ", "Binary files ")
_USUAL = ("new file mode 100644",)


class Mark(StrEnum):
    """What became of a line."""

    KEPT = " "
    ADDED = "+"
    REMOVED = "-"


class LineRef(NamedTuple):
    """Which line of a file: its number before and after; None: it is not there."""

    old: int | None
    new: int | None


class DiffLine(NamedTuple):
    """A line of a hunk."""

    mark: Mark
    text: str
    ref: LineRef
    has_newline: bool = True


class Hunk(NamedTuple):
    """Lines that stand together."""

    title: str
    """What git says of the place, such as the function."""
    lines: tuple[DiffLine, ...]


class Patch(NamedTuple):
    """What happens to one file."""

    hunks: tuple[Hunk, ...]
    notes: tuple[str, ...]
    """What is no line of it: modes, that it is binary."""

    def line_at(self, ref: LineRef) -> DiffLine | None:
        """The line with these numbers."""
        return next((line for hunk in self.hunks for line in hunk.lines if line.ref == ref), None)


def parsed(text: str) -> Patch:
    """The diff that git printed; what is no diff gives no hunks, and never an error."""
    hunks: list[Hunk] = []
    notes: list[str] = []
    rows = text.split("\n")
    at = 0
    while at < len(rows):
        head = _HUNK.match(rows[at])
        if head is None:
            if rows[at].startswith(_TOLD) and rows[at] not in _USUAL:
                notes.append(rows[at].rstrip())
            at += 1
            continue
        taken = _hunk_lines(rows, at + 1, head)
        lines = tuple(taken)
        at += 1 + len(lines) + sum(not line.has_newline for line in lines)
        hunks.append(Hunk(head[5].strip(), lines))
    return Patch(tuple(hunks), tuple(dict.fromkeys(notes)))


def _hunk_lines(rows: list[str], at: int, head: re.Match[str]) -> Iterator[DiffLine]:
    """As many as the head says, so that a line that looks like a head of its own is none."""
    old, new = int(head[1]), int(head[3])
    old_end, new_end = old + int(head[2] or 1), new + int(head[4] or 1)
    while at < len(rows) and (old < old_end or new < new_end):
        sign, text = rows[at][:1], rows[at][1:]
        has_newline = not (at + 1 < len(rows) and rows[at + 1].startswith("\\"))
        match sign:
            case "+":
                yield DiffLine(Mark.ADDED, text, LineRef(None, new), has_newline)
                new += 1
            case "-":
                yield DiffLine(Mark.REMOVED, text, LineRef(old, None), has_newline)
                old += 1
            case " ":
                yield DiffLine(Mark.KEPT, text, LineRef(old, new), has_newline)
                old, new = old + 1, new + 1
            case _:
                return
        at += 1 if has_newline else 2
