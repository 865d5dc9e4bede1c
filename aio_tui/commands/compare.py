"""What can be done where tasks are held against each other."""

from __future__ import annotations

from typing import Protocol

from aio_tui.commands.base import AnyCommand, Desk, Topic
from aio_tui.commands.branching import Branch
from aio_tui.commands.look import LookCommand


class CompareDesk(Desk, Protocol):
    """The screen on which tasks of one origin stand side by side."""

    def turn_other(self, step: int) -> None:
        """Another of them on the right."""
        ...

    def turn_first(self, step: int) -> None:
        """Another of them on the left."""
        ...


class NextOther(LookCommand[CompareDesk]):
    """The next task on the right-hand side."""

    keys = ("right_square_bracket", "right", "l")
    label = "other right"
    topic = Topic.SCREEN
    is_in_bar = True

    def run(self, desk: CompareDesk) -> None:
        desk.turn_other(1)


class PreviousOther(LookCommand[CompareDesk]):
    """The task before on the right-hand side."""

    keys = ("left_square_bracket", "left", "h")
    label = "right before"
    topic = Topic.SCREEN

    def run(self, desk: CompareDesk) -> None:
        desk.turn_other(-1)


class NextFirst(LookCommand[CompareDesk]):
    """The next task on the left-hand side."""

    keys = ("tab",)
    label = "other left"
    topic = Topic.SCREEN
    is_in_bar = True

    def run(self, desk: CompareDesk) -> None:
        desk.turn_first(1)


COMPARE: tuple[AnyCommand, ...] = (NextOther(), PreviousOther(), NextFirst(), Branch())
