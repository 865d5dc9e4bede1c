"""What the main screen shows: facts come in, values go to the widgets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from textual import on
from textual.reactive import var
from textual.widget import Widget

from aio_tui.bridge import STALE, OutputPlace, OutputRead
from aio_tui.commands.catalogue import key_of
from aio_tui.places import COCKPIT
from aio_tui.screens.frame import FrameScreen
from aio_tui.widgets.covered import Covered
from aio_tui.widgets.detail import Detail
from aio_tui.widgets.line import line
from aio_tui.widgets.queue_fields import QUEUE_FIELDS
from aio_tui.widgets.queue_list import QueueList, column_titles, queue_rows
from aio_tui.widgets.rows import LineBar, RowView
from aio_tui.wording import Tone
from engine.domain.errors import UnknownTaskError
from engine.domain.ids import TaskId
from engine.ports.cockpit import EngineFace, Overview, TaskView

_HEADINGS_FROM = 24
"""Rows that the queue must have before group names are worth a row each."""

_RUN_PAUSE_S = 0.1
"""Between two readings of selected rows."""


class QueueScreen(FrameScreen):
    """The queue, the details of the selected task, and what stands at the edges."""

    PLACE = COCKPIT
    READS = "the queue"
    FIELDS = QUEUE_FIELDS
    AUTO_FOCUS = "#queue"

    view: var[TaskView | None] = var(None, init=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._read_selected_at = float("-inf")
        """When another row was last read, on the clock that never goes back."""
        self._is_reading_later = False

    def compose_body(self) -> Iterator[Widget]:
        with Covered(id="body"):
            with Covered(id="left"):
                yield LineBar(id="titles")
                yield QueueList(id="queue")
            yield Detail(
                self._now, self._face.settings, id="detail", only_looks=self.around.is_read_only
            )

    async def read(self, face: EngineFace) -> object:
        """The selected task."""
        task_id = self.subject
        if task_id is None:
            return None
        try:
            view = await face.task_view(task_id)
        except UnknownTaskError:
            return None
        return view if task_id == self.subject else STALE

    def take(self, overview: Overview, read: Any) -> None:
        if overview == self.overview:
            self.view = read
        else:
            self.set_reactive(QueueScreen.view, read)  # shown with the overview
            self.overview = overview

    @on(OutputRead)
    def _take_output(self, event: OutputRead) -> None:
        self._detail.take_output(event)

    def watch_overview(self) -> None:
        self._draw_queue()
        super().watch_overview()
        self._show_view()

    def watch_view(self) -> None:
        self._show_view()

    def refilter(self) -> None:
        self._draw_queue(keeps=False)

    def _show_view(self) -> None:
        is_hidden = self.filter_words and not self._queue.rows
        hidden = f"nothing is selected: the filter hides all; {key_of('back')} clears it"
        why_none = hidden if is_hidden else ""
        self._detail.refresh_from(self.overview, self.view, why_none=why_none)
        self._bridge.live_place = None
        if self.view is not None and self.view.live_iteration is not None:
            item = self.view.item
            self._bridge.live_place = OutputPlace(item.task_id, self.view.live_iteration)
        self.draw_keys()

    @on(QueueList.Resized)
    def _fit_queue(self) -> None:
        self._draw_queue()

    def _draw_queue(self, *, keeps: bool = True) -> None:
        """The rows anew; the selected task stays selected wherever its row goes, and (`keeps`) even
        if the filter wants it no more.
        """
        if self.overview is None:
            return
        queue = self._queue
        queue.set_rows(
            queue_rows(
                self.overview,
                self._now(),
                wanted=self.wanted,
                kept=queue.task_id if keeps else None,
                with_headings=queue.size.height >= _HEADINGS_FROM,
            )
        )
        self._draw_titles()

    def _draw_titles(self) -> None:
        lines = [column_titles(self._queue.size.width, self._queue.id_cells)]
        in_all = sum(self.overview.counts.values()) if self.overview else 0
        listed = len(self.overview.tasks) if self.overview else 0
        if listed < in_all:
            words = f"the first {listed} of {in_all} tasks; * searches all"
            lines.insert(0, line((words, Tone.MUTED)))
        if self.filter_words:
            shown = sum(row.item is not None for row in self._queue.rows)
            lines.insert(0, line((f"filter: {self.filter_words} ({shown} shown)", Tone.WARN)))
        self.query_one("#titles", LineBar).set_lines(lines)

    def tick(self) -> None:
        self._queue.tick(self._now())
        self._detail.tick()

    def turn_to(self, subject: TaskId) -> None:
        self._queue.select_key(subject)

    @on(RowView.Selected, "#queue")
    def _look_at_selected(self) -> None:
        self.subject = self._queue.task_id
        if self._queue.has_left_kept:
            self._draw_queue()
        if not self._is_reading_later:
            self._read_selected_within_turn()

    def _read_selected_within_turn(self) -> None:
        """At once, or, while the cursor runs from row to row, at most ten times a second: each key
        that moves it would wait for the reading that the key before it began.
        """
        wait_s = self._read_selected_at + _RUN_PAUSE_S - time.monotonic()
        self._is_reading_later = wait_s > 0
        if self._is_reading_later:
            self.set_timer(wait_s, self._read_selected_within_turn)
        else:
            self._read_selected_at = time.monotonic()
            self.read_again()

    @on(Detail.OutputWanted)
    def _read_output(self, event: Detail.OutputWanted) -> None:
        self.workers.cancel_group(self, "output")
        if event.place is not None:
            self.run_worker(
                partial(self._bridge.follow_output, event.place),  # type: ignore[arg-type]  # no kind of coroutine fits
                name="reading the output", group="output", exclusive=True, exit_on_error=False,
            )  # fmt: skip

    @on(Detail.TabChanged)
    def _follow_tab(self) -> None:
        if self._queue.has_focus is False:
            self._detail.active.focus()
        self.draw_keys()

    @property
    def _queue(self) -> QueueList:
        return self.query_one("#queue", QueueList)

    @property
    def _detail(self) -> Detail:
        return self.query_one("#detail", Detail)
