"""What a command is, and the desk it works at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from aio_tui.filtering import Field
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order
from engine.domain.settings import Settings
from engine.domain.state import TRANSITIONS, Trigger
from engine.domain.work import WorkItem
from engine.ports.cockpit import Overview

_KEY_SIGNS = {
    "space": "Space", "plus": "+", "equals_sign": "=",
    "asterisk": "*", "minus": "-", "slash": "/", "question_mark": "?", "exclamation_mark": "!",
    "less_than_sign": "<", "greater_than_sign": ">", "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{", "right_curly_bracket": "}", "vertical_line": "|",
    "tab": "Tab", "shift+tab": "Shift+Tab", "enter": "Enter",
    "escape": "Esc", "up": "Up", "down": "Down", "left": "Left", "right": "Right", "home": "Home",
    "end": "End", "pageup": "PgUp", "pagedown": "PgDn", "ctrl+p": "Ctrl+P", "ctrl+c": "Ctrl+C",
    "ctrl+d": "Ctrl+D", "ctrl+q": "Ctrl+Q", "ctrl+t": "Ctrl+T", "ctrl+y": "Ctrl+Y",
}  # fmt: skip


def sign_of_key(key: str) -> str:
    """What a keyboard has on the key that Textual names so."""
    if key in _KEY_SIGNS or len(key) == 1:
        return _KEY_SIGNS.get(key, key)
    return "+".join(part.capitalize() for part in key.split("+"))


ONLY_LOOKS = "this cockpit only looks: open one without --read-only"


class Topic(StrEnum):
    """Under which heading the help shows a command."""

    QUESTIONS = "Answer questions"
    MERGE = "Merge verified work"
    TASKS = "Steer a task"
    RUN = "Steer the run"
    SCREEN = "On this screen"
    GO = "Go to a screen"
    LOOK = "Look around"


class Desk(Protocol):
    """What a command sees and may ask for; every screen is one."""

    @property
    def place(self) -> str:
        """Name of the screen, as `aio_tui.places` has it."""
        ...

    @property
    def commands(self) -> Sequence[AnyCommand]:
        """What can be done on this screen, in the order of the key bar."""
        ...

    @property
    def settings(self) -> Settings:
        """What the engine was configured with."""
        ...

    @property
    def overview(self) -> Overview | None:
        """The newest one; None before the first is read."""
        ...

    @property
    def selected(self) -> WorkItem | None:
        """The task that the selected row is about."""
        ...

    @property
    def question(self) -> Escalation | None:
        """The open question that an answer would go to."""
        ...

    @property
    def why_never_always(self) -> str:
        """Why no contract rule can answer the question for ever, as far as that is known; empty:
        one can.
        """
        ...

    @property
    def checkpoint(self) -> int | None:
        """The recorded iteration of the selected task that is looked at; None: none in particular,
        or none is recorded.
        """
        ...

    @property
    def filter_words(self) -> str: ...

    def sign(self, name: str) -> str:
        """What the command of this name is called by here: its key, or a word to type."""
        ...

    @property
    def is_read_only(self) -> bool:
        """Whether no orders can be given here."""
        ...

    def give(self, *orders: Order) -> None:
        """Give the orders in the background; the status line tells what became of them."""
        ...

    def ask(
        self, question: str, then: Callable[[str], None], *, default: str = "", may_be_empty: bool
    ) -> None:
        """Ask for one line; `then` gets it unless the operator backs out."""
        ...

    def choose(
        self, question: str, options: Sequence[tuple[str, str]], then: Callable[[str], None]
    ) -> None:
        """Offer (key, meaning) pairs; `then` gets the chosen key unless the operator backs out."""
        ...

    def show_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None:
        """Read the contract rule that would answer the question for ever; `then` gets it."""
        ...

    def undo(self) -> None:
        """Take back what the operator ordered last, if that can be."""
        ...

    def take_over(self, task_id: TaskId) -> None:
        """Open a shell in the task's worktree; this screen comes back when it ends."""
        ...

    def hand_back(self, task_id: TaskId, note: str) -> None:
        """Commit what the operator did by hand, and let agents go on with it."""
        ...

    def say(self, text: str) -> None:
        """Show `text` in the status line."""
        ...

    def refuse(self, text: str) -> None:
        """Say why what was asked for is not done."""
        ...

    def move(self, step: int) -> None: ...

    def move_page(self, step: int) -> None: ...

    def move_to_end(self, *, is_last: bool) -> None: ...

    @property
    def why_nothing_opens(self) -> str:
        """In a few words, where there is nothing to open; empty: there is."""
        ...

    def open_selected(self) -> None: ...

    def go_back(self) -> None: ...

    @property
    def hides_something(self) -> bool:
        """Whether there is anything behind what is seen, to which `go_back` leads."""
        ...

    def go_to(self, place: str) -> None:
        """Show another screen, about the selected task if it is about one."""
        ...

    @property
    def fields(self) -> Sequence[Field]:
        """What the screen's list can be filtered by; empty: it has none."""
        ...

    def set_filter(self, words: str) -> None:
        """Show only what these words mean; says so if they mean nothing."""
        ...

    def ask_filter(self) -> None:
        """Let the operator write a filter."""
        ...

    def ask_search(self) -> None:
        """Ask for words, and show where they are."""
        ...

    def show_views(self) -> None:
        """Offer the filters of this list that have a name, to pick, add or forget one."""
        ...

    def show_help(self) -> None: ...

    def show_tour(self) -> None: ...

    def show_palette(self) -> None: ...

    def show_themes(self) -> None: ...

    def quit(self) -> None: ...

    def step_aside(self) -> None:
        """Let the shell that waits for this process go on until it is told to come back."""
        ...

    def leave(self) -> None:
        """Quit, and let the run of this process go on in the background."""
        ...

    @property
    def can_leave(self) -> bool:
        """Whether a run of this very process would have something to do, or to wait for, alone."""
        ...


