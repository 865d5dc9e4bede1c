"""Through the iterations of one task."""

from __future__ import annotations

from typing import ClassVar

from aio_tui.commands.base import StoryDesk, Topic
from aio_tui.commands.look import LookCommand


class NextIteration(LookCommand[StoryDesk]):
    """The next iteration; after the newest one nothing is turned."""

    keys = ("right", "right_square_bracket", "l")
    label = "later"
    topic = Topic.SCREEN
    is_in_bar = True

    def obstacle(self, desk: StoryDesk) -> str:
        return "" if desk.has_iteration(1) else "this is the newest iteration"

    def run(self, desk: StoryDesk) -> None:
        desk.turn_iteration(1)


class PreviousIteration(LookCommand[StoryDesk]):
    """The iteration before."""

    keys = ("left", "left_square_bracket", "h")
    label = "earlier"
    topic = Topic.SCREEN
    is_in_bar = True

    def obstacle(self, desk: StoryDesk) -> str:
        return "" if desk.has_iteration(-1) else "this is the first iteration"

    def run(self, desk: StoryDesk) -> None:
        desk.turn_iteration(-1)


class ShowPart(LookCommand[StoryDesk]):
    """A part of the iteration's story."""

    topic = Topic.SCREEN
    number: ClassVar[int]

    def run(self, desk: StoryDesk) -> None:
        desk.show_part(self.number)


class PartOutput(ShowPart):
    """All that was said and done, in its order."""

    keys = ("1",)
    label = "output"
    number = 1


class PartPrompt(ShowPart):
    """The prompt as it was sent."""

    keys = ("2",)
    label = "prompt"
    number = 2


class PartTools(ShowPart):
    """The tool calls: when, what, how they ended."""

    keys = ("3",)
    label = "tool calls"
    number = 3


class PartVerdict(ShowPart):
    """The verdict after this iteration, with its proof."""

    keys = ("4",)
    label = "verdict"
    number = 4


class PartKnowledge(ShowPart):
    """Knowledge objects that this iteration was given."""

    keys = ("5",)
    label = "knowledge"
    number = 5


class PartSession(ShowPart):
    """The session file that this iteration left behind."""

    keys = ("6",)
    label = "session file"
    number = 6


class NextPart(LookCommand[StoryDesk]):
    """The next part of the iteration's story, around the end."""

    keys = ("tab",)
    label = "next part"
    topic = Topic.SCREEN
    is_in_bar = True

    def run(self, desk: StoryDesk) -> None:
        desk.show_part(desk.part % 6 + 1)


STORY = (
    PreviousIteration(),
    NextIteration(),
    NextPart(),
    PartOutput(),
    PartPrompt(),
    PartTools(),
    PartVerdict(),
    PartKnowledge(),
    PartSession(),
)
"""For the screen that shows a task's iterations."""
