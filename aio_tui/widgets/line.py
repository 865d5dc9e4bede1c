"""A line of the screen as a value: pieces of clean text, each with a tone."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from rich.cells import cell_len

from aio_tui.text import clean, wrap
from aio_tui.wording import Ink, Sign, Tone

Piece = str | tuple[str, Ink]


class Link(NamedTuple):
    """A piece that runs a command when it is clicked."""

    text: str
    ink: Ink
    command: str
    """Its name; empty: it is a piece like others."""


class Line(NamedTuple):
    """One row. Lines are equal when they look the same, so equal ones need no repaint."""

    pieces: tuple[tuple[str, Ink], ...]
    key: Hashable = None
    """What the row stands for; rows with a key can be selected."""
    links: tuple[tuple[int, int, str], ...] = ()
    """Cells from and up to which it runs the command of this name when it is clicked."""

    def command_at(self, x: int) -> str:
        """Name of the command that a click on this cell runs; empty: none."""
        return next((name for start, end, name in self.links if start <= x < end), "")

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @property
    def cells(self) -> int:
        """Width on the screen."""
        return cell_len(self.text)


def line(*pieces: Piece, key: Hashable = None) -> Line:
    """A line of `pieces`; a bare string has the normal tone. Every piece passes the gate."""
    toned = (piece if isinstance(piece, tuple) else (piece, Tone.NORMAL) for piece in pieces)
    return Line(tuple((clean(text), tone) for text, tone in toned if text), key)


def linked(*pieces: Piece | Link) -> Line:
    """A line of which the `Link`s can be clicked."""
    plain: list[Piece] = []
    links: list[tuple[int, int, str]] = []
    end = 0
    for piece in pieces:
        plain.append(piece if isinstance(piece, str) else piece[:2])
        start, end = end, end + cell_len(clean(piece if isinstance(piece, str) else piece[0]))
        if isinstance(piece, Link) and piece.command:
            links.append((start, end, piece.command))
    return line(*plain)._replace(links=tuple(links))


def paragraph(
    text: str, width: int, tone: Tone = Tone.NORMAL, *, indent: str = "", key: Hashable = None
) -> list[Line]:
    """`text` in as many lines as it needs, each behind `indent`."""
    room = max(width - cell_len(indent), 2)
    return [line(indent, (row, tone), key=key) for row in wrap(text, room)]


def heading(text: str) -> Line:
    """A line that names what follows."""
    return line((text, Tone.STRONG))


def signed(sign: Sign, *, width: int = 0) -> tuple[str, Tone]:
    """Glyph and word, at least `width` cells wide."""
    return f"{sign.glyph} {sign.word}".ljust(width), sign.tone


BLANK = line()
