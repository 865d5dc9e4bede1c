"""Orders about the whole run."""

from __future__ import annotations

from typing import ClassVar

from aio_tui.commands.base import Command, Desk, Topic
from engine.domain.orders import HaltRun, PauseRun, ResumeRun, SetParallelism, StopRun
from engine.ports.cockpit import Overview, RunState

_GOING = frozenset({RunState.RUNNING, RunState.IDLE})
_STOPPING = "it is stopping; wait until the iterations under way have ended"


class RunCommand(Command[Desk]):
    """A command about all tasks."""

    topic = Topic.RUN
    is_order = True
    is_kept_until_read = True
    needs_engine: ClassVar[bool] = True

    def obstacle(self, desk: Desk) -> str:
        if desk.overview is None:
            return "the first reading of the queue is under way"
        if desk.overview.run is RunState.NO_ENGINE and self.needs_engine:
            return f"the engine is gone; press {desk.sign('start')} to go on"
        return self.obstacle_in(desk.overview, desk)

    def obstacle_in(self, overview: Overview, desk: Desk) -> str:
        """Why it cannot be done now; empty: it can."""
        return ""


class PauseOrResumeAll(RunCommand):
    """Start no further iteration, or go on. On the Replay screen this key plays what was."""

    keys = ("space",)
    label = "pause all"

    def obstacle_in(self, overview: Overview, desk: Desk) -> str:
        if overview.run is RunState.STOPPING:
            return _STOPPING
        is_idle = overview.run is RunState.STOPPED and not overview.halted
        return f"nothing runs; press {desk.sign('start')} to start" if is_idle else ""

    def label_at(self, desk: Desk) -> str:
        return "resume all" if _is_held(desk) else self.label

    def run(self, desk: Desk) -> None:
        if _is_held(desk):
            _resume(desk)
        else:
            desk.give(PauseRun())


def _is_held(desk: Desk) -> bool:
    return desk.overview is not None and (
        desk.overview.run in (RunState.PAUSED, RunState.HALTED) or bool(desk.overview.halted)
    )


def _resume(desk: Desk) -> None:
    """Let all go on; after an emergency stop only if the operator says so again."""
    if desk.overview is None or not desk.overview.halted:
        desk.give(ResumeRun())
        return
    desk.choose(
        f"Everything is halted {desk.overview.halted}. Go on?",
        [("y", "go on: tasks and merges begin again"), ("n", "stay halted")],
        lambda key: desk.give(ResumeRun()) if key == "y" else None,
    )


class Start(RunCommand):
    """Start the run, or go on with the tasks that were interrupted."""

    keys = ("s",)
    label = "start"
    needs_engine = False

    def obstacle_in(self, overview: Overview, desk: Desk) -> str:
        if overview.run is RunState.STOPPING:
            return _STOPPING
        return f"it is {overview.run.value}" if overview.run in _GOING else ""

    def run(self, desk: Desk) -> None:
        _resume(desk)


class Halt(RunCommand):
    """Emergency stop: end all programs of agents now, begin and merge nothing until all is
    resumed, also after a restart. Asks first; why is yours to say.
    """

    keys = ("exclamation_mark",)
    label = "halt all"
    asks_for_text = True
    is_in_bar = False
    is_kept_until_read = False
    needs_engine = False

    def obstacle(self, desk: Desk) -> str:
        """An emergency does not wait for a reading."""
        return "" if desk.overview is None else super().obstacle(desk)

    def obstacle_in(self, overview: Overview, desk: Desk) -> str:
        return f"everything is halted {overview.halted}" if overview.halted else ""

    def run(self, desk: Desk) -> None:
        desk.ask(
            "EMERGENCY STOP of all agents and merges: Enter stops now, a reason may come first",
            lambda reason: desk.give(HaltRun(reason="" if reason.strip() == "y" else reason)),
            may_be_empty=True,
        )


class Stop(RunCommand):
    """End the run, at the next safe point of each task or at once; asks first. The queue stays."""

    keys = ("S",)
    label = "stop"
    is_in_bar = False

    def obstacle_in(self, overview: Overview, desk: Desk) -> str:
        is_ending = overview.run in (RunState.STOPPED, RunState.STOPPING)
        return f"it is {overview.run.value}" if is_ending else ""

    def run(self, desk: Desk) -> None:
        desk.choose(
            "Stop the run? The queue stays.",
            [
                ("y", "at the next safe point of each task"),
                ("a", "at once: running iterations are begun anew in the next run"),
                ("n", "go on"),
            ],
            lambda key: desk.give(StopRun(at_once=key == "a")) if key in ("y", "a") else None,
        )


class Undo(RunCommand):
    """Take back your last cancel, override, reject, merge, throwing away, stop or halt, for 30
    seconds and while nothing has come of it. What an agent was told, as with deny, cannot be taken
    back.
    """

    keys = ("z",)
    label = "undo"
    is_in_bar = False
    needs_engine = False

    def run(self, desk: Desk) -> None:
        desk.undo()


class MoreParallel(RunCommand):
    """Let one more task work at the same time."""

    keys = ("greater_than_sign",)
    label = "more at once"
    is_in_bar = False

    def run(self, desk: Desk) -> None:
        if desk.overview is not None:
            desk.give(SetParallelism(parallel=desk.overview.parallel + 1))


class LessParallel(RunCommand):
    """Let one task fewer work at the same time."""

    keys = ("less_than_sign",)
    label = "fewer at once"
    is_in_bar = False

    def obstacle_in(self, overview: Overview, desk: Desk) -> str:
        return "one at a time is the least" if overview.parallel <= 1 else ""

    def run(self, desk: Desk) -> None:
        if desk.overview is not None:
            desk.give(SetParallelism(parallel=desk.overview.parallel - 1))
