"""The files of a change, one line each."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from aio_tui.text import clean, fit
from aio_tui.widgets.line import Line, line
from aio_tui.widgets.rows import RowView
from aio_tui.wording import Tone
from engine.domain.change import ChangedFile, FileFate

_LETTERS = {
    FileFate.ADDED: ("A", Tone.GOOD),
    FileFate.CHANGED: ("M", Tone.BUSY),
    FileFate.DELETED: ("D", Tone.BAD),
    FileFate.RETYPED: ("T", Tone.WARN),
}


class FileRow(NamedTuple):
    """A changed file, and how many comments its lines have."""

    file: ChangedFile
    remarks: int = 0


class FileList(RowView[FileRow]):
    """Letter, path and numbers of lines; of a long path the end is shown."""

    def key_of(self, row: FileRow) -> Hashable:
        return row.file.raw_path

    def draw(self, row: FileRow, width: int) -> Line:
        mark = f" ✎{row.remarks}" if row.remarks else ""
        counts = lines_changed(row.file)
        room = max(width - len(counts) - len(mark) - 4, 4)
        return line(
            _LETTERS[row.file.fate],
            f" {end_of(row.file.path, room)}",
            (mark, Tone.KEY),
            (f" {counts}", Tone.MUTED),
        )


def lines_changed(file: ChangedFile) -> str:
    """Such as `+12 -3`."""
    if file.added is None or file.removed is None:
        return "binary"
    return f"+{file.added} -{file.removed}"


def end_of(path: str, width: int) -> str:
    """`path`, cleaned and exactly `width` cells wide; if it is longer, its end."""
    shown = clean(path)
    if cell_len(shown) <= width:
        return set_cell_size(shown, width)
    while cell_len(shown) > width - 1:
        shown = shown[max(1, (cell_len(shown) - width) // 2) :]
    return fit(f"…{shown}", width)
