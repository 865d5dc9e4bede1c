"""What can be done next, by name: a shell shows it as a command, a cockpit as a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from engine.domain.values import dataclass


class Step(StrEnum):
    """What can be done. The names are stored."""

    NONE = ""
    """Nothing that a command does, or something that only a newer version knows."""
    ANSWER = "answer"
    LIST_QUESTIONS = "list_questions"
    LIST_TASKS = "list_tasks"
    SHOW_TASK = "show_task"
    RETRY = "retry"
    TAKE = "take"
    HAND_BACK = "hand_back"
    VERIFY = "verify"
    MERGE = "merge"
    REJECT = "reject"
    REVERT = "revert"
    RUN_MERGES = "run_merges"
    LIST_MERGES = "list_merges"
    RESUME = "resume"
    RESUME_ALL = "resume_all"
    RUN = "run"

    @classmethod
    def _missing_(cls, value: object) -> Step:
        return cls.NONE


_COMMANDS: Mapping[Step, str] = {
    Step.NONE: "",
    Step.ANSWER: "escalations show {about}",
    Step.LIST_QUESTIONS: "escalations list",
    Step.LIST_TASKS: "task list",
    Step.SHOW_TASK: "task show {about}",
    Step.RETRY: "task retry {about}",
    Step.TAKE: "task take {about}",
    Step.HAND_BACK: "task hand-back {about}",
    Step.VERIFY: "verify {about}",
    Step.MERGE: "merge approve {about}",
    Step.REJECT: "merge reject {about} --reason TEXT",
    Step.REVERT: "merge revert {about} --reason TEXT",
    Step.RUN_MERGES: "merge run",
    Step.LIST_MERGES: "merge list",
    Step.RESUME: "task resume {about}",
    Step.RESUME_ALL: "task resume --all",
    Step.RUN: "run",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """The one thing to do next.

    >>> print(NextStep(words="let it try again", step=Step.RETRY, about="BUG-1"))
    let it try again: 'aio-tui task retry BUG-1'
    """

    words: str
    """Such as `let it try again`; they hold also where the step has no command and no key."""
    step: Step = Step.NONE
    about: str = ""
    """The task or the question; empty: none."""

    @property
    def command(self) -> str:
        """For a shell; empty: there is none."""
        words = _COMMANDS[self.step].format(about=self.about)
        return f"aio-tui {words}" if words else ""

    def told(self, way_of: Way) -> str:
        """The words and the way to do it, as far as there is one."""
        way = way_of(self)
        return f"{self.words}: {way}" if way else self.words

    def __str__(self) -> str:
        return self.told(by_command)


Way = Callable[[NextStep], str]
"""How a step is done where it is shown; empty: it cannot be done there."""


def by_command(step: NextStep) -> str:
    """The way of a shell."""
    return f"'{step.command}'" if step.command else ""


def with_next(told: str, step: NextStep | None, way_of: Way = by_command) -> str:
    """What is told, and what to do about it."""
    return told if step is None else f"{told}; {step.told(way_of)}"
