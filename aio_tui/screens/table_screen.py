"""A screen that is one table, with what the selected row says below it if there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.widget import Widget

from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import TABLE
from aio_tui.filtering import Fields
from aio_tui.screens.frame import FrameScreen
from aio_tui.widgets.line import Line, line
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.rows import LineBar, RowView
from aio_tui.widgets.table import Column, TableView
from aio_tui.wording import READING, Tone, counted


class TableScreen(FrameScreen):
    """`read` gives the rows; a subclass says what they look like, and in `FIELDS` what they can be
    filtered by.

    `/` filters, `o` sorts, Enter opens `full_lines` of the row over the whole screen.
    """

    OWN_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = TABLE
    AUTO_FOCUS = "#table"
    ROW: ClassVar[str] = "line"
    """What a row is, for the path line; its plural has an s more."""

    # For each screen to say.

    def columns(self) -> Sequence[Column[Any]]:
        """From left to right."""
        raise NotImplementedError

    def key_of(self, row: Any) -> Any:
        """What tells the row from all others, also when it was read anew."""
        raise NotImplementedError

    def fields_of(self, row: Any) -> Fields:
        """The row as the filter sees it: a value for each of `FIELDS`."""
        raise NotImplementedError

    def lines_of(self, row: Any, width: int) -> list[Line]:
        """What the pane below the table says of the selected row."""
        raise NotImplementedError

    def title_of(self, row: Any) -> str:
        """The heading of the row in full."""
        raise NotImplementedError

    def full_lines(self, row: Any, width: int) -> list[Line]:
        """What Enter shows of the row, over the whole screen."""
        return self.lines_of(row, width)

    # What it does with that.

    def compose_body(self) -> Iterator[Widget]:
        titles = LineBar(id="table-titles")
        yield titles
        yield TableView(
            self.columns(), key=self.key_of, fields=self.fields_of, titles=titles, id="table"
        )
        yield PaneView(id="row")

    is_read = False
    """Whether what the rows are made of is known."""

    def show_known(self) -> None:
        self.query_one("#row", PaneView).show(lambda _: [line((READING, Tone.MUTED))])

    def show(self, read: Any) -> None:
        self.is_read = True
        self.table.show(read)
        self._show_row()

    @property
    def table(self) -> TableView[Any]:
        return self.query_one("#table", TableView)

    def path_note(self) -> str:
        if not self.is_read:
            return READING
        table = self.table
        shown, total = len(table.rows), table.total
        in_all = counted(total, self.ROW)
        number = f"{shown} of {in_all}" if shown != total else in_all
        return " · ".join((number, *self.order_words))

    @property
    def order_words(self) -> tuple[str, ...]:
        """By what the list is sorted, for the path line; none: it is as it was read."""
        return (f"by {self.table.order_name}",) if self.table.order_name else ()

    def refilter(self) -> None:
        self.table.filter(self.wanted)
        self._show_row()

    @property
    def why_nothing_opens(self) -> str:
        if self.table.row is None:
            return "nothing is listed"
        return ""

    @property
    def why_not_sorted(self) -> str:
        return "" if len(self.table.rows) > 1 else "there is nothing to sort"

    def sort_next(self) -> None:
        self.table.sort_next()
        self.draw_path()

    @on(RowView.Selected, "#table")
    def _show_row(self) -> None:
        row, pane = self.table.row, self.query_one("#row", PaneView)
        if row is None:
            pane.show(lambda _: [])
        else:
            pane.show(partial(self.lines_of, row), from_top=True)
        self.draw_keys()

    @on(RowView.Opened, "#table")
    def _open_selected(self) -> None:
        if self.table.row is not None:
            self.open_row(self.table.row)

    def open_row(self, row: Any) -> None:
        """What Enter does: show the row in full."""
        from aio_tui.screens.reader import ReaderScreen

        self.app.push_screen(ReaderScreen(self.title_of(row), partial(self.full_lines, row)))
