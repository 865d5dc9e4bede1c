"""The main screen as a desk."""

from __future__ import annotations

from typing import Any

from textual import on

from aio_tui.commands.catalogue import COCKPIT
from aio_tui.screens.queue_screen import QueueScreen
from aio_tui.widgets.detail import CHECKPOINTS, INBOX, TIMELINE, tab_after
from aio_tui.widgets.rows import RowView
from engine.domain.escalation import Escalation
from engine.domain.ids import TaskId
from engine.domain.orders import (
    ApproveEscalation,
    DenyEscalation,
    MergeTask,
    Order,
    OverrideVerdict,
)
from engine.domain.work import WorkItem


class DeskScreen(QueueScreen):
    """What the operator works at most of the time. Implements `CockpitDesk`."""

    OWN_COMMANDS = COCKPIT

    @property
    def active(self) -> RowView[Any]:
        return self._queue if self._queue.has_focus else self._detail.active

    @property
    def selected(self) -> WorkItem | None:
        queue = self._queue
        row = queue.rows[queue.cursor] if queue.task_id and queue.cursor is not None else None
        return row.item if row else None

    @property
    def question(self) -> Escalation | None:
        """In the inbox the one that is shown; elsewhere the first one of the selected task, whether
        that has been read by now or not.
        """
        if self._detail.tab == INBOX:
            return self._detail.question
        task_id = self._queue.task_id
        questions = self.overview.escalations if self.overview else ()
        return next((asked for asked in questions if asked.task_id == task_id), None)

    def give(self, *orders: Order) -> None:
        selected, duty = self.selected, self._queue.duty
        if (
            selected
            and duty is not None
            and any(self._deals_with(selected.task_id, order) for order in orders)
        ):
            self._dealt_with = selected.task_id, duty
        super().give(*orders)

    def _deals_with(self, task_id: TaskId, order: Order) -> bool:
        match order:
            case ApproveEscalation() | DenyEscalation():
                return self.question is not None and self.question.task_id == task_id
            case MergeTask() | OverrideVerdict():
                return order.task_id == task_id
            case _:
                return False

    def open_selected(self) -> None:
        if self._queue.has_focus:
            self.switch_pane()
        else:
            self._detail.active.open()

    @on(RowView.Opened, "#queue")
    def _open_task(self) -> None:
        if self._queue.has_focus:
            self.switch_pane()

    @on(RowView.Opened, "#pane")
    def _open_row(self, event: RowView.Opened) -> None:
        if not isinstance(event.key, int) or self.view is None:
            return
        if self._detail.tab == TIMELINE:
            self._detail.show_iteration(event.key)
        elif self._detail.tab == CHECKPOINTS:
            reading = self._read_session(self.view.item.task_id, event.key)
            self.run_worker(
                reading, name="reading the session file", group="session", exit_on_error=False
            )

    async def _read_session(self, task_id: TaskId, checkpoint: int) -> None:
        from aio_tui.screens.reader import ReaderScreen, text_lines

        text = await self._face.session_text(task_id, checkpoint)
        title = f"session state of {task_id}, checkpoint {checkpoint}"
        self.app.push_screen(ReaderScreen(title, text_lines(text)))

    def go_back(self) -> None:
        if self._queue.has_focus:
            self.filter_words = ""
        else:
            self._queue.focus()
        self.remove_class("-zoomed")

    def switch_pane(self) -> None:
        is_to_detail = self._queue.has_focus
        self.set_focus(self._detail.active if is_to_detail else self._queue)
        self.set_class(is_to_detail, "-zoomed")

    def show_tab(self, number: int) -> None:
        self._detail.tab = number

    def turn_tab(self, step: int) -> None:
        self._detail.tab = tab_after(self._detail.tab, step)

    def turn_page(self, step: int) -> None:
        why_not = self._detail.turn(step)
        if why_not:
            self.say(f"pages: {why_not}")
