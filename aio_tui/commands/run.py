"""Orders about the whole run."""

from __future__ import annotations

from typing import ClassVar

from aio_tui.commands.base import Command, Desk, Topic
from aio_tui.wording import counted
from engine.domain.orders import PauseRun, ResumeRun, SetParallelism, StopRun
from engine.domain.state import TaskState
from engine.ports.cockpit import Overview, RunState

_GOING = frozenset({RunState.RUNNING, RunState.IDLE})
_STOPPING = "it is stopping; wait until the iterations under way have ended"


class RunCommand(Command[Desk]):
    """A command about all tasks."""

    topic = Topic.RUN
    needs_engine: ClassVar[bool] = True

    def obstacle(self, desk: Desk) -> str:
        if desk.overview is None:
            return "the first reading of the queue is under way"
        if desk.overview.run is RunState.NO_ENGINE and self.needs_engine:
            return "the engine is gone; press s to go on"
        return self.obstacle_in(desk.overview)

    def obstacle_in(self, overview: Overview) -> str:
        """Why it cannot be done now; empty: it can."""
        return ""


class PauseOrResumeAll(RunCommand):
    """Start no further iteration, or go on."""

    keys = ("space",)
    label = "pause all"

    def obstacle_in(self, overview: Overview) -> str:
        if overview.run is RunState.STOPPING:
            return _STOPPING
        return "nothing runs; press s to start" if overview.run is RunState.STOPPED else ""

    def label_at(self, desk: Desk) -> str:
        return "resume all" if _is_paused(desk) else self.label

    def run(self, desk: Desk) -> None:
        desk.give(ResumeRun() if _is_paused(desk) else PauseRun())


def _is_paused(desk: Desk) -> bool:
    return desk.overview is not None and desk.overview.run is RunState.PAUSED


class Start(RunCommand):
    """Start the run, or go on with the tasks that were interrupted."""

    keys = ("s",)
    label = "start"
    needs_engine = False

    def obstacle_in(self, overview: Overview) -> str:
        if overview.run is RunState.STOPPING:
            return _STOPPING
        return f"it is {overview.run.value}" if overview.run in _GOING else ""

    def run(self, desk: Desk) -> None:
        desk.give(ResumeRun())


class Stop(RunCommand):
    """End the run at the next safe point of each task; asks first. The queue stays."""

    keys = ("S",)
    label = "stop"
    is_in_bar = False

    def obstacle_in(self, overview: Overview) -> str:
        is_ending = overview.run in (RunState.STOPPED, RunState.STOPPING)
        return f"it is {overview.run.value}" if is_ending else ""

    def run(self, desk: Desk) -> None:
        desk.choose(
            "Stop the run at the next safe point of each task? The queue stays.",
            [("y", "stop the run"), ("n", "go on")],
            lambda key: desk.give(StopRun()) if key == "y" else None,
        )


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

    def obstacle_in(self, overview: Overview) -> str:
        return "one at a time is the least" if overview.parallel <= 1 else ""

    def run(self, desk: Desk) -> None:
        if desk.overview is not None:
            desk.give(SetParallelism(parallel=desk.overview.parallel - 1))


class Quit(Command[Desk]):
    """Leave the cockpit; asks if tasks work in it."""

    keys = ("q", "ctrl+q", "ctrl+c")
    label = "quit"
    topic = Topic.RUN

    def run(self, desk: Desk) -> None:
        if not desk.is_quit_harmful:
            desk.quit()
            return
        working = at_stake(desk.overview) if desk.overview else 0
        desk.choose(
            f"{counted(working, 'task')} at work in this process. Quitting ends their running "
            "iterations and merges; all that is recorded stays, and the next start goes on from "
            "there.",
            [("b", "leave it running in the background"), ("y", "quit"), ("n", "stay")],
            lambda key: _quit(desk, key),
        )


class Leave(Command[Desk]):
    """Leave the cockpit and let the run go on in the background; aio-tui shows it again."""

    keys = ("ctrl+d",)
    label = "leave running"
    topic = Topic.RUN
    is_in_bar = False

    def run(self, desk: Desk) -> None:
        _quit(desk, "b" if desk.is_quit_harmful else "y")


def _quit(desk: Desk, key: str) -> None:
    if key == "b":
        desk.leave()
    elif key == "y":
        desk.quit()


def at_stake(overview: Overview) -> int:
    """How many tasks a worker or the merge queue holds now."""
    return overview.working + overview.counts.get(TaskState.MERGING, 0)
