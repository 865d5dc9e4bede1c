"""The main screen as a desk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from textual import on

from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import COCKPIT, QUESTIONS
from aio_tui.places import INBOX as INBOX_PLACE
from aio_tui.places import REVIEW
from aio_tui.question_at_hand import LOOK_FIRST, QuestionAtHand
from aio_tui.screens.queue_screen import QueueScreen
from aio_tui.widgets.detail import CHECKPOINTS, INBOX, OUTPUT, RALPH, TIMELINE, tab_after
from aio_tui.widgets.rows import RowView
from aio_tui.wording import has_work
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order
from engine.domain.state import TaskState
from engine.domain.work import WorkItem
from engine.ports.cockpit import Overview

_FIRST_READING_S = 30.0
"""So long a key may wait for it."""
_TAB_OF_STATE = {
    TaskState.BLOCKED: RALPH,
    TaskState.FAILED: RALPH,
    TaskState.CLAIMED: OUTPUT,
    TaskState.RUNNING: OUTPUT,
    TaskState.WAITING: OUTPUT,
    TaskState.VERIFYING: OUTPUT,
}
"""What is opened of a task in such a state; of one in another what was looked at last."""


class DeskScreen(QueueScreen):
    """What the operator works at most of the time. Implements `CockpitDesk`."""

    OWN_COMMANDS = COCKPIT

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._hand = QuestionAtHand(self._now)
        self._is_read = asyncio.Event()

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
        """In the inbox the one that is shown; elsewhere the first one of the selected task, also
        before more of that task is read.
        """
        if self._detail.tab == INBOX:
            return self._detail.question
        return next((one for one in self._asked if one.task_id == self._queue.task_id), None)

    def take(self, overview: Overview, read: Any) -> None:
        is_first, before = self.overview is None, self._question_id
        super().take(overview, read)
        self._hand.note_open(overview.escalations)
        if not is_first and self._question_id not in (None, before):
            self._hand.slide()
        self._is_read.set()

    @property
    def _question_id(self) -> EscalationId | None:
        return self.question.escalation_id if self.question else None

    def _run(self, command: AnyCommand) -> None:
        """As every screen, but no answer goes to a question that came under the hand just now, or
        that has one; and some keys wait for the first reading, and others behind them.
        """
        if self.overview is None and (command.is_kept_until_read or self._is_blind(command)):
            self._wait_for_reading(command)
            return
        asked = self.question if command in QUESTIONS else None
        if asked is not None and self._hand.has_answer(asked):
            self.say(f"{asked.task_id}: it has your answer already")
        elif asked is not None and self._hand.is_unseen():
            self.say(LOOK_FIRST)
            self.note_refused(command)
        else:
            super()._run(command)

    def _is_blind(self, command: AnyCommand) -> bool:
        """Whether it would be about something that nobody has seen."""
        return command.is_order and bool(command.obstacle(self)) and not self.is_read_only

    def _wait_for_reading(self, command: AnyCommand) -> None:
        if command.is_kept_until_read:
            if command.is_order:
                self.say(f"{command.label}: waits for the first reading of the queue")
            self.open_later(self._run_once_read(command), command.label)
        else:
            self.say(f"{command.label}: the queue is being read for the first time; look first")
            self.note_refused(command)

    async def _run_once_read(self, command: AnyCommand) -> None:
        try:
            async with asyncio.timeout(_FIRST_READING_S):
                await self._is_read.wait()
        except TimeoutError:
            self.say(f"{command.label}: the queue is not read yet; press it again when it is")
            return
        if self.app.screen is self:
            self._run(command)
        else:
            self.say(f"{command.label}: left out, as you are elsewhere by now")

    def give(self, *orders: Order) -> None:
        self._hand.note_answers(orders)
        super().give(*orders)

    async def _give(self, orders: Sequence[Order]) -> None:
        await super()._give(orders)
        if self._hand.note_answers(orders):
            overview = await self._face.overview()
            self._hand.forget_answers(one.escalation_id for one in overview.escalations)

    @property
    def why_nothing_opens(self) -> str:
        if self._queue.has_focus:
            return "" if self._queue.task_id else "the queue is empty"
        if self._detail.tab not in (TIMELINE, CHECKPOINTS):
            return "all that there is stands here"
        is_iteration = isinstance(self._detail.active.key, int)
        return "" if is_iteration else "no iteration is selected"

    def open_selected(self) -> None:
        if self._queue.has_focus:
            self._open_task()
        else:
            self._detail.active.open()

    @on(RowView.Opened, "#queue")
    def _open_task(self) -> None:
        """Show what the row is about: its question, the work to merge, why it is stuck, what its
        agent does.
        """
        item = self.selected
        if item is None or not self._queue.has_focus:
            return
        asked = next((one for one in self._asked if one.task_id == item.task_id), None)
        if asked is not None:
            self.go_to(INBOX_PLACE)
            self.app.screen.turn_to_question(asked.escalation_id)  # type: ignore[attr-defined]  # the inbox
        elif item.state is TaskState.COMPLETED and has_work(item):
            self.go_to(REVIEW)
        else:
            self._detail.tab = _TAB_OF_STATE.get(item.state, self._detail.tab)
            self.switch_pane()

    @on(RowView.Selected, "#pane")
    def _name_keys_of_row(self) -> None:
        self.draw_keys()

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
        self.draw_keys()

    @property
    def hides_something(self) -> bool:
        return self.has_class("-zoomed") and self.has_class("-narrow")

    def switch_pane(self) -> None:
        is_to_detail = self._queue.has_focus
        self.set_focus(self._detail.active if is_to_detail else self._queue)
        self.set_class(is_to_detail, "-zoomed")
        self.draw_keys()

    def show_tab(self, number: int) -> None:
        self._detail.tab = number

    def turn_tab(self, step: int) -> None:
        self._detail.tab = tab_after(self._detail.tab, step)

    def turn_page(self, step: int) -> None:
        why_not = self._detail.turn(step)
        if why_not:
            self.say(f"pages: {why_not}")
