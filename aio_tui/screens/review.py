"""A change, read line by line, with the verdict and its proof beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from textual import on
from textual.events import Resize
from textual.reactive import var
from textual.widget import Widget

from aio_tui.bridge import STALE
from aio_tui.commands.catalogue import REVIEW, key_of
from aio_tui.kept_diffs import KeptDiffs, Loaded, Place
from aio_tui.patch import DiffLine, LineRef
from aio_tui.remarks import Remark, place_words
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.review_reading import Reading, read_change
from aio_tui.widgets.covered import Covered
from aio_tui.widgets.diff_lines import Shown, diff_lines, hunk_starts
from aio_tui.widgets.evidence import verdict_lines
from aio_tui.widgets.file_list import FileList, FileRow, end_of, lines_changed
from aio_tui.widgets.line import Line, line, paragraph
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.rows import LineBar, RowView
from aio_tui.wording import READING, Tone, counted
from engine.domain.change import ChangedFile, ChangedFiles
from engine.domain.ids import TaskId
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace

_UNFINISHED = " · uncommitted work, not verified"
_MOST_LISTED = 6
"""Rows of the list of files where it stands above the change."""


class ReviewScreen(FrameScreen):
    """One task's branch, file by file. Implements `ReviewDesk`."""

    PLACE = "review"
    READS = "the change"
    OWN_COMMANDS = REVIEW
    AUTO_FOCUS = "#diff"

    is_side_by_side: var[bool] = var(False, init=False)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self._reading: Reading | None = None
        self._is_read = False
        self._listed: ChangedFiles | None = None
        self._wanted: str | None = None
        """Raw path of the file that is shown or will be; None: the first."""
        self._awaited: list[Callable[[], None]] = []
        """What keys asked for that came before the change was read, in their order."""
        self._goes_to_end = False
        """Whether the file that comes is to be shown from its last change on."""
        self._diffs = KeptDiffs()

    def compose_body(self) -> Iterator[Widget]:
        with Covered(id="review"):
            yield FileList(id="files")
            with Covered(id="change"):
                yield LineBar(id="file-title")
                yield PaneView(id="diff")
            yield PaneView(id="proof")

    async def read(self, face: EngineFace) -> object:
        task_id = self.subject
        if task_id is None:
            return None
        reading = await read_change(
            face, task_id, listed=self._listed, wanted=lambda: self._wanted, kept=self._diffs
        )
        return reading if reading is None or task_id == self.subject else STALE

    def show_known(self) -> None:
        self._show_reading(None)

    def show(self, read: object) -> None:
        self._is_read = True
        self._show_reading(read if isinstance(read, Reading) else None)
        listed = {file.raw_path for file in self._listed.files} if self._listed else set()
        if self._wanted not in listed:
            self._wanted = None
        awaited, self._awaited = self._awaited, []
        for turn in awaited:
            turn()

    def _show_reading(self, reading: Reading | None) -> None:
        self._reading = reading
        self._listed = reading.files if reading else None
        is_other = False
        if reading and reading.file and reading.loaded and self._place is not None:
            is_other = self._place not in self._diffs or reading.file.raw_path != self._shown_path
            self._keep(self._place, reading.loaded)
            self._shown_path = reading.file.raw_path
        self._draw_files()
        self._draw_diff(from_top=is_other)
        self._draw_proof()

    _shown_path = ""

    @property
    def _place(self) -> Place | None:
        return self._reading.place if self._reading is not None else None

    def _keep(self, place: Place, loaded: Loaded) -> None:
        if self._diffs.keep(place, loaded):
            self.run_worker(
                self._colour(place),
                name="finding the colours", group="colours", exit_on_error=False,
            )  # fmt: skip

    async def _colour(self, place: Place) -> None:
        """The change is readable before its colours are there."""
        if await self._diffs.colour(place) and place == self._place:
            self._draw_diff()

    # Drawing.

    def _draw_files(self) -> None:
        files = self.query_one(FileList)
        listed = self._listed.files if self._listed else ()
        said = [remark.path for remark in self._drafts.values()]
        files.set_rows([FileRow(file, said.count(file.path)) for file in listed])
        most = min(max(len(listed), 1), _MOST_LISTED, max(self.size.height // 4, 1))
        files.styles.height = most + 1 if self._is_narrow else "1fr"
        if self._reading and self._reading.file:
            files.select_key(self._reading.file.raw_path)

    @property
    def _is_narrow(self) -> bool:
        return self.has_class("-narrow")

    def _draw_diff(self, *, from_top: bool = False) -> None:
        pane = self.query_one("#diff", PaneView)
        pane.show(self._diff_lines, from_top=from_top)
        self.query_one("#file-title", LineBar).set_lines([self._file_title()])
        if from_top and (reading := self._reading) and reading.loaded:
            starts = hunk_starts(pane.rows, reading.loaded.patch)
            if starts:
                pane.select_row(starts[-1 if self._goes_to_end else 0])
            self._goes_to_end = False

    def _diff_lines(self, width: int) -> list[Line]:
        reading = self._reading
        if reading is None:
            return [line((self._missing, Tone.MUTED))]
        if reading.fault:
            return paragraph(f"✗ the change cannot be read: {reading.fault}", width, Tone.BAD)
        if reading.files is None:
            return [line(("nothing to read yet: no iteration has begun", Tone.MUTED))]
        if reading.file is None or reading.loaded is None or self._place is None:
            return [line(("the branch changes nothing", Tone.WARN))]
        remarks = {
            remark.ref: remark.text
            for remark in self._drafts.values()
            if remark.path == reading.file.path
        }
        return diff_lines(
            Shown(
                reading.loaded.patch, self._diffs.colours_at(self._place), remarks,
                reading.loaded.is_cut, self.is_side_by_side,
            ),
            width,
        )  # fmt: skip

    @property
    def _missing(self) -> str:
        """Why no change is shown, if only because it is being read."""
        if self.subject is None:
            return "no task is selected: V on a task's row leads here"
        return f"there is no task {self.subject} any more" if self._is_read else READING

    def _file_title(self) -> Line:
        reading = self._reading
        if reading is None or reading.file is None or reading.files is None:
            return line()
        at = reading.files.files.index(reading.file) + 1
        counts = f" {lines_changed(reading.file)} · file {at} of {len(reading.files.files)}"
        mark = _UNFINISHED if reading.is_unfinished else ""
        room = max(self.query_one("#change").size.width - len(counts) - len(mark) - 2, 8)
        path = end_of(reading.file.path, room).rstrip()
        return line((path, Tone.STRONG), (counts, Tone.MUTED), (mark, Tone.WARN))

    def _draw_proof(self) -> None:
        reading = self._reading
        if reading is None:
            self.query_one("#proof", PaneView).show(lambda _: [])
        else:
            self.query_one("#proof", PaneView).show(partial(verdict_lines, reading.view))

    def path_note(self) -> str:
        files, parts = self._reading.files if self._reading else None, []
        if self._drafts:  # first, for the end may be cut off
            key = key_of("send_back", REVIEW)
            parts.append(f"✎ {counted(len(self._drafts), 'comment')} not sent: {key} sends")
        if files is not None:
            left_out = f" of {len(files.files) + files.left_out}" if files.left_out else ""
            added = sum(file.added or 0 for file in files.files)
            removed = sum(file.removed or 0 for file in files.files)
            parts.append(f"{counted(len(files.files), 'file')}{left_out} +{added} -{removed}")
        return self.task_note(self.selected, *parts)

    @on(Resize)
    def _fit_files(self) -> None:
        self._draw_files()
        self.query_one("#file-title", LineBar).set_lines([self._file_title()])

    def watch_is_side_by_side(self) -> None:
        pane = self.query_one("#diff", PaneView)
        key = pane.key
        self._draw_diff()
        pane.select_key(key)

    # What commands see and ask for.

    @property
    def selected(self) -> WorkItem | None:
        return self._reading.view.item if self._reading else self.listed

    @property
    def _drafts(self) -> dict[object, Remark]:
        return self.around.drafts.get(self.subject, {}) if self.subject else {}

    @property
    def _line(self) -> tuple[ChangedFile, DiffLine] | None:
        key, reading = self.query_one("#diff", PaneView).key, self._reading
        if not isinstance(key, LineRef) or reading is None or reading.loaded is None:
            return None
        found = reading.loaded.patch.line_at(key)
        return (reading.file, found) if found and reading.file else None

    @property
    def line_words(self) -> str:
        at = self._line
        return place_words(at[0].path, at[1].ref) if at else ""

    @property
    def line_text(self) -> str:
        at = self._line
        return at[1].text if at else ""

    @property
    def remark(self) -> str:
        at = self._line
        said = self._drafts.get((at[0].raw_path, at[1].ref)) if at else None
        return said.text if said else ""

    @property
    def remarks(self) -> Sequence[str]:
        return [remark.words for remark in self._drafts.values()]

    def set_remark(self, text: str) -> None:
        at = self._line
        if at is None or self.subject is None:
            return
        file, row = at
        drafts = self.around.drafts.setdefault(self.subject, {})
        key = file.raw_path, row.ref
        if text:
            drafts[key] = Remark(file.path, row.ref, row.text, text)
        else:
            drafts.pop(key, None)
        self._draw_remarks()

    def drop_remarks(self) -> None:
        if self.subject is not None:
            self.around.drafts.pop(self.subject, None)
        self._draw_remarks()

    def _draw_remarks(self) -> None:
        self._draw_files()
        self._draw_diff()
        self.draw_path()
        self.draw_keys()

    def turn_to(self, subject: TaskId) -> None:
        if subject != self.subject:
            self.subject, self._wanted, self._is_read = subject, None, False
            self._awaited = []
            self._show_reading(None)
            self.draw_path()
        super().turn_to(subject)

    @property
    def is_being_read(self) -> bool:
        if self.subject is None or not self._is_read:
            return self.subject is not None
        file = self._reading.file if self._reading else None
        return file is not None and self._wanted not in (None, file.raw_path)

    @property
    def why_nothing_turns(self) -> str:
        has_change = self._reading is not None and self._reading.file is not None
        return "" if has_change or self.is_being_read else "there is no change to read"

    def turn_file(self, step: int) -> None:
        if self.is_being_read:
            self._awaited.append(partial(self.turn_file, step))
            return
        listed = self._listed.files if self._listed else ()
        self._bring_change_up()
        if self._reading is None or self._reading.file is None:
            return
        at = listed.index(self._reading.file) + step
        if not 0 <= at < len(listed):
            self.say("that was the last file" if step > 0 else "that was the first file")
            self._goes_to_end = False
            return
        self._want(listed[at].raw_path)

    def _want(self, raw_path: str) -> None:
        if raw_path != self._wanted:
            self._wanted = raw_path
            self.read_again()

    def turn_hunk(self, step: int) -> None:
        if self.is_being_read:
            self._awaited.append(partial(self.turn_hunk, step))
            return
        pane, reading = self.query_one("#diff", PaneView), self._reading
        self._bring_change_up()
        if reading is None or reading.loaded is None:
            return
        starts = hunk_starts(pane.rows, reading.loaded.patch)
        here = pane.cursor or 0
        if step > 0:
            to = next((y for y in starts if y > here), None)
        else:
            to = next((y for y in reversed(starts) if y < here), None)
        if to is None:
            self._goes_to_end = step < 0
            self.turn_file(step)
            return
        pane.select_row(to)
        pane.scroll_to(y=max(to - 3, 0), animate=False)

    def switch_columns(self) -> None:
        self._bring_change_up()
        self.is_side_by_side = not self.is_side_by_side

    def switch_pane(self) -> None:
        order = [self.query_one(f"#{name}") for name in ("diff", "proof", "files")]
        at = next((at for at, pane in enumerate(order) if pane.has_focus), 0)
        after = order[(at + 1) % len(order)]
        self.set_class(after.id == "proof", "-proof")
        self.set_focus(after)

    def _bring_change_up(self) -> None:
        """Where there is room for one of them, show the change and not its proof."""
        if self.has_class("-proof"):
            self.open_selected()

    @property
    def why_nothing_opens(self) -> str:
        return "this is the change" if self.query_one("#diff").has_focus else ""

    def open_selected(self) -> None:
        self.set_class(False, "-proof")
        self.query_one("#diff").focus()

    def go_back(self) -> None:
        if self.has_class("-proof"):
            self.open_selected()
            return
        super().go_back()

    @on(RowView.Selected, "#files")
    def _turn_to_selected(self, event: RowView.Selected) -> None:
        if isinstance(event.key, str) and self.query_one(FileList).has_focus:
            self._want(event.key)

    @on(RowView.Selected, "#diff")
    def _tell_line(self) -> None:
        self.draw_keys()
