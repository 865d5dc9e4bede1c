"""Lines of screens as they are said: words without the shapes that stand before them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aio_tui.widgets.line import Line
from aio_tui.wording import MERGE_SIGNS, TASK_SIGNS, VERDICT_SIGNS, Tone

_SHAPE = re.compile(r"^(\s*)([✓✗■▪▸▶►◆◇○●◌◷‖⊘⇡↩?!✎·~⋯])\s+")
"""Signs before words, most of which say the same."""
_WORDS = {"✗": "failed: ", "▶": "under way: "}
"""Where it is the sign that says it."""
_STATES = tuple(
    {sign.word for signs in (TASK_SIGNS, MERGE_SIGNS, VERDICT_SIGNS) for sign in signs.values()}
    | {"findings", "live"}
)
_QUOTED = "│"
_DOT = " · "
_GAP = re.compile(r"(?<=[^\s,:]) {2,}")
"""Between columns."""
_PRIORITY = re.compile(r", p(?=\d, )")


def spoken(lines: Iterable[Line]) -> list[str]:
    """What the lines say. What is quoted in them, such as a command or a diff, stays as it is."""
    return [f"  {text}" for text in map(_said, lines) if text]


def said(text: str) -> str:
    """Words about states without their shapes."""
    return _PRIORITY.sub(", priority ", _SHAPE.sub(_word, text.replace(_DOT, ", ")))


def _word(found: re.Match[str]) -> str:
    is_told = found.string[found.end() :].startswith(_STATES)
    return found[1] + ("" if is_told else _WORDS.get(found[2], ""))


def _said(line: Line) -> str:
    head, mark, quoted = line.text.rstrip().partition(_QUOTED)
    if mark and not head.strip():
        return quoted.removeprefix(" ")
    words = [said(piece) for piece, _ in line.pieces]
    if len(words) > 1 and line.pieces[0][1] is Tone.MUTED and words[0].endswith("  "):
        words[0] = f"{words[0].strip()}: " if words[0].strip() else ""
    whole = "".join(words).strip()
    return whole if whole.startswith("$ ") else _GAP.sub(", ", whole)
