"""A list of any length with columns, filter and order, of which only what is seen is drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from rich.cells import cell_len
from textual.events import Resize

from aio_tui.filtering import EVERYTHING, Fields, Filter
from aio_tui.text import fit
from aio_tui.widgets.line import Line, Piece, line
from aio_tui.widgets.rows import LineBar, RowView
from aio_tui.widgets.sought import Sought, around, marked
from aio_tui.wording import Ink, Tone
from engine.domain.values import dataclass

R = TypeVar("R")
_LEAST, _FAIR = 8, 14
"""Cells that the column without a width always has, and those for which others give way: the widest
first, the first column and those that are needed never.
"""
_MOST_MEASURED = 500
"""Rows that are looked through for the longest word of a column: a list may have any length."""
KEPT_WORDS = "(not in the filter)"
"""Stands in a row that the filter wants no more, which stays while the cursor is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[R]):
    """One column of a table."""

    title: str
    cell: Callable[[R], Piece]
    width: int = 0
    """0: what the others leave; one column has it."""
    order: Callable[[R], Any] | None = None
    """What rows are sorted by; None: the table cannot be sorted by this column."""
    from_width: int = 0
    """The table must be so wide for the column to be shown."""
    fits: bool = False
    """Whether it takes only as many cells as its longest word has, and `width` at most."""
    sought: Callable[[], Sought | None] | None = None
    """What the text is cut around and has a mark on."""
    is_needed: bool = False
    """Whether it stays although there is little room for the column without a width."""


