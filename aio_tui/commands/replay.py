"""Through the time of a past run or task."""

from __future__ import annotations

from typing import ClassVar, Protocol

from aio_tui.commands.base import AnyCommand, Desk, Topic
from aio_tui.commands.branching import Branch
from aio_tui.commands.look import LookCommand
from engine.domain.facts import Landmark


class ReplayDesk(Desk, Protocol):
    """The screen on which a past run is looked at."""

    @property
    def is_playing(self) -> bool: ...

    def play_or_pause(self) -> None:
        """At the end, playing begins anew."""
        ...

    def change_speed(self, step: int) -> None: ...

    def step(self, facts: int) -> None: ...

    def shift(self, part: float) -> None:
        """By a part of the whole time."""
        ...

    def jump(self, landmark: Landmark, step: int) -> None: ...

    def choose_scope(self) -> None:
        """Offer the runs, the task and the whole journal."""
        ...

    def switch_pane(self) -> None: ...


class ReplayCommand(LookCommand[ReplayDesk]):
    """Moves in time; nothing in the engine changes."""

    topic = Topic.SCREEN


class Play(ReplayCommand):
    """Play on, or hold; from the end on it begins anew."""

    keys = ("space", "p")
    label = "play"
    is_in_bar = True

    def label_at(self, desk: ReplayDesk) -> str:
        return "hold" if desk.is_playing else "play"

    def run(self, desk: ReplayDesk) -> None:
        desk.play_or_pause()


class Faster(ReplayCommand):
    """Play faster."""

    keys = ("plus", "equals_sign")
    label = "faster"
    is_in_bar = True

    def run(self, desk: ReplayDesk) -> None:
        desk.change_speed(1)


class Slower(ReplayCommand):
    """Play slower."""

    keys = ("minus",)
    label = "slower"

    def run(self, desk: ReplayDesk) -> None:
        desk.change_speed(-1)


class NextFact(ReplayCommand):
    """To what happened next."""

    keys = ("right", "l")
    label = "next fact"
    is_in_bar = True

    def run(self, desk: ReplayDesk) -> None:
        desk.step(1)


class PreviousFact(ReplayCommand):
    """To what happened before."""

    keys = ("left", "h")
    label = "fact before"

    def run(self, desk: ReplayDesk) -> None:
        desk.step(-1)


class Forward(ReplayCommand):
    """On by a twentieth of the whole time."""

    keys = ("right_square_bracket",)
    label = "forward"

    def run(self, desk: ReplayDesk) -> None:
        desk.shift(0.05)


class Backward(ReplayCommand):
    """Back by a twentieth of the whole time."""

    keys = ("left_square_bracket",)
    label = "backward"

    def run(self, desk: ReplayDesk) -> None:
        desk.shift(-0.05)


class Jump(ReplayCommand):
    """To a fact of a kind."""

    landmark: ClassVar[Landmark]
    direction: ClassVar[int]

    def run(self, desk: ReplayDesk) -> None:
        desk.jump(self.landmark, self.direction)


class NextVerdict(Jump):
    """To Ralph's next verdict."""

    keys = ("r",)
    label = "next verdict"
    short = "verdict"
    is_in_bar = True
    landmark, direction = Landmark.VERDICT, 1


class PreviousVerdict(Jump):
    """To Ralph's verdict before."""

    keys = ("R",)
    label = "verdict before"
    landmark, direction = Landmark.VERDICT, -1


class NextEscalation(Jump):
    """To the next question to the operator."""

    keys = ("e",)
    label = "next question"
    landmark, direction = Landmark.ESCALATION, 1


class PreviousEscalation(Jump):
    """To the question to the operator before."""

    keys = ("E",)
    label = "question before"
    landmark, direction = Landmark.ESCALATION, -1


class NextError(Jump):
    """To the next thing that went wrong: an iteration given up, a task blocked, a warning."""

    keys = ("x",)
    label = "next error"
    landmark, direction = Landmark.ERROR, 1


class PreviousError(Jump):
    """To what went wrong before."""

    keys = ("X",)
    label = "error before"
    landmark, direction = Landmark.ERROR, -1


class ChooseScope(ReplayCommand):
    """Choose what is replayed: a run, the task, or the whole journal."""

    keys = ("w",)
    label = "what"
    is_in_bar = True

    def run(self, desk: ReplayDesk) -> None:
        desk.choose_scope()


class SwitchPane(ReplayCommand):
    """Between the tasks, what happened, and what was said."""

    keys = ("tab", "shift+tab")
    label = "other pane"

    def run(self, desk: ReplayDesk) -> None:
        desk.switch_pane()


class First(ReplayCommand):
    """To where it begins."""

    keys = ("g", "home")
    label = "begin"

    def run(self, desk: ReplayDesk) -> None:
        desk.move_to_end(is_last=False)


class Last(ReplayCommand):
    """To where it ends; what goes on is followed."""

    keys = ("G", "end")
    label = "end"

    def run(self, desk: ReplayDesk) -> None:
        desk.move_to_end(is_last=True)


REPLAY: tuple[AnyCommand, ...] = (
    Play(),
    Branch(),
    NextFact(),
    PreviousFact(),
    NextVerdict(),
    PreviousVerdict(),
    NextEscalation(),
    PreviousEscalation(),
    NextError(),
    PreviousError(),
    Faster(),
    Slower(),
    Forward(),
    Backward(),
    First(),
    Last(),
    ChooseScope(),
    SwitchPane(),
)
