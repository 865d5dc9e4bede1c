"""What a check printed, as far as it is worth a look here: narrowed to the room there is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len

from aio_tui.widgets.line import Line, paragraph
from aio_tui.wording import Tone

_INDENT = "  │ "
_RULER = re.compile(r"^([=_-])\1{2,}(?: (?P<words>.*\S) \1{3,})?$")
_PROGRESS = re.compile(r"^(?P<dots>\S+)\s{2,}(?P<share>\[ *\d+%\])$")
_LEAST = 3
"""Signs of a ruler on each side."""


def output_lines(output: str, width: int) -> list[Line]:
    """The output, muted and indented; rulers are no longer than the room, so that none breaks."""
    room = max(width - len(_INDENT), 1)
    text = "\n".join(narrowed(line, room) for line in output.split("\n"))
    return paragraph(text, width, Tone.MUTED, indent=_INDENT)


def without_told(output: str, told: Sequence[str]) -> str:
    """The output without parts that are shown already, and titles of which nothing is left."""
    for part in told:
        if part.strip() and "\n" in part:
            output = output.replace(f"{part}\n", "")
    lines = output.split("\n")
    followers = [*lines[1:], ""]
    return "\n".join(
        line
        for line, after in zip(lines, followers, strict=True)
        if not (_is_title(line) and _is_title(after))
    )


def _is_title(line: str) -> bool:
    return line.startswith("===") and line.endswith("===")


def narrowed(line: str, room: int) -> str:
    """A ruler or a line of dots that was made for a wider terminal, in at most `room` cells as far
    as its words allow; any other line as it is.

    >>> narrowed("=" * 34 + " FAILURES " + "=" * 34, 20)
    '===== FAILURES ====='
    """
    if cell_len(line) <= room:
        return line
    if ruler := _RULER.match(line):
        sign, words = ruler[1], ruler["words"] or ""
        if not words:
            return sign * room
        side = sign * max((room - cell_len(words) - 2) // 2, _LEAST)
        return f"{side} {words} {side}"
    progress = _PROGRESS.match(line)
    return f"{progress['dots']} {progress['share']}" if progress else line