class TableView(RowView[R]):
    """Rows of type R. `show` gives all of them; those that the filter lets through can be seen.

    Args:
        columns: from left to right.
        key: what a row stands for.
        fields: the row as the filter sees it.
        titles: the bar that gets the names of the columns.
    """

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], Hashable],
        fields: Callable[[R], Fields],
        titles: LineBar | None = None,
        id: str | None = None,  # noqa: A002  Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._key = key
        self._fields = fields
        self._titles = titles
        self._all: Sequence[R] = ()
        self._wanted = EVERYTHING
        self._kept: Hashable = None
        """Key of the row that is seen only because the cursor is on it."""
        self._sorted_by: int | None = None
        """Number of the column; None: in the order in which the rows were given."""
        self._is_reversed = False
        self._cells: dict[str, int] = {}
        """How wide columns are, by title, that are as wide as needed."""

    @property
    def total(self) -> int:
        """Number of rows without the filter."""
        return len(self._all)

    @property
    def row(self) -> R | None:
        """The selected row."""
        has_row = self.cursor is not None and self.cursor < len(self.rows)
        return self.rows[self.cursor] if has_row and self.cursor is not None else None

    @property
    def order_name(self) -> str:
        """By what the rows are sorted; empty: as they were given."""
        if self._sorted_by is None:
            return ""
        name = self._columns[self._sorted_by].title.strip()
        return f"{name} {self._arrow}"

    def show(self, rows: Sequence[R]) -> None:
        """These are all rows from now on."""
        self._all = rows
        self._choose()

    def filter(self, wanted: Filter) -> None:
        """Let only rows that the filter wants be seen."""
        self._wanted = wanted
        self._choose(keeps=False)

    def sort_next(self) -> None:
        """By the next column, rising and then falling; after the last one as they were given."""
        numbers = [at for at, column in enumerate(self._columns) if column.order is not None]
        if self._sorted_by is not None and not self._is_reversed:
            self._is_reversed = True
        else:
            later = [at for at in numbers if self._sorted_by is None or at > self._sorted_by]
            self._sorted_by, self._is_reversed = (later[0] if later else None), False
        self._choose()

    def _choose(self, *, keeps: bool = True) -> None:
        rows, before, self._kept = self._all, self._kept, None
        if self._wanted is not EVERYTHING:
            key = self.key if keeps else None
            rows = [row for row in rows if self._is_wanted(row) or self._keeps(row, key)]
        order = self._columns[self._sorted_by].order if self._sorted_by is not None else None
        if order is not None:
            rows = sorted(rows, key=order, reverse=self._is_reversed)
        widths, self._cells = self._cells, self._measured(rows)
        self.set_rows(rows)
        if self._kept != before or widths != self._cells:
            self._draw_anew()
        self._draw_titles()

    def _measured(self, rows: Sequence[R]) -> dict[str, int]:
        """Cells of each column that is as wide as needed; the arrow of an order has room."""
        seen = rows[:_MOST_MEASURED]
        widths = {}
        for column in self._columns:
            if column.fits:
                least = len(column.title) + (column.order is not None)
                longest = max((cell_len(_text(column, row)) for row in seen), default=0)
                widths[column.title] = min(max(longest, least), column.width)
        return widths

    def _cells_of(self, column: Column[R]) -> int:
        return self._cells.get(column.title, column.width)

    def _is_wanted(self, row: R) -> bool:
        return self._wanted.holds(self._fields(row))

    def _keeps(self, row: R, key: Hashable) -> bool:
        if key is None or self._key(row) != key:
            return False
        self._kept = key
        return True

    def watch_cursor(self, before: int | None, after: int | None) -> None:
        super().watch_cursor(before, after)
        if self._kept is not None and self.key != self._kept:
            self.call_later(self._choose)

    def key_of(self, row: R) -> Hashable:
        return self._key(row)

    def draw(self, row: R, width: int) -> Line:
        pieces: list[Piece] = []
        is_kept = self._kept is not None and self._key(row) == self._kept
        for column, cells in self._shown(width):
            piece = column.cell(row)
            text, tone = piece if isinstance(piece, tuple) else (piece, Tone.NORMAL)
            if is_kept and not column.width:
                text = f"{KEPT_WORDS} {text}"
            sought = column.sought() if column.sought else None
            pieces.extend((*_fitted(text.split("\n", 1)[0], tone, cells, sought), " "))
        return line(*pieces[:-1])

    def _shown(self, width: int) -> list[tuple[Column[R], int]]:
        """The columns that there is room for, with their widths."""
        shown = [column for column in self._columns if width >= column.from_width]
        while self._left(shown, width) < _FAIR and (less := _dispensable(shown)):
            shown.remove(max(less, key=lambda column: column.width))
        wanted = self._cells_of(shown[0])
        first = min(wanted, width // 2)
        rest = max(self._left(shown, width) + wanted - first, _LEAST)
        return [
            (column, (first if column is shown[0] else self._cells_of(column)) or rest)
            for column in shown
        ]

    def _left(self, shown: Sequence[Column[R]], width: int) -> int:
        """Cells that the column without a width gets beside the others."""
        return width - sum(map(self._cells_of, shown)) - len(shown)

    def on_resize(self, event: Resize) -> None:
        super().on_resize(event)
        self._draw_titles()

    def _draw_titles(self) -> None:
        if self._titles is None or not self.is_mounted:
            return
        names = (self._title(column, cells) for column, cells in self._shown(self.size.width))
        self._titles.set_lines([line(("".join(names), Tone.MUTED))])

    def _title(self, column: Column[R], cells: int) -> str:
        """With the arrow of the order behind it, in the gap if there is no other room."""
        if self._sorted_by is None or column is not self._columns[self._sorted_by]:
            return f"{fit(column.title, cells)} "
        return fit(f"{fit(column.title.rstrip(), cells).rstrip()}{self._arrow}", cells + 1)

    @property
    def _arrow(self) -> str:
        return "↓" if self._is_reversed else "↑"


def _fitted(text: str, ink: Ink, cells: int, sought: Sought | None) -> list[Piece]:
    if sought is None:
        return [(fit(text, cells), ink)]
    return marked(fit(around(text, cells, sought), cells), ink, sought)


def _text(column: Column[R], row: R) -> str:
    piece = column.cell(row)
    return (piece[0] if isinstance(piece, tuple) else piece).split("\n", 1)[0]


def _dispensable(shown: Sequence[Column[Any]]) -> list[Column[Any]]:
    return [column for column in shown[1:] if column.width and not column.is_needed]
