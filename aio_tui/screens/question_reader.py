"""A question in full, over the whole screen, to be answered there."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Key

from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import QUESTIONS
from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.bars import answer_keys
from aio_tui.widgets.line import Line
from engine.domain.ids import EscalationId


class QuestionReader(ReaderScreen):
    """Takes the answer keys of the Inbox screen below. It stays while that asks for a reason or the
    like, so Esc leads from there back here; the Inbox closes it once an answer is given, and shows
    the next question.
    """

    def __init__(
        self, title: str, make_lines: Callable[[int], list[Line]], escalation_id: EscalationId
    ) -> None:
        super().__init__(title, make_lines)
        self._escalation_id = escalation_id

    def key_line(self, width: int) -> Line:
        return answer_keys(self._frame, QUESTIONS, width)

    def on_key(self, event: Key) -> None:
        command = next((known for known in QUESTIONS if event.key in known.keys), None)
        if command is not None:
            event.stop()
            self.answer(command)

    def press(self, name: str) -> None:
        command = next((known for known in QUESTIONS if known.name == name), None)
        if command is not None:
            self.answer(command)
        else:
            super().press(name)

    def answer(self, command: AnyCommand) -> None:
        """Answer this question, as the screen below would; no other one that stands there now."""
        frame, asked = self._frame, self._frame.question
        if asked is None or asked.escalation_id != self._escalation_id:
            self.dismiss(None)
            frame.say("the question that was here is answered, or its task has ended")
        else:
            if command.obstacle_here(frame):
                self.dismiss(None)  # what is said stands on the screen below
            frame.action_command(command.name)
