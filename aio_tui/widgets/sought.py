"""Text that was found: cut so that what was sought is seen, and with a mark on it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len

from aio_tui.text import clean
from aio_tui.widgets.line import Piece
from aio_tui.wording import Ink, Tone

_BEHIND = 8
"""Cells that are to be seen behind what was sought."""
Sought = re.Pattern[str]


def pattern_of(words: Iterable[str]) -> Sought:
    """What any of these words is found by, whatever their case."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def around(text: str, cells: int, sought: Sought) -> str:
    """`text`, cleaned; where it has more than `cells` cells, from a little before the first place
    of `sought` that would not be seen otherwise.
    """
    shown = clean(text)
    found = sought.search(shown)
    if found is None or cell_len(shown) <= cells:
        return shown
    if cell_len(shown[: found.end()]) + _BEHIND <= cells:
        return shown
    start = max(found.start() - cells // 4, 0)
    return f"…{shown[start:].lstrip('…')}" if start else shown


def marked(text: str, ink: Ink, sought: Sought) -> list[Piece]:
    """`text` in pieces, those that were sought in a tone of their own."""
    pieces: list[Piece] = []
    end = 0
    for found in sought.finditer(text):
        pieces += [(text[end : found.start()], ink), (found.group(), Tone.KEY)]
        end = found.end()
    return [*pieces, (text[end:], ink)]
