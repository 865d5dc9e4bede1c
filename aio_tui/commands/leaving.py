"""Leaving the cockpit, and what that does to the run of its process."""

from __future__ import annotations

from collections.abc import Sequence

from aio_tui.commands.base import Command, Desk, Topic
from aio_tui.text import fit
from aio_tui.wording import clock_time, counted, taken_tasks, wish, work_words
from engine.domain.escalation import Escalation
from engine.domain.state import TaskState
from engine.ports.cockpit import Overview, RunState

_GOING = frozenset({RunState.RUNNING, RunState.IDLE, RunState.PAUSED, RunState.HALTED})
_MOST_NAMED = 3
_WISH_CELLS = 60


class Quit(Command[Desk]):
    """Leave the cockpit; asks if a run in it has work to do, or something of yours to wait for."""

    keys = ("q", "ctrl+q", "ctrl+c")
    label = "quit"
    topic = Topic.RUN

    def run(self, desk: Desk) -> None:
        overview = desk.overview
        if overview is None or not desk.can_leave:
            desk.quit()
            return
        desk.choose(
            f"{what_is_left(overview)}. {_what_quitting_ends(overview)}",
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
        _quit(desk, "b" if desk.can_leave else "y")


class StepAside(Command[Desk]):
    """Back to the shell for a while: the run goes on, and fg shows the cockpit again."""

    keys = ("ctrl+z",)
    label = "to the shell"
    topic = Topic.RUN
    is_in_bar = False

    def run(self, desk: Desk) -> None:
        desk.step_aside()


def _quit(desk: Desk, key: str) -> None:
    if key == "b":
        desk.leave()
    elif key == "y":
        desk.quit()


def goes_on_alone(overview: Overview | None) -> bool:
    """Whether a run would have something to do without a cockpit, now or in a moment, or an answer
    or a task that is handed back to wait for.
    """
    if overview is None:
        return False
    is_queued = overview.counts.get(TaskState.QUEUED, 0) > 0
    is_more_to_come = bool(is_queued or overview.escalations or taken_tasks(overview))
    return at_stake(overview) > 0 or (overview.run in _GOING and is_more_to_come)


def at_stake(overview: Overview) -> int:
    """How many tasks a worker or the merge queue holds now."""
    return overview.working + overview.counts.get(TaskState.MERGING, 0)


def what_is_left(overview: Overview) -> str:
    """What a run has to do or to wait for: tasks at work, which questions, what is taken over, and
    since when.
    """
    working, asked = at_stake(overview), overview.escalations
    queued = overview.counts.get(TaskState.QUEUED, 0)
    told = [f"{work_words(overview)} in this process"] if working else []
    if asked:
        waits = "1 question waits" if len(asked) == 1 else f"{len(asked)} questions wait"
        told.append(f"{waits} for you: {_named(asked)}")
    if taken := taken_tasks(overview):
        more = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
        since = clock_time(taken[0].updated_at)
        told.append(f"taken over and not handed back: {taken[0].task_id} since {since}{more}")
    if queued and not told:
        told.append(f"{counted(queued, 'task')} in the queue of the run of this process")
    return "; ".join(told)


def _named(asked: Sequence[Escalation]) -> str:
    since = [f"{one.task_id} since {clock_time(one.raised_at)}" for one in asked[:_MOST_NAMED]]
    if len(asked) > _MOST_NAMED:
        return f"{', '.join(since)} and {len(asked) - _MOST_NAMED} more"
    if len(asked) > 1:
        return ", ".join(since)
    wanted = wish(asked[0])
    return f"{since[0]}, to {fit(wanted, min(len(wanted), _WISH_CELLS)).rstrip()}"


def _what_quitting_ends(overview: Overview) -> str:
    ends = "their running iterations and merges" if at_stake(overview) else "the run"
    return (
        f"Quitting ends {ends}; all that is recorded stays, and the next start goes on from there."
    )
