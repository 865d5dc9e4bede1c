"""Tasks of one origin side by side: how they went, what they cost, where their ends differ."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.widget import Widget

from aio_tui.bridge import STALE
from aio_tui.cli.comparison import Row, rows
from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import key_of
from aio_tui.commands.compare import COMPARE
from aio_tui.patch import parsed
from aio_tui.screens.frame import FrameScreen
from aio_tui.text import fit
from aio_tui.ways import by_key
from aio_tui.widgets.diff_lines import Shown, diff_lines
from aio_tui.widgets.file_list import end_of, lines_changed
from aio_tui.widgets.line import BLANK, Line, Piece, heading, line, paragraph
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.rows import RowView
from aio_tui.wording import READING, Tone
from engine.app.comparing import contenders, family
from engine.domain.change import ChangedFile, ChangedFiles
from engine.domain.errors import EngineError, UnknownTaskError, WorkspaceError
from engine.domain.ids import TaskId
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace
from engine.ports.comparison import Contender
from engine.ports.store import Reader

_NAMES = 11
"""Cells of the column that says in what respect."""
_LEAST = 18
"""Cells that the column of a task has at least."""


class Compared(NamedTuple):
    """What is read."""

    found: list[Contender]
    """The one on the left first, then the one on the right, then the others."""
    changes: list[ChangedFiles | None]
    """What each does to its base."""
    ends: ChangedFiles | None
    """What differs between the ends of the first two."""


class CompareScreen(FrameScreen):
    """The task one came from with all that branched from it. Implements `CompareDesk`."""

    PLACE = "compare"
    READS = "the tasks"
    OWN_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = COMPARE
    AUTO_FOCUS = "#compared"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._compared: Compared | None = None
        self._first = 0
        self._other = 1
        """Places in the family of those on the left and on the right."""
        self._members = 0

    def compose_body(self) -> Iterator[Widget]:
        yield PaneView(id="compared")

    async def read(self, face: EngineFace) -> object:
        subject, places = self.subject, (self._first, self._other)
        if subject is None:
            return None
        try:
            found = await face.read(partial(self._look, subject, *places))
        except UnknownTaskError:
            return None
        changes = [await _changed(face, one.item.base_commit, one) for one in found]
        ends = None
        if len(found) > 1:
            ends = await _changed(face, found[0].item.head_commit, found[1])
        is_stale = (subject, places) != (self.subject, (self._first, self._other))
        return STALE if is_stale else Compared(found, changes, ends)

    def _look(self, subject: TaskId, first: int, other: int, reader: Reader) -> list[Contender]:
        found = contenders(reader, family(reader, subject))
        count = len(found)
        if count < 2:
            return found
        left, right = found[first % count], found[other % count]
        return [left, right, *(one for one in found if one not in (left, right))]

    def show_known(self) -> None:
        self.query_one("#compared", PaneView).show(lambda _: [line((READING, Tone.MUTED))])

    def show(self, read: object) -> None:
        self._compared = read if isinstance(read, Compared) else None
        self._members = len(self._compared.found) if self._compared else 0
        self.query_one("#compared", PaneView).show(self._lines)

    def path_note(self) -> str:
        compared = self._compared
        if compared is None:
            return ""
        return " · ".join(one.item.task_id for one in compared.found)

    def _lines(self, width: int) -> list[Line]:
        compared = self._compared
        if compared is None:
            return [line(("no task is selected", Tone.MUTED))]
        if len(compared.found) < 2:
            key = key_of("branch")
            task_id = compared.found[0].item.task_id
            how = f": {key} makes a task that begins at one of its checkpoints"
            text = f"nothing branched from {task_id} yet{'' if self.is_read_only else how}"
            return paragraph(text, width, Tone.MUTED)
        return [*_table(compared, width), BLANK, *_ends(compared, width)]

    @property
    def why_nothing_opens(self) -> str:
        pane = self.query_one("#compared", PaneView)
        return "" if pane.key is not None else "no file that differs is selected"

    @on(RowView.Selected, "#compared")
    def _name_keys_of_row(self) -> None:
        self.draw_keys()

    @on(RowView.Opened, "#compared")
    def _open_file(self, event: RowView.Opened) -> None:
        ends = self._compared.ends if self._compared else None
        files = ends.files if ends is not None else ()
        file = next((each for each in files if each.raw_path == event.key), None)
        if ends is not None and file is not None:
            self.run_worker(
                self._show_file(ends, file), name="reading the change", group="file",
                exclusive=True, exit_on_error=False,
            )  # fmt: skip

    async def _show_file(self, ends: ChangedFiles, file: ChangedFile) -> None:
        from aio_tui.screens.reader import ReaderScreen

        try:
            found = await self._face.patch(ends.base, ends.head, file)
        except EngineError as error:
            self.say(error.told(by_key))
            return
        shown = Shown(parsed(found.text), is_cut=found.is_cut)
        self.app.push_screen(ReaderScreen(file.path, partial(diff_lines, shown)))

    # What commands see and ask for.

    @property
    def selected(self) -> WorkItem | None:
        """The one on the left."""
        return self._compared.found[0].item if self._compared else None

    def turn_to(self, subject: TaskId) -> None:
        if subject != self.subject:
            self._first, self._other = 0, 1
        super().turn_to(subject)

    @property
    def has_more(self) -> bool:
        """Whether there is a task besides the two that are held against each other."""
        return self._members > 2

    def turn_other(self, step: int) -> None:
        self._other = self._next(self._other, step, but=self._first)
        self.read_again()

    def turn_first(self, step: int) -> None:
        self._first = self._next(self._first, step, but=self._other)
        self.read_again()

    def _next(self, place: int, step: int, *, but: int) -> int:
        """The next place that the other side does not hold; with two tasks there is none."""
        if not self.has_more:
            return place
        place = (place + step) % self._members
        return (place + step) % self._members if place == but else place


async def _changed(face: EngineFace, base: str | None, one: Contender) -> ChangedFiles | None:
    head = one.item.head_commit
    if base is None or head is None:
        return None
    try:
        return await face.changed_files(base, head)
    except WorkspaceError:
        return None


def _table(compared: Compared, width: int) -> list[Line]:
    """As many of the tasks as there is room for."""
    room = max(width - _NAMES, 2 * 8)
    shown = max(min(len(compared.found), room // _LEAST), 2)
    cells = max(room // shown, 8)
    ids = [one.item.task_id for one in compared.found]
    heads: list[Piece] = [(fit(name, cells - 1) + " ", Tone.STRONG) for name in ids[:shown]]
    lines = [line(" " * _NAMES, *heads)]
    told = rows(compared.found, compared.changes)
    lines.extend(_row(row, shown, cells) for row in told)
    if shown < len(ids):
        more = f"{len(ids) - shown} more: {', '.join(ids[shown:])}"
        lines.extend(paragraph(more, width, Tone.MUTED))
    return lines


def _row(row: Row, shown: int, cells: int) -> Line:
    pieces: list[Piece] = [
        (fit(cell.text, cells - 1) + " ", cell.tone) for cell in row.cells[:shown]
    ]
    return line((fit(row.name, _NAMES - 1) + " ", Tone.MUTED), *pieces)


def _ends(compared: Compared, width: int) -> list[Line]:
    """What differs where the first two ended; a row is a file that Enter opens."""
    first, other = (one.item.task_id for one in compared.found[:2])
    ends = compared.ends
    if ends is None:
        return [line(("their ends cannot be compared: a commit is not there", Tone.WARN))]
    if not ends.files:
        return [line((f"{first} and {other} end with the same files", Tone.GOOD))]
    title = f"From the end of {first} to that of {other} ({key_of('open')} opens the change)"
    lines = [*map(heading, [fit(title, width).rstrip()])]
    lines.extend(_file(file, width) for file in ends.files)
    if ends.left_out:
        lines.append(line((f"  and {ends.left_out} more", Tone.MUTED)))
    return lines


def _file(file: ChangedFile, width: int) -> Line:
    counts = lines_changed(file)
    path = end_of(file.path, max(width - len(counts) - 13, 8))
    return line(f"  {file.fate.value:<9}", path, (f" {counts}", Tone.MUTED), key=file.raw_path)