class CommandedDesk(Desk, Protocol):
    """A screen whose commands can be run by name."""

    def action_command(self, name: str) -> None:
        """Run the command of this name, or say why it cannot be."""
        ...


class CockpitDesk(Desk, Protocol):
    """The main screen as a desk."""

    def switch_pane(self) -> None: ...

    def show_tab(self, number: int) -> None:
        """Tabs count from 1."""
        ...

    def turn_tab(self, step: int) -> None: ...

    def turn_page(self, step: int) -> None:
        """The next or previous question or iteration."""
        ...


class ReviewDesk(Desk, Protocol):
    """The screen on which a change is read."""

    @property
    def line_words(self) -> str:
        """The line that the cursor is on, such as `src/a.py:12`; empty: it is on none."""
        ...

    @property
    def line_text(self) -> str:
        """What stands on that line."""
        ...

    @property
    def remark(self) -> str:
        """What was said of that line; empty: nothing."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """All that was said of lines of this task, as the agent shall read it."""
        ...

    def set_remark(self, text: str) -> None:
        """Say this of the line; empty: say nothing of it."""
        ...

    def drop_remarks(self) -> None:
        """They are sent."""
        ...

    @property
    def is_being_read(self) -> bool:
        """Whether the change is not there yet."""
        ...

    @property
    def why_nothing_turns(self) -> str:
        """In a few words, where there is no change to turn through; empty: there is, or it is being
        read, and what is asked for waits for it.
        """
        ...

    def turn_file(self, step: int) -> None: ...

    def turn_hunk(self, step: int) -> None: ...

    def switch_columns(self) -> None:
        """One column or two."""
        ...

    def switch_pane(self) -> None: ...


class StoryDesk(Desk, Protocol):
    """The screen that shows a task's iterations."""

    @property
    def part(self) -> int:
        """What of the iteration is shown, from 1."""
        ...

    def has_iteration(self, step: int) -> bool: ...

    def turn_iteration(self, step: int) -> None: ...

    def show_part(self, number: int) -> None: ...


class TableDesk(Desk, Protocol):
    """A screen that is one table."""

    @property
    def why_not_sorted(self) -> str:
        """In a few words, where there is nothing to sort; empty: there is."""
        ...

    def sort_next(self) -> None:
        """By the next column, rising, then falling; in the end as the rows came."""
        ...


D = TypeVar("D", bound=Desk, contravariant=True)


class Command(Generic[D]):
    """One thing an operator can do at a desk of type D. The docstring is its help line."""

    keys: tuple[str, ...]
    """In Textual's names; the first is the one that is shown."""
    label: str
    """For the key bar and the palette."""
    short: ClassVar[str] = ""
    """Where many stand in one line; empty: the label is short enough."""
    topic: ClassVar[Topic]
    is_in_bar: ClassVar[bool] = True
    is_order: ClassVar[bool] = False
    """Whether it changes something in the engine."""
    is_kept_until_read: ClassVar[bool] = False
    """Whether its key, pressed before the queue was read for the first time, waits for that: it
    means the same whatever is seen then. An answer, or an order about a task, does not.
    """
    asks_for_text: ClassVar[bool] = False
    """Whether what is typed after it is meant for a line of text."""

    @cached_property
    def name(self) -> str:
        """Such as `approve_once`, from the class name."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    @property
    def help(self) -> str:
        """The docstring as one line."""
        return " ".join((type(self).__doc__ or "").split())

    @property
    def key_signs(self) -> tuple[str, ...]:
        """The keys as a keyboard names them."""
        return tuple(map(sign_of_key, self.keys))

    def label_at(self, desk: D) -> str:
        """The label for what it would do now."""
        return self.label

    def is_named(self, desk: D) -> bool:
        """Whether the key bar names it where it can be done."""
        return self.is_in_bar

    def obstacle(self, desk: D) -> str:
        """Why it cannot be done now; empty: it can."""
        return ""

    def obstacle_here(self, desk: D) -> str:
        """The same, also of a cockpit that gives no orders."""
        return ONLY_LOOKS if self.is_order and desk.is_read_only else self.obstacle(desk)

    def run(self, desk: D) -> None:
        """Do it; returns at once."""
        raise NotImplementedError


AnyCommand = Command[Any]


class TaskCommand(Command[Desk]):
    """A command about the selected task."""

    topic = Topic.TASKS
    is_order = True
    trigger: ClassVar[Trigger | None] = None
    """The state table must allow it."""

    def obstacle(self, desk: Desk) -> str:
        if desk.selected is None:
            return "no task is selected"
        return self.obstacle_of(desk.selected, desk)

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        """Why it cannot be done with this task; empty: it can."""
        if self.trigger is not None and (item.state, self.trigger) not in TRANSITIONS:
            return f"{item.task_id} is {item.standing}"
        return ""

    def run(self, desk: Desk) -> None:
        if desk.selected is not None:
            self.run_on(desk.selected, desk)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        """Do it with this task; returns at once."""
        raise NotImplementedError
