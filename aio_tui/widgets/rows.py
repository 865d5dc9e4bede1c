"""Rows that are drawn when they are looked at, and only where they changed.

Textual's own table and log repaint their whole area at each change; this one repaints a line.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.events import Click, Hide, Resize, Show
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from aio_tui.widgets.line import Line
from aio_tui.widgets.still_bar import StillBar
from aio_tui.wording import Ground, Ink, Inked, Tone

R = TypeVar("R")
_CURSOR, _CURSOR_BLUR = "row--cursor", "row--cursor-blur"
SCREEN_CLASSES: set[str] = {*Tone, *Ground, _CURSOR, _CURSOR_BLUR}
"""Component classes of every screen with rows on it. They belong to the screen because Textual
works them out anew for each widget that has them, which the first frame would wait for."""

_NO_ROW = -1
_MOST_DRAWN = 1000
"""Lines that are kept as they were drawn."""


class RowView(ScrollView, Generic[R], can_focus=True, inherit_bindings=False):
    """A scrolling list of values of type R, one line each; those with a key can be selected."""

    cursor: var[int | None] = var(None)
    """Row number of the selected row; None while no row has a key."""

    class Selected(Message):
        """The cursor stands on another key, by hand or because rows changed."""

        def __init__(self, view: ScrollView, key: Hashable) -> None:
            super().__init__()
            self.view = view
            self.key = key

        @property
        def control(self) -> ScrollView:
            return self.view

    class Opened(Selected):
        """The selected row is to be shown in full."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self.rows: list[R] = []
        self._drawn: dict[int, Strip] = {}
        self._drawn_width = 0
        """Cells that the strips in `_drawn` are wide."""
        self._framed: dict[int, Strip] = {}
        """As `_drawn`, with what stands at the sides; `_NO_ROW`: where there is none."""
        self._sides: tuple[list[Segment], list[Segment]] | None = None
        """Border and padding beside a row; None: not known yet."""
        self._was_hidden = False
        self._styles: dict[tuple[Ink, str], Style] = {}

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """As Textual's own, of another kind."""
        if self._vertical_scrollbar is None:
            bar = StillBar(name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)  # noqa: SLF001  as Textual starts it
        return self._vertical_scrollbar

    @abstractmethod
    def draw(self, row: R, width: int) -> Line:
        """The line of `row`, at most `width` cells; longer ones are cut."""

    @abstractmethod
    def key_of(self, row: R) -> Hashable:
        """What `row` stands for; None: it cannot be selected."""

    @property
    def room(self) -> int:
        """Cells of a row that can be seen; the scrollbar covers the rest."""
        has_bar = self.styles.overflow_y == "scroll"
        bar: int = self.styles.scrollbar_size_vertical if has_bar else 0
        return max(self.size.width - bar, 0)

    @property
    def key(self) -> Hashable:
        """Key of the selected row; None if none is."""
        if self.cursor is None or self.cursor >= len(self.rows):
            return None
        return self.key_of(self.rows[self.cursor])

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show `rows`; lines that stay as they are are not repainted, the selected key is kept."""
        old, old_key = self.rows, self.key
        self.rows = list(rows)
        self._resize_to(len(self.rows))
        top = self.scroll_offset.y
        known = {*self._drawn, *self._framed, *range(top, top + self.size.height)}
        # Slices are empty where there is no row.
        self.redraw(*(y for y in known if old[y : y + 1] != self.rows[y : y + 1]))
        self._follow_key(old_key)

    def _resize_to(self, height: int) -> None:
        """Tell the scrollbar the number of rows, without the whole layout that a reactive costs."""
        if self.virtual_size.height != height:
            self.set_reactive(RowView.virtual_size, Size(0, height))
            self._scroll_update(self.virtual_size)

    def set_row(self, y: int, row: R) -> None:
        """Replace one row."""
        if self.rows[y] != row:
            self.rows[y] = row
            self.redraw(y)

    def redraw(self, *rows: int) -> None:
        """These rows look different now."""
        for y in rows:
            self._drawn.pop(y, None)
            self._framed.pop(y, None)
        top, size = self.scroll_offset.y, self.size
        seen = [y - top for y in rows if top <= y < top + size.height]
        if seen:
            self.refresh(*(Region(0, y, size.width, 1) for y in seen))

    def _forget_from(self, first: int) -> None:
        """Rows from `first` on are others now."""
        for drawn in (self._drawn, self._framed):
            for y in [y for y in drawn if y >= first]:
                del drawn[y]

    def _follow_key(self, old_key: Hashable) -> None:
        at = self.cursor
        if old_key is None or at is None or self.key != old_key:
            at = self._row_of(old_key)
            if at is None:
                at = self._selectable(self.cursor or 0, 1)
        self.cursor = at
        if self.key != old_key:
            self.post_message(self.Selected(self, self.key))

    def _row_of(self, key: Hashable) -> int | None:
        if key is None:
            return None
        keys = (self.key_of(row) for row in self.rows)
        return next((y for y, row_key in enumerate(keys) if row_key == key), None)

    def _selectable(self, start: int, step: int) -> int | None:
        """The row with a key nearest to `start`: first in direction `step`, then in the other."""
        after = range(max(start, 0), len(self.rows))
        before = range(min(start, len(self.rows) - 1), -1, -1)
        order = (after, before) if step > 0 else (before, after)
        return next((y for ys in order for y in ys if self.key_of(self.rows[y]) is not None), None)

    def move(self, step: int) -> None:
        """Move the cursor by `step` selectable rows; where there are none, scroll."""
        before = self.cursor
        if before is not None:
            start = min(max(before + step, 0), len(self.rows) - 1)
            to = self._selectable(start, 1 if step > 0 else -1)
            if to is not None and (to - before) * step > 0:
                self.select_row(to)
        if self.cursor == before:
            self.scroll_relative(y=step, animate=False)

    def move_page(self, step: int) -> None:
        """Move by `step` pages."""
        self.move(step * max(self.size.height - 1, 1))

    def move_to_end(self, *, is_last: bool) -> None:
        """Move to the first or the last row."""
        if self.cursor is None:
            if is_last:
                self.scroll_end(animate=False)
            else:
                self.scroll_home(animate=False)
            return
        last = len(self.rows) - 1
        self.select_row(self._selectable(last, -1) if is_last else self._selectable(0, 1))

    def select_row(self, y: int | None) -> None:
        """Put the cursor on row `y` and tell."""
        if y is not None and y != self.cursor:
            self.cursor = y
            self.post_message(self.Selected(self, self.key))

    def select_key(self, key: Hashable) -> None:
        """Put the cursor on the row of `key`, if there is one."""
        self.select_row(self._row_of(key))

    def open(self) -> None:
        """Ask to show the selected row in full."""
        if self.key is not None:
            self.post_message(self.Opened(self, self.key))

    def watch_cursor(self, before: int | None, after: int | None) -> None:
        self.redraw(*(y for y in (before, after) if y is not None))
        if after is not None:
            self._show(after)

    def _show(self, y: int) -> None:
        top, height = self.scroll_offset.y, self.size.height
        is_first = self._selectable(0, 1) == y
        if y < top:
            self.scroll_to(y=0 if is_first else y, animate=False)
        elif height and y >= top + height:
            self.scroll_to(y=y - height + 1, animate=False)

    def watch_has_focus(self, value: bool) -> None:
        super().watch_has_focus(value)
        if self.cursor is not None:
            self.redraw(self.cursor)

    def on_resize(self, event: Resize) -> None:
        if self._drawn_width and self._drawn_width != self.size.width:
            self._draw_anew()
        if self.cursor is not None and self._follows_cursor:
            self._show(self.cursor)

    @property
    def _follows_cursor(self) -> bool:
        """Whether the row of the cursor is brought into sight when the size changes."""
        return True

    def on_hide(self, event: Hide) -> None:
        self._was_hidden = True

    def on_show(self, event: Show) -> None:
        """What became different while it was hidden was not painted, and is now."""
        if self._was_hidden:
            self._was_hidden = False
            self._draw_anew()

    def _draw_anew(self) -> None:
        self._forget_drawn()
        self.refresh()

    def _forget_drawn(self) -> None:
        self._drawn.clear()
        self._framed.clear()
        self._sides = None

    def on_click(self, event: Click) -> None:
        y = event.y + self.scroll_offset.y
        if y < len(self.rows) and self.key_of(self.rows[y]) is not None:
            self.select_row(y)
            if event.chain > 1:
                self.open()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._forget_drawn()
        self._styles.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual's own, which asks the style sheet about border and padding anew for each line;
        here it is asked once, and a line that only scrolled is the same one. Effects such as
        opacity, which no rows have, are not looked for.
        """
        if self.get_line_filters():
            return super().render_lines(crop)
        size, whole_width = self.size, self.outer_size.width
        top, first = self.styles.gutter.top, self.scroll_offset.y
        self._drop_if_outdated(size.width)
        lines: list[Strip] = []
        for y in crop.line_range:
            if top <= y < top + size.height:
                lines.append(self._framed_line(y - top + first, size.width))
            else:
                lines += super().render_lines(Region(0, y, whole_width, 1))
        if crop.column_span == (0, whole_width):
            return lines
        return [strip.crop(*crop.column_span) for strip in lines]

    def _framed_line(self, at: int, width: int) -> Strip:
        """Row `at`, `width` cells, with what stands beside it."""
        at = at if at < len(self.rows) else _NO_ROW
        if at not in self._framed:
            is_blank = at == _NO_ROW
            inside = Strip.blank(width, self.rich_style) if is_blank else self._strip(at, width)
            left, right = self._beside()
            self._framed[at] = Strip([*left, *inside, *right])
        return self._framed[at]

    def _beside(self) -> tuple[list[Segment], list[Segment]]:
        """Border and padding on the left and on the right of each line."""
        if self._sides is None:
            gutter, width = self.styles.gutter, self.outer_size.width
            [sample] = super().render_lines(Region(0, gutter.top, width, 1))
            left = list(sample.crop(0, gutter.left)) if gutter.left else []
            right = list(sample.crop(width - gutter.right, width)) if gutter.right else []
            self._sides = left, right
        return self._sides

    def _drop_if_outdated(self, width: int) -> None:
        if width != self._drawn_width or len(self._drawn) + len(self._framed) > _MOST_DRAWN:
            self._forget_drawn()
            self._drawn_width = width

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        width = self.size.width
        if at >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        self._drop_if_outdated(width)
        if at not in self._drawn:
            self._drawn[at] = self._strip(at, width)
        return self._drawn[at]

    def _strip(self, at: int, width: int) -> Strip:
        drawn = self.draw(self.rows[at], width)
        mark = self._cursor_mark() if at == self.cursor else ""
        segments = [Segment(text, self._style(tone, mark)) for text, tone in drawn.pieces]
        strip = Strip(segments, drawn.cells)
        return strip.adjust_cell_length(width, self._style(Tone.NORMAL, mark))

    def _cursor_mark(self) -> str:
        return _CURSOR if self.has_focus else _CURSOR_BLUR

    def _style(self, ink: Ink, mark: str) -> Style:
        """The tone's colour on its ground or the widget's own, or on that of the cursor."""
        if (ink, mark) not in self._styles:
            look = self.screen.get_component_rich_style
            tone, ground = ink if isinstance(ink, Inked) else (ink, None)
            toned = look(tone)
            style = self.rich_style + Style(color=toned.color, bold=toned.bold)
            if ground is not None:
                style += Style(bgcolor=look(ground).bgcolor)
            if mark == _CURSOR:
                style = look(mark)
            elif mark:
                style += Style(bgcolor=look(mark).bgcolor)
            self._styles[ink, mark] = style
        return self._styles[ink, mark]


class LineView(RowView[Line]):
    """Lines that are made elsewhere; parts of them may be clicked."""

    class Pressed(Message):
        """A part of a line was clicked that stands for a command."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def on_click(self, event: Click) -> None:
        y = event.y + self.scroll_offset.y
        name = self.rows[y].command_at(event.x) if y < len(self.rows) else ""
        if name:
            event.stop()
            self.post_message(self.Pressed(name))
        else:
            super().on_click(event)

    def draw(self, row: Line, width: int) -> Line:
        return row

    def key_of(self, row: Line) -> Hashable:
        return row.key


class LineBar(LineView, can_focus=False):
    """A few lines at the edge of the screen; as high as what it shows."""

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show `lines`; none: the bar disappears."""
        if len(lines) != len(self.rows):
            self.styles.height = max(len(lines), 1)
            self.display = bool(lines)
        self.set_rows(lines)
