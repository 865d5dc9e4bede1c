"""A scrollbar that is painted when it looks different."""

from __future__ import annotations

from math import ceil
from typing import cast

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import Reactive
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

_PARTS = len(ScrollBar.renderer.VERTICAL_BARS)
"""Of a cell that the thumb can begin and end in."""


class StillBar(ScrollBar):
    """Textual's own is painted whole with every row that is added, which took longer than the rows
    themselves; of a long list its thumb moves seldom.
    """

    window_virtual_size = Reactive(100, repaint=False)
    window_size = Reactive(0, repaint=False)
    position = Reactive(0.0, repaint=False)

    _thumb: tuple[int, int] | None = None

    def watch_window_virtual_size(self) -> None:
        self._paint_if_moved()

    def watch_window_size(self) -> None:
        self._paint_if_moved()

    def watch_position(self) -> None:
        self._paint_if_moved()

    def _paint_if_moved(self) -> None:
        thumb = self._place_of_thumb()
        if thumb != self._thumb:
            self._thumb = thumb
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual's own, which lets a console lay out what are lines of one cell already."""
        bar = cast("ScrollBarRender", self.render())
        style = self.app.console.get_style(bar.style)
        if not (self.vertical and style.color and style.bgcolor) or self.get_line_filters():
            return super().render_lines(crop)
        drawn = bar.render_bar(
            self.size.height, bar.virtual_size, bar.window_size, bar.position, bar.thickness,
            back_color=style.bgcolor, bar_color=style.color,
        )  # fmt: skip
        ground = self.visual_style.rich_style
        lines = {
            segment: Strip(Segment.apply_style([segment], ground), bar.thickness)
            for segment in set(drawn.segments)
        }
        return [lines[segment] for segment in drawn.segments[crop.y : crop.bottom]]

    def _place_of_thumb(self) -> tuple[int, int]:
        """Where it begins and how long it is, in parts of a cell."""
        size, shown, rows = self.size.height, self.window_size, self.window_virtual_size
        if not (size and shown) or rows <= shown:
            return (0, 0)
        length = max(1, shown * size / rows)
        start = (size - length) * self.position / (rows - shown)
        return int(start * _PARTS), ceil(length * _PARTS)
