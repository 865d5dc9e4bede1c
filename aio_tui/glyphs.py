"""What stands for a sign where a terminal or its font does not have it.

One cell stays one cell, so nothing that was laid out moves.
"""

from __future__ import annotations

import re
from enum import StrEnum

from rich.cells import cell_len

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class Glyphs(StrEnum):
    """Which characters reach the terminal."""

    UNICODE = "unicode"
    ASCII = "ascii"
    """Signs, lines and arrows as ASCII; letters of any language as they are."""
    ASCII_ONLY = "ascii only"
    """Nothing but ASCII, where the locale has no more."""


_STAND_INS = {
    "✓": "+", "✗": "x", "■": "#", "▪": "#", "▸": ">", "▶": ">", "►": ">", "◆": "*", "◇": "o",
    "○": "o", "●": "*", "◌": ".", "◷": "@", "‖": "=", "⊘": "/", "⇡": "^", "↩": "<",
    "↑": "^", "↓": "v", "←": "<", "→": ">", "↳": ">", "…": "~", "·": "-", "•": "*",
    "»": ">", "«": "<", "│": "|", "─": "-", "├": "|", "└": "`", "┌": ".", "┐": ".", "┘": "'",
    "╭": ".", "╮": ".", "╰": "`", "╯": "'", "┤": "|", "┬": "-", "┴": "-", "┼": "+",
    "\u2018": "'", "\u2019": "'", "“": '"', "”": '"', "\u2013": "-", "—": "-",
    "\u00d7": "x", "≥": ">", "≤": "<",
    "␡": "^", "🔎": "> ", "▲": "^", "▼": "v", "◀": "<", "★": "*", "☆": "*", "✎": "e", "⏸": "=",
}  # fmt: skip
_BLOCKS = "▁▂▃▄▅▆▇█"
_HEIGHTS = "__..--=#"


def plain_text(text: str, glyphs: Glyphs) -> str:
    """`text` in what `glyphs` allows, in as many cells.

    >>> plain_text("✓ é │", Glyphs.ASCII)
    '+ é |'
    """
    if glyphs is Glyphs.UNICODE or text.isascii():
        return text
    keeps_letters = glyphs is Glyphs.ASCII
    return _NOT_ASCII.sub(lambda found: _stand_in(found[0], keeps_letters=keeps_letters), text)


def _stand_in(char: str, *, keeps_letters: bool) -> str:
    known = _STAND_INS.get(char) or _drawn(ord(char))
    if known:
        return known
    return char if keeps_letters and not _is_sign(ord(char)) else "?" * cell_len(char)


def _drawn(code: int) -> str:
    """For lines, blocks and dots that charts and frames are made of; empty: it is none of them."""
    if 0x2400 <= code <= 0x2421:  # pictures of control characters
        return "^"
    if 0x2500 <= code <= 0x257F:
        return "|" if code in _UPRIGHT else "-" if code in _LEVEL else "+"
    if 0x2581 <= code <= 0x2588:
        return _HEIGHTS[_BLOCKS.index(chr(code))]
    if 0x2580 <= code <= 0x259F:
        return "#"
    if 0x2800 <= code <= 0x28FF:  # braille, as plots draw with it
        return " " if code == 0x2800 else "*"
    return ""


_UPRIGHT = frozenset(map(ord, "│┃┆┇┊┋║╎╏╵╷╹╻╽╿"))
_LEVEL = frozenset(map(ord, "─━┄┅┈┉═╌╍╴╶╸╺╼╾"))


def _is_sign(code: int) -> bool:
    """Whether it is a symbol, which simple fonts do not have, and no letter."""
    return 0x2000 <= code <= 0x2BFF or 0xE000 <= code <= 0xF8FF or code >= 0x1F000
