"""What the terminal shows, so that only what differs from it is sent.

Textual sends whole lines of a widget that scrolled, each piece with all its colours, though most
cells stay as they are and most pieces look like the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import Console

_AS_BEFORE = "\x1b[0m"


class Drawn(CompositorUpdate):
    """An update that is written already."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        return self._text


class _Row(NamedTuple):
    ends: tuple[int, ...]
    """Where its pieces end; a row that is cut elsewhere is another one."""
    pieces: dict[int, Strip]
    """By the column they begin in; those that are not known are not there."""


class Shown:
    """The screen of a terminal, as far as it is known."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}

    def forget(self) -> None:
        """The terminal may show anything now."""
        self._rows.clear()

    def bring_up_to(self, update: ChopsUpdate, console: Console) -> str:
        """What makes the terminal look as `update` wants it; empty: it does already."""
        pen = _Pen(console)
        for y, x1, x2 in update.spans:
            ends = tuple(update.chop_ends[y])
            row = self._rows.get(y)
            if row is None or row.ends != ends:
                row = self._rows[y] = _Row(ends, {})
            for x, piece in _touched(update.chops[y], ends, x1, x2):
                known = row.pieces.get(x)
                if known is not piece and known != piece:
                    pen.write_difference(known, piece, x, y)
                    row.pieces[x] = piece
        return pen.text()


def difference(old: Strip | None, new: Strip, y: int, console: Console) -> str:
    """What makes row `y` look like `new` where it looks like `old`; None: like anything."""
    pen = _Pen(console)
    pen.write_difference(old, new, 0, y)
    return pen.text()


def _touched(
    pieces: Mapping[int, Strip | None], ends: tuple[int, ...], x1: int, x2: int
) -> list[tuple[int, Strip]]:
    """The pieces that have cells in columns `x1` to `x2`, the last one excluded."""
    return [
        (x, piece)
        for (x, piece), end in zip(pieces.items(), ends, strict=False)
        if piece is not None and x < x2 and end > x1
    ]


class _Pen:
    """Writes pieces of rows, and names a style only where it changes."""

    def __init__(self, console: Console) -> None:
        self._colours = COLOR_SYSTEMS[console.color_system or "truecolor"]
        self._texts: list[str] = []
        self._style = Style.null()
        """In force at this place."""

    def text(self) -> str:
        """All that was written; the terminal's style is as it was before."""
        if self._style:
            self._texts.append(_AS_BEFORE)
            self._style = Style.null()
        return "".join(self._texts)

    def write_difference(self, old: Strip | None, new: Strip, x: int, y: int) -> None:
        """Make the cells from column `x` on look like `new` where they look like `old`."""
        after = list(new)
        if old is not None and old.cell_length == new.cell_length:
            skipped, after = _changed(list(old), after)
            x += skipped
        if any(segment.text for segment in after):
            self._texts.append(f"\x1b[{y + 1};{x + 1}H")
            self._write(after)

    def _write(self, segments: Iterable[Segment]) -> None:
        for text, style, _ in segments:
            style = style or Style.null()
            if style.link:
                self._texts += (_AS_BEFORE, Strip.render_style(style, text, self._colours))
                self._style = Style.null()
                continue
            is_blank = not text.strip(" ")
            if (
                style is not self._style
                and style != self._style
                and not (is_blank and _are_alike_blank(style, self._style))
            ):
                self._texts.append(_naming(style, self._colours))
                self._style = style
            self._texts.append(text)


@lru_cache(maxsize=1024)
def _naming(style: Style, colours: ColorSystem) -> str:
    """What puts a style in force, and no other."""
    codes = Strip.render_ansi(style, colours)
    return f"\x1b[0;{codes}m" if codes else _AS_BEFORE


@lru_cache(maxsize=1024)
def _are_alike_blank(one: Style, other: Style) -> bool:
    """Whether a blank looks the same in both."""
    return one.bgcolor == other.bgcolor and not any(map(_marks_blanks, (one, other)))


def _marks_blanks(style: Style) -> bool:
    lines = style.underline or style.underline2 or style.strike or style.overline
    return bool(lines or style.reverse or style.frame or style.encircle)


def _changed(old: list[Segment], new: list[Segment]) -> tuple[int, list[Segment]]:
    """What of `new` is not there already where `old` is, which is as wide; and how many cells
    stand before it.
    """
    same = _count_same(old, new)
    skipped = sum(cell_len(segment.text) for segment in new[:same])
    old, new = old[same:], new[same:]
    if same_ending := _count_same(reversed(old), reversed(new)):
        old, new = old[:-same_ending], new[:-same_ending]
    if not old or not new:
        return skipped, new
    if _are_plain(old[0], new[0]):
        count = _count_same(old[0].text, new[0].text)
        old[0], new[0] = (Segment(one.text[count:], one.style) for one in (old[0], new[0]))
        skipped += count
    if _are_plain(old[-1], new[-1]):
        count = _count_same(reversed(old[-1].text), reversed(new[-1].text))
        new[-1] = Segment(new[-1].text[: len(new[-1].text) - count], new[-1].style)
    return skipped, new


def _count_same(one: Iterable[object], other: Iterable[object]) -> int:
    """How many of the first are equal."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _are_plain(old: Segment, new: Segment) -> bool:
    """Whether they can be cut anywhere: letters whose cells do not depend on those beside them."""
    return old.style == new.style and old.text.isascii() and new.text.isascii()
