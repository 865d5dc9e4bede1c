"""The desk of plain mode: commands of the cockpit run at it, and what they show is printed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aio_tui.commands import leaving, look
from aio_tui.commands.base import AnyCommand, TaskCommand
from aio_tui.commands.catalogue import COCKPIT, MERGE, QUESTIONS, RUN, RUN_LIMITS, TASK
from aio_tui.commands.leaving import goes_on_alone
from aio_tui.commands.questions import QuestionCommand
from aio_tui.filtering import Field
from aio_tui.plain.telling import (
    help_texts,
    question_texts,
    task_line,
    task_texts,
)
from aio_tui.tour import tour_lines
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order
from engine.domain.settings import Settings
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace, Overview, TaskView

_TABS = tuple(each for each in COCKPIT if isinstance(each, look.ShowTab))
OUTPUT, INBOX = look.ShowOutput.number, look.ShowInbox.number
_INSTEAD = {"go_to_inbox": "show_inbox"}
NO_TASK = "no task is selected: 'select ID' selects one, 'open' without one lists them"


class Select(look.LookCommand[Any]):
    """Make a task, or the task of a question, the one that commands are about."""

    keys = ()
    label = "select"

    def run(self, desk: Any) -> None:
        desk.say(desk.selection_in_words())


PLAIN: tuple[AnyCommand, ...] = (
    *QUESTIONS, *MERGE, *RUN, *TASK, *RUN_LIMITS,
    Select(), look.Open(), look.Back(), *_TABS,
    look.Down(), look.Up(), look.First(), look.Last(),
    look.Help(), look.Tour(), leaving.Quit(), leaving.Leave(),
)  # fmt: skip
"""What can be done in plain mode; named and meant as in the cockpit."""


@dataclass(slots=True)
class Asked:
    """What the operator is asked; the next line is the answer."""

    then: Callable[[str], None]
    may_be_empty: bool = False
    options: frozenset[str] = frozenset()
    """The answers there are; none: any line."""
    default: str = ""


class PlainDesk:
    """Implements `Desk` and what tabs need of `CockpitDesk`.

    Args:
        face: the engine.
        operator: who gives orders.
        now: the present.
        tell: prints lines.
        begin: runs something in the background.
        leave: ends plain mode; True: the run goes on.
    """

    place = "plain"
    filter_words = ""
    checkpoint: int | None = None
    why_never_always = ""
    fields: Sequence[Field] = ()

    def __init__(
        self,
        face: EngineFace,
        *,
        now: Callable[[], datetime],
        tell: Callable[[Sequence[str]], None],
        give: Callable[[Sequence[Order]], None],
        show: Callable[[TaskId, int], None],
        show_rule: Callable[[EscalationId, Callable[[str], None]], None],
        undo: Callable[[], None],
        leave: Callable[[bool], None],
        is_read_only: bool = False,
    ) -> None:
        self.is_read_only = is_read_only
        self._face = face
        self._now = now
        self._tell = tell
        self._give = give
        self._show = show
        self.show_rule = show_rule
        self.undo = undo
        self._leave = leave
        self.overview: Overview | None = None
        self.asked: Asked | None = None
        self.answers: list[str] = []
        """Given together with the command, before anything was asked."""
        self._task_id: TaskId | None = None

    @property
    def commands(self) -> Sequence[AnyCommand]:
        return PLAIN

    @property
    def settings(self) -> Settings:
        return self._face.settings

    def sign(self, name: str) -> str:
        """The word for it, which plain mode has for all that it speaks of."""
        return word_of(name)

    @property
    def tasks(self) -> Sequence[WorkItem]:
        return self.overview.tasks if self.overview is not None else ()

    @property
    def selected(self) -> WorkItem | None:
        return next((item for item in self.tasks if item.task_id == self._task_id), None)

    @property
    def question(self) -> Escalation | None:
        """That of the selected task; with none selected, the only one that is open."""
        open_ones = self.overview.escalations if self.overview is not None else ()
        if self._task_id is None:
            return open_ones[0] if len(open_ones) == 1 else None
        return next((each for each in open_ones if each.task_id == self._task_id), None)

    @property
    def can_leave(self) -> bool:
        return self._face.is_embedded and goes_on_alone(self.overview)

    def select(self, word: str) -> bool:
        """Select the task that `word` names, or that the question `word` is of; whether any is."""
        open_ones = self.overview.escalations if self.overview is not None else ()
        known = {str(item.task_id): item.task_id for item in self.tasks}
        known |= {str(each.escalation_id): each.task_id for each in open_ones}
        if word in known:
            self._task_id = known[word]
        return word in known

    def selection_in_words(self) -> str:
        """One line about what commands are about."""
        item = self.selected
        if item is None:
            return NO_TASK
        return f"selected {task_line(item, self.overview, self._now())}"

    # What commands ask for.

    def give(self, *orders: Order) -> None:
        self._give(orders)

    def ask(
        self, question: str, then: Callable[[str], None], *, default: str = "", may_be_empty: bool
    ) -> None:
        self._ask([question], Asked(then, may_be_empty=may_be_empty, default=default))

    def choose(
        self, question: str, options: Sequence[tuple[str, str]], then: Callable[[str], None]
    ) -> None:
        offered = [f"  {key}: {meaning}" for key, meaning in options]
        keys = frozenset(key for key, _ in options)
        self._ask([*question.splitlines(), *offered], Asked(then, options=keys))

    def _ask(self, texts: Sequence[str], asked: Asked) -> None:
        self.asked = asked
        if self.answers:
            self.answer(self.answers.pop(0))
            return
        default = f" (empty line: {asked.default})" if asked.default else ""
        self._tell([*texts, f"answer with one line{default}, or 'back'"])

    def answer(self, text: str) -> None:
        """The operator's answer to what is asked."""
        asked, text = self.asked, text.strip()
        if asked is None:
            return
        if text == "back":
            self.asked = None
            self.say("nothing was done")
            return
        text = text or asked.default
        if asked.options and text not in asked.options:
            self.say(f"{text!r} is none of {', '.join(sorted(asked.options))}; or 'back'")
        elif not text and not asked.may_be_empty:
            self.say("say something, or 'back'")
        else:
            self.asked = None
            asked.then(text)

    def say(self, text: str) -> None:
        self._tell([text])

    def show_help(self) -> None:
        known = [each for each in PLAIN if not (self.is_read_only and each.is_order)]
        self._tell(help_texts(known))

    def show_tour(self) -> None:
        lines = tour_lines(4000, only_looks=self.is_read_only)
        self._tell([line.text for line in lines if line.text])

    @property
    def why_nothing_opens(self) -> str:
        return ""

    def open_selected(self) -> None:
        if self._task_id is None:
            self.list_tasks()
        else:
            self.show_tab(look.ShowTimeline.number)

    def list_tasks(self) -> None:
        """All tasks, those that need a human first."""
        lines = [task_line(item, self.overview, self._now()) for item in self.tasks]
        self._tell(lines or ["the queue is empty: 'aio-tui task add' fills it"])

    def go_back(self) -> None:
        self._task_id = None
        self.say("no task is selected now")

    def move(self, step: int) -> None:
        """The next task is the selected one."""
        ids = [item.task_id for item in self.tasks]
        if not ids:
            self.say("the queue is empty")
            return
        at = ids.index(self._task_id) + step if self._task_id in ids else 0
        self._task_id = ids[min(max(at, 0), len(ids) - 1)]
        self.say(self.selection_in_words())

    def move_to_end(self, *, is_last: bool) -> None:
        ids = [item.task_id for item in self.tasks]
        self._task_id = ids[-1 if is_last else 0] if ids else None
        self.say(self.selection_in_words())

    def show_tab(self, number: int) -> None:
        if number == INBOX:
            told = question_texts(self.overview, self._now(), only_looks=self.is_read_only)
            self._tell(told)
        elif self._task_id is None:
            self.say(NO_TASK)
        else:
            self._show(self._task_id, number)

    def show_view(self, view: TaskView, number: int) -> None:
        """Print a tab of a task."""
        self._tell(task_texts(view, number, only_looks=self.is_read_only))

    def quit(self) -> None:
        self._leave(False)

    def leave(self) -> None:
        self._leave(True)

    def step_aside(self) -> None:
        os.kill(os.getpid(), signal.SIGTSTP)


def needs_selection(command: AnyCommand) -> bool:
    """Whether the first word behind the command may name what it is about."""
    return isinstance(command, TaskCommand | QuestionCommand | look.ShowTab | Select | look.Open)


def matching(word: str) -> AnyCommand | None:
    """The command with this name, or this key."""
    for command in PLAIN:
        if word in (command.name, *command.key_signs, *command.keys):
            return command
    return None


def word_of(name: str) -> str:
    """The command of this name, or what stands for it here, to be typed; empty: there is none."""
    here = _INSTEAD.get(name, name)
    return f"'{here}'" if matching(here) is not None else ""
