"""What a screen looks like, cell by cell: in words for golden files, and in a theme's colours.

A screen is drawn in a palette in which every meaning has a colour of its own, so each look is known
by its meanings, and what it is in a theme follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import NamedTuple

from plotext._dict import themes  # type: ignore[import-untyped]  # it has no types
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.theme import Theme

from aio_tui.app import Cockpit
from aio_tui.glyphs import Glyphs
from aio_tui.line_filters import filters_for
from aio_tui.palette import Palette, palette_named, theme_of

_ROLES = [each.name for each in fields(Palette) if each.name not in ("name", "title", "is_dark")]
MARKED = Palette(
    name="marked",
    title="each meaning has its own colour",
    is_dark=True,
    **{
        role: f"#{16 + at * 9:02x}{at * 91 % 256:02x}{at * 53 % 256:02x}"
        for at, role in enumerate(_ROLES)
    },  # no mixture of two is a third
)
_MEANING = {getattr(MARKED, role): role for role in _ROLES}
TITLE_OF_LOOKS = "\n--- how it looks ---\n"
"""Between the two parts of a golden file."""
DIMMED = "dimmed"
"""What lies below a dialog: each colour is mixed with the ground."""
NOTHING = "-"
"""The colour of a blank."""
LETTERS = re.compile(r"[^\s\u2500-\u259f]")
"""What is no frame and no scrollbar."""
_MARKS_OF_BLANKS = ("underline", "reverse")
_MARKS = ("bold", "underline", "reverse", "italic", "dim")


class MarkedCockpit(Cockpit):
    """Wears the theme `marked` until it is told to wear another."""

    @property
    def available_themes(self) -> dict[str, Theme]:
        return {**super().available_themes, MARKED.name: theme_of(MARKED)}

    def get_theme(self, theme_name: str) -> Theme:
        is_marked = self.looks.theme == MARKED.name
        return theme_of(MARKED) if is_marked else super().get_theme(theme_name)


class Look(NamedTuple):
    """How a character is drawn: names of meanings, or what a terminal gets."""

    colour: str
    ground: str
    marks: str

    def __str__(self) -> str:
        return f"{self.colour}/{self.ground} {self.marks}".rstrip()

    @classmethod
    def named(cls, words: str) -> Look:
        """As `str` has it."""
        pair, _, marks = words.partition(" ")
        colour, _, ground = pair.partition("/")
        return cls(colour, ground, marks)


Row = tuple[tuple[str, Look], ...]
"""Text and its look, from left to right; neighbours differ in their looks."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """All of a screen."""

    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """Without its looks; no line ends in blanks."""
        lines = ("".join(text for text, _ in row).rstrip() for row in self.rows)
        return "\n".join(lines)

    @property
    def looks(self) -> str:
        """For each row how many characters have which look; rows alike stand in one line."""
        told = ["  ".join(f"{len(text)} {look}" for text, look in _told(row)) for row in self.rows]
        lines, start = [], 0
        for number in range(1, len(told) + 1):
            if number == len(told) or told[number] != told[start]:
                rows = f"{start + 1}" if number == start + 1 else f"{start + 1}-{number}"
                lines.append(f"{rows}: {told[start]}")
                start = number
        return "\n".join(lines)

    def by_meaning(self) -> Rendering:
        """Of a screen that wears `marked`: names of meanings instead of colours."""
        rows = (merged((text, _meant(look)) for text, look in row) for row in self.rows)
        return Rendering(tuple(rows))

    def in_theme(self, name: str) -> Rendering:
        """Of a rendering by meaning: what the terminal gets when it wears this theme."""
        rows = (merged((text, look_in_theme(look, name)) for text, look in row)
                for row in self.rows)  # fmt: skip
        return Rendering(tuple(rows))

    def without_dimmed(self, other: Rendering) -> Rendering:
        """Where `other` is dimmed, the looks of `other`: themes mix them, and round."""
        if not any(look.ground == DIMMED for row in other.rows for _, look in row):
            return self
        rows = []
        for row, known in zip(self.rows, other.rows, strict=True):
            cells, marks = list(_cells(row)), list(_cells(known))
            if len(cells) == len(marks):
                cells = [mark if mark[1].ground == DIMMED else cell
                         for cell, mark in zip(cells, marks, strict=True)]  # fmt: skip
            rows.append(merged(iter(cells)))
        return Rendering(tuple(rows))


def _told(row: Row) -> Row:
    """Blanks as part of what stands before or behind them on the same ground."""
    parts = list(row)
    for at, (text, look) in enumerate(parts):
        if look.colour == NOTHING and not look.marks:
            around = [parts[near][1] for near in (at - 1, at + 1) if 0 <= near < len(parts)]
            fitting = (each for each in around if each.ground == look.ground)
            parts[at] = text, next((each for each in fitting if _is_unmarked(each)), look)
    return merged(iter(parts))


def _is_unmarked(look: Look) -> bool:
    return not any(mark in look.marks for mark in _MARKS_OF_BLANKS)


def _cells(row: Row) -> Iterator[tuple[str, Look]]:
    for text, look in row:
        for character in text:
            yield character, look


def merged(parts: Iterator[tuple[str, Look]]) -> Row:
    """Neighbours of one look as one."""
    row: list[tuple[str, Look]] = []
    for text, look in parts:
        if row and row[-1][1] == look:
            row[-1] = (row[-1][0] + text, look)
        elif text:
            row.append((text, look))
    return tuple(row)


def rendering(app: Cockpit) -> Rendering:
    """The top screen as the terminal gets it."""
    strips = app.screen._compositor.render_strips()
    rows = (merged(_parts(strip)) for strip in strips)
    return Rendering(tuple(rows))


def _parts(strip: Strip) -> Iterator[tuple[str, Look]]:
    for text, style, _ in strip:
        look = look_of(style or Style())
        if not text.strip():  # of a blank only its ground can be seen
            marks = " ".join(mark for mark in look.marks.split() if mark in _MARKS_OF_BLANKS)
            look = Look(NOTHING, look.ground, marks)
        yield text, look


@lru_cache(4096)
def look_of(style: Style) -> Look:
    """What it says of colours and marks."""
    marks = " ".join(mark for mark in _MARKS if getattr(style, mark))
    return Look(_colour(style, "color"), _colour(style, "bgcolor"), marks)


def _colour(style: Style, which: str) -> str:
    colour = getattr(style, which)
    if colour is None or colour.is_default:
        return "default"
    return colour.triplet.hex if colour.triplet is not None else f"ansi {colour.number}"


def _meant(look: Look) -> Look:
    ground = _MEANING.get(look.ground, DIMMED)
    colour = NOTHING if look.colour == NOTHING else _MEANING.get(look.colour, DIMMED)
    if DIMMED in (ground, colour):
        return Look(DIMMED, DIMMED, "")
    return Look(colour, ground, look.marks)


@lru_cache(4096)
def look_in_theme(look: Look, name: str) -> Look:
    """What the terminal gets of a look by meaning."""
    if look.ground == DIMMED:
        return look
    palette = palette_named(name)
    is_blank = look.colour == NOTHING
    colour = palette.text if is_blank else getattr(palette, look.colour)
    style = Style.parse(f"{look.marks} {colour} on {getattr(palette, look.ground)}")
    segments = [Segment("x", style)]
    for each in filters_for(name, Glyphs.UNICODE):
        segments = each.apply(segments, Color(0, 0, 0))
    seen = look_of(segments[0].style or Style())
    return seen._replace(colour=NOTHING) if is_blank else seen


def forget_plot_colours() -> None:
    """Plots keep the colours of a theme by its name for as long as the process lives."""
    for name in [name for name in themes if name.startswith("textual-auto-")]:
        del themes[name]
