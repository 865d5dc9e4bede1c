"""What the main screen shows: facts come in, values go to the widgets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.events import Resize
from textual.geometry import Region
from textual.reactive import var
from textual.screen import Screen
from textual.strip import Strip
from textual.worker import Worker, WorkerState

from aio_tui.bridge import Bridge, OutputPlace, OutputRead, Refreshed
from aio_tui.widgets.bars import header_lines, terminal_title, told_lines
from aio_tui.widgets.covered import Covered, blank_lines
from aio_tui.widgets.detail import Detail
from aio_tui.widgets.line import Line, line
from aio_tui.widgets.queue_list import QueueList, column_titles, queue_rows
from aio_tui.widgets.rows import SCREEN_CLASSES, LineBar, RowView
from aio_tui.wording import Group, Tone
from engine.domain.ids import TaskId
from engine.ports.cockpit import EngineFace, Overview, TaskView

HINT = "? shows all keys"
_HEADINGS_FROM = 24
"""Rows that the queue must have before group names are worth a row each."""


class QueueScreen(Screen[None]):
    """The queue, the details of the selected task, and what stands at the edges."""

    COMPONENT_CLASSES: ClassVar[set[str]] = SCREEN_CLASSES
    AUTO_FOCUS = "#queue"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012  as the base has it

    overview: var[Overview | None] = var(None, init=False)
    view: var[TaskView | None] = var(None, init=False)
    filter_words: var[str] = var("", init=False)
    told: var[Line] = var(line, init=False)
    """What the status line shows."""

    def __init__(
        self,
        face: EngineFace,
        *,
        notice: str,
        now: Callable[[], datetime],
        set_title: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._face = face
        self._notice = notice
        self._now = now
        self._set_title = set_title
        self._dealt_with: tuple[TaskId, Group] | None = None
        """The selected task, if what it wants has just been ordered, and what that was."""
        self._bridge = Bridge(face, self.post_message)

    def compose(self) -> ComposeResult:
        yield LineBar(id="header")
        with Covered(id="body"):
            with Covered(id="left"):
                yield LineBar(id="titles")
                yield QueueList(id="queue")
            yield Detail(self._now, id="detail")
        yield LineBar(id="status")
        yield LineBar(id="keys")

    def render_lines(self, crop: Region) -> list[Strip]:
        return blank_lines(self, crop)

    def on_mount(self) -> None:
        self._draw_header()
        self._draw_keys()
        self.told = line((self._notice or HINT, Tone.MUTED))
        self.call_after_refresh(self._start_reading)
        self.set_interval(1.0, self._tick)

    def _start_reading(self) -> None:
        self.run_worker(self._bridge.follow_facts(), name="reading the queue", exit_on_error=False)

    @on(Refreshed)
    def _take_refreshed(self, event: Refreshed) -> None:
        self.view = event.view
        self.overview = event.overview

    @on(OutputRead)
    def _take_output(self, event: OutputRead) -> None:
        self._detail.take_output(event)

    def watch_overview(self) -> None:
        self._draw_queue()
        self._draw_header()
        self._show_view()

    def watch_view(self) -> None:
        self._show_view()

    def watch_filter_words(self) -> None:
        self._draw_queue()

    def watch_told(self, told: Line) -> None:
        self._draw_told()

    def _draw_told(self) -> None:
        lines = told_lines(self.told, max(self.size.width - 2, 2))
        self.query_one("#status", LineBar).set_lines(lines)

    def _show_view(self) -> None:
        self._detail.refresh_from(self.overview, self.view)
        self._bridge.live_place = None
        if self.view is not None and self.view.live_iteration is not None:
            item = self.view.item
            self._bridge.live_place = OutputPlace(item.task_id, self.view.live_iteration)
        self._draw_keys()

    @on(QueueList.Resized)
    def _draw_queue(self) -> None:
        if self.overview is None:
            return
        queue, before = self._queue, self._queue.cursor
        queue.set_rows(
            queue_rows(
                self.overview,
                self._now(),
                words=self.filter_words,
                with_headings=queue.size.height >= _HEADINGS_FROM,
            )
        )
        self._move_on(before or 0)
        self._draw_titles()

    def _move_on(self, before: int) -> None:
        """Once the task that was dealt with goes on, to the next that wants the same; the cursor
        stands on row `before` of the screen if there is none.
        """
        if self._dealt_with is None:
            return
        task_id, duty = self._dealt_with
        if self._queue.task_id != task_id:
            self._dealt_with = None
        elif self._queue.duty is not duty:
            self._dealt_with = None
            self._queue.select_same(duty, before)

    def _draw_titles(self) -> None:
        lines = [column_titles(self._queue.size.width)]
        if self.filter_words:
            shown = sum(row.item is not None for row in self._queue.rows)
            lines.insert(0, line((f"filter: {self.filter_words} ({shown} shown)", Tone.WARN)))
        self.query_one("#titles", LineBar).set_lines(lines)

    def _draw_header(self) -> None:
        lines = header_lines(self._face.settings.project, self.overview, self.size.width - 2)
        self.query_one("#header", LineBar).set_lines(lines)
        self._set_title(terminal_title(self._face.settings.project, self.overview))

    def _draw_keys(self) -> None:
        self.query_one("#keys", LineBar).set_lines([self.key_line(self.size.width - 2)])

    def key_line(self, width: int) -> Line:
        """The keys that do something now."""
        raise NotImplementedError

    def _tick(self) -> None:
        self._queue.tick(self._now())
        self._detail.tick()

    @on(Resize)
    def _fit(self) -> None:
        self._draw_header()
        self._draw_told()
        self._draw_keys()
        if self.overview is not None:
            self.refresh()

    @on(RowView.Selected, "#queue")
    def _look_at_selected(self) -> None:
        self._bridge.task_id = self._queue.task_id
        self.run_worker(
            self._bridge.read_task,  # type: ignore[arg-type]  # no kind of coroutine fits
            name="reading the task", group="task", exclusive=True, exit_on_error=False,
        )  # fmt: skip

    @on(Detail.OutputWanted)
    def _read_output(self, event: Detail.OutputWanted) -> None:
        self.workers.cancel_group(self, "output")
        if event.place is not None:
            self.run_worker(
                partial(self._bridge.follow_output, event.place),  # type: ignore[arg-type]  # as above
                name="reading the output", group="output", exclusive=True, exit_on_error=False,
            )  # fmt: skip

    @on(Detail.TabChanged)
    def _follow_tab(self) -> None:
        if self._queue.has_focus is False:
            self._detail.active.focus()
        self._draw_keys()

    @on(Worker.StateChanged)
    def _show_failure(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.told = line((f"✗ {event.worker.name} failed: {event.worker.error}", Tone.BAD))

    @property
    def _queue(self) -> QueueList:
        return self.query_one("#queue", QueueList)

    @property
    def _detail(self) -> Detail:
        return self.query_one("#detail", Detail)
