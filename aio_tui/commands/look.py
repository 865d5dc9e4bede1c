"""Looking around: nothing here changes anything in the engine."""

from __future__ import annotations

from typing import ClassVar

from aio_tui.commands.base import CockpitDesk, Command, D, Desk, Topic
from aio_tui.places import REVIEW, Place
from aio_tui.wording import has_work


class LookCommand(Command[D]):
    """A command that only changes what is seen."""

    topic = Topic.LOOK
    is_in_bar = False


class MoveCommand(LookCommand[Desk]):
    """A command that moves the cursor."""

    is_kept_until_read = True


class Down(MoveCommand):
    """One row down."""

    keys = ("j", "down")
    label = "down"

    def run(self, desk: Desk) -> None:
        desk.move(1)


class Up(MoveCommand):
    """One row up."""

    keys = ("k", "up")
    label = "up"

    def run(self, desk: Desk) -> None:
        desk.move(-1)


class PageDown(MoveCommand):
    """One page down."""

    keys = ("pagedown", "ctrl+f")
    label = "page down"

    def run(self, desk: Desk) -> None:
        desk.move_page(1)


class PageUp(MoveCommand):
    """One page up; in the output this pauses following."""

    keys = ("pageup", "ctrl+b")
    label = "page up"

    def run(self, desk: Desk) -> None:
        desk.move_page(-1)


class First(MoveCommand):
    """To the first row."""

    keys = ("g", "home")
    label = "first"

    def run(self, desk: Desk) -> None:
        desk.move_to_end(is_last=False)


class Last(MoveCommand):
    """To the last row; the output follows again."""

    keys = ("G", "end")
    label = "last"

    def run(self, desk: Desk) -> None:
        desk.move_to_end(is_last=True)


class Open(LookCommand[Desk]):
    """Into what the row is about: a task's question, its work to merge, why it is stuck, what its
    agent does; elsewhere an output, a session file, a text in full.
    """

    keys = ("enter",)
    label = "open"
    is_in_bar = True
    is_kept_until_read = True

    def obstacle(self, desk: Desk) -> str:
        return desk.why_nothing_opens

    def run(self, desk: Desk) -> None:
        desk.open_selected()


class Back(LookCommand[Desk]):
    """Back to where you came from; a filter is cleared first."""

    keys = ("escape",)
    label = "back"

    def run(self, desk: Desk) -> None:
        desk.go_back()


class SwitchPane(LookCommand[CockpitDesk]):
    """Between the queue and the details."""

    keys = ("tab", "shift+tab")
    label = "other pane"

    def run(self, desk: CockpitDesk) -> None:
        desk.switch_pane()


class ShowTab(LookCommand[CockpitDesk]):
    """A tab of the details."""

    number: ClassVar[int]

    def run(self, desk: CockpitDesk) -> None:
        desk.show_tab(self.number)


class ShowTimeline(ShowTab):
    """The task's iterations: verdict, time, money, decision."""

    keys = ("1",)
    label = "timeline"
    number = 1


class ShowOutput(ShowTab):
    """What the agent says and does, live."""

    keys = ("2",)
    label = "output"
    number = 2


class ShowRalph(ShowTab):
    """The newest verdict with its reasons and the proof."""

    keys = ("3",)
    label = "ralph"
    number = 3


class ShowCheckpoints(ShowTab):
    """What each iteration left behind."""

    keys = ("4",)
    label = "checkpoints"
    number = 4


class ShowKnowledge(ShowTab):
    """Knowledge objects that the task's iterations were given."""

    keys = ("5",)
    label = "knowledge tab"
    number = 5


class ShowInbox(ShowTab):
    """Open questions of all tasks, with their evidence."""

    keys = ("6",)
    label = "inbox tab"
    number = 6


class NextTab(LookCommand[CockpitDesk]):
    """The next tab."""

    keys = ("right", "l")
    label = "next tab"

    def run(self, desk: CockpitDesk) -> None:
        desk.turn_tab(1)


class PreviousTab(LookCommand[CockpitDesk]):
    """The previous tab."""

    keys = ("left", "h")
    label = "previous tab"

    def run(self, desk: CockpitDesk) -> None:
        desk.turn_tab(-1)


class NextPage(LookCommand[CockpitDesk]):
    """The next question in the inbox; the next iteration in the output."""

    keys = ("right_square_bracket",)
    label = "next page"

    def run(self, desk: CockpitDesk) -> None:
        desk.turn_page(1)


class PreviousPage(LookCommand[CockpitDesk]):
    """The previous question in the inbox; the previous iteration in the output."""

    keys = ("left_square_bracket",)
    label = "previous page"

    def run(self, desk: CockpitDesk) -> None:
        desk.turn_page(-1)


class Palette(LookCommand[Desk]):
    """All commands, to search by name."""

    keys = ("ctrl+p",)
    label = "palette"

    def run(self, desk: Desk) -> None:
        desk.show_palette()


class Theme(LookCommand[Desk]):
    """Choose the colours."""

    keys = ("t",)
    label = "theme"

    def run(self, desk: Desk) -> None:
        desk.show_themes()


class Help(LookCommand[Desk]):
    """All keys."""

    keys = ("question_mark",)
    label = "help"
    is_in_bar = True

    def run(self, desk: Desk) -> None:
        desk.show_help()


class Tour(LookCommand[Desk]):
    """A tour of one minute: what one sees, and what to press."""

    keys = ("f1",)
    label = "tour"

    def run(self, desk: Desk) -> None:
        desk.show_tour()


class GoTo(LookCommand[Desk]):
    """Go to a screen."""

    topic = Topic.GO

    def __init__(self, place: Place) -> None:
        self.place = place
        self.keys = (place.key,)
        self.label = place.name

    @property
    def name(self) -> str:
        return f"go_to_{self.place.name}"

    @property
    def help(self) -> str:
        return self.place.help

    def is_named(self, desk: Desk) -> bool:
        """Work is read before it is merged."""
        is_review, item = self.place.name == REVIEW, desk.selected
        return is_review and item is not None and has_work(item)

    def obstacle(self, desk: Desk) -> str:
        return "you are there" if desk.place == self.place.name else ""

    def run(self, desk: Desk) -> None:
        desk.go_to(self.place.name)
