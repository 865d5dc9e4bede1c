"""How the next step is done here: by which key, or by which word of plain mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aio_tui.commands.catalogue import key_of
from engine.domain.steps import NextStep, Step, Way, by_command

COMMANDS: Mapping[Step, str] = {
    Step.ANSWER: "go_to_inbox",
    Step.LIST_QUESTIONS: "go_to_inbox",
    Step.LIST_TASKS: "go_to_cockpit",
    Step.SHOW_TASK: "go_to_task",
    Step.RETRY: "retry",
    Step.TAKE: "take_over",
    Step.HAND_BACK: "hand_back",
    Step.VERIFY: "go_to_task",
    Step.MERGE: "merge",
    Step.REJECT: "reject",
    Step.REVERT: "revert",
    Step.RUN_MERGES: "start",
    Step.RESUME: "pause_or_resume",
    Step.RESUME_ALL: "pause_or_resume_all",
    Step.RUN: "start",
}
"""The command of the cockpit that does it. What is not here is done in a shell."""

Sign = Callable[[str], str]
"""What a command of this name is called by: its key, or its word; empty: there is none here."""


def way_by(sign: Sign) -> Way:
    """The way of a place where commands are called so; where none does it, that of a shell."""

    def way(step: NextStep) -> str:
        command = COMMANDS.get(step.step)
        return (sign(command) if command else "") or by_command(step)

    return way


by_key: Way = way_by(key_of)


def key_for(step: NextStep | None) -> str:
    """The key that does it; empty: none does."""
    command = COMMANDS.get(step.step) if step else None
    return key_of(command) if command else ""
