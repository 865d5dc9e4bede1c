"""What can be done where tasks are held against each other."""

from __future__ import annotations

from typing import Protocol

from aio_tui.commands.base import AnyCommand, Desk, Topic
from aio_tui.commands.branching import Branch
from aio_tui.commands.look import LookCommand


class CompareDesk(Desk, Protocol):
    """The screen on which tasks of one origin stand side by side."""

    @property
    def has_more(self) -> bool:
        """Whether there is a task besides the two that are held against each other."""
        ...

    def turn_other(self, step: int) -> None:
        """Another of them on the right."""
        ...

    def turn_first(self, step: int) -> None:
        """Another of them on the left."""
        ...


class _Turn(LookCommand[CompareDesk]):
    """Puts another task in the place of one of the two."""

    topic = Topic.SCREEN

    def obstacle(self, desk: CompareDesk) -> str:
        return "" if desk.has_more else "there is no further task of this origin"


class NextOther(_Turn):
    """The next task on the right-hand side."""

    keys = ("right_square_bracket", "right", "l")
    label = "other right"
    is_in_bar = True

    def run(self, desk: CompareDesk) -> None:
        desk.turn_other(1)


class PreviousOther(_Turn):
    """The task before on the right-hand side."""

    keys = ("left_square_bracket", "left", "h")
    label = "right before"

    def run(self, desk: CompareDesk) -> None:
        desk.turn_other(-1)


class NextFirst(_Turn):
    """The next task on the left-hand side."""

    keys = ("tab",)
    label = "other left"
    is_in_bar = True

    def run(self, desk: CompareDesk) -> None:
        desk.turn_first(1)


COMPARE: tuple[AnyCommand, ...] = (NextOther(), PreviousOther(), NextFirst(), Branch())
