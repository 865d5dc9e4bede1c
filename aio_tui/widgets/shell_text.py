"""A command in colours: enough of the shell's grammar for the eye, none of it for a decision."""

from __future__ import annotations

import re

from aio_tui.text import clean, wrap
from aio_tui.widgets.line import Line, Piece, line
from aio_tui.wording import Tone

_MOST_COLOURED = 20_000
"""Characters; what is longer is shown plain."""
_TOKENS = re.compile(
    r"""
    (?P<string>'[^']*'?|"(?:\\.|[^"\\])*"?)
  | (?P<comment>(?<![^\s;&|(])\#.*)
  | (?P<variable>\$(?:\{[^}]*\}?|[A-Za-z_]\w*|[0-9@*\#?$!-]))
  | (?P<operator>&&|\|\|?|;;?|&|[<>]{1,3}|\$\(|`|\(|\)|\n)
  | (?P<option>(?<![^\s=])-[^\s;&|<>()'"`$]*)
  | (?P<word>(?:\\.|[^\s;&|<>()'"`$\\])+|\\|\$)
  | (?P<space>[^\S\n]+)
    """,
    re.VERBOSE,
)
_TONES = {
    "string": Tone.GOOD,
    "comment": Tone.MUTED,
    "variable": Tone.BUSY,
    "operator": Tone.WARN,
    "option": Tone.KEY,
}
_BEGINS = re.compile(r"&&|\|\|?|;;?|&|\$\(|`|\(|\n")
"""Operators behind which a command's name stands."""


def shell_lines(text: str, width: int, *, indent: str) -> list[Line]:
    """`text` in lines of at most `width` cells, each behind `indent`: names of commands, strings,
    options, variables and operators told apart.
    """
    shown = clean(text, keep_newlines=True).expandtabs(4)
    rows = wrap(shown, max(width - len(indent), 2))
    tones = _tones(shown) if len(shown) <= _MOST_COLOURED else []
    lines: list[Line] = []
    at = 0
    for row in rows:
        found = shown.find(row, at)
        start = at if found < 0 else found
        lines.append(line(indent, *_pieces(row, tones[start : start + len(row)])))
        at = start + len(row)
    return lines


def _tones(text: str) -> list[Tone]:
    """One for each character."""
    tones = [Tone.STRONG] * len(text)
    is_name_due = True
    for token in _TOKENS.finditer(text):
        kind = token.lastgroup or ""
        if kind == "word":
            tone = Tone.STRONG if is_name_due else Tone.NORMAL
            is_name_due = is_name_due and "=" in token[0]  # FOO=1 stands before the name
        else:
            tone = _TONES.get(kind, Tone.NORMAL)
            if kind == "operator":
                is_name_due = _BEGINS.fullmatch(token[0]) is not None
            elif kind != "space":
                is_name_due = False
        tones[token.start() : token.end()] = [tone] * len(token[0])
    return tones


def _pieces(row: str, tones: list[Tone]) -> list[Piece]:
    """The row cut where its tone changes."""
    if len(tones) != len(row):
        return [(row, Tone.STRONG)]
    pieces: list[Piece] = []
    start = 0
    for at in range(1, len(row) + 1):
        if at == len(row) or tones[at] is not tones[start]:
            pieces.append((row[start:at], tones[start]))
            start = at
    return pieces
