"""What a run has still before it: work that becomes ready, and what it waits for from operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.domain.escalation import EscalationState
from engine.domain.ids import TaskId
from engine.domain.run import RunEnd, RunOptions
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.work import WorkItem
from engine.ports.clock import Clock
from engine.ports.store import Reader, RunControl, TaskQuery

_OPEN = frozenset({EscalationState.OPEN})
_TAKEN = frozenset({TaskState.TAKEN})
_GOES_ON = frozenset({TaskState.QUEUED, TaskState.WAITING, TaskState.TAKEN})
_WAITED_FOR = frozenset({RunEnd.WAITING, RunEnd.PAUSED, RunEnd.HALTED})
_EVERYTHING = 1_000_000_000
_TIME = "%Y-%m-%d %H:%M"
_MOST_NAMED = 3
_LOOK_EVERY = timedelta(seconds=60)
"""At who is in the worktree of a task that was taken over: nothing tells of his leaving."""


class _Wait(NamedTuple):
    """For operators: their answers, and the tasks that they have in their own hands."""

    since: Mapping[TaskId, datetime]
    """Without those that are forgotten."""
    until: Mapping[TaskId, datetime]
    """When those are forgotten that were taken over and are in nobody's hands now."""
    asked: Set[TaskId]
    forgotten: Sequence[WorkItem]
    """Taken over, and nobody has been there for long."""


class Outlook:
    """Of one run. It is asked when no task can be begun.

    Args:
        options: what the run was asked for.
        is_merging: whether the merge queue has work, which may bring tasks back.
        is_at_hand: whether somebody is in the worktree of a task that was taken over.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        options: RunOptions,
        is_merging: Callable[[Reader], bool],
        is_at_hand: Callable[[TaskId], bool],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._options = options
        self._is_merging = is_merging
        self._is_at_hand = is_at_hand
        self._seen: dict[TaskId, datetime] = {}
        """When somebody was last seen in the worktree of a task that was taken over."""
        self._waits, self._waits_s = options.waits, options.waits_s
        self._waits_since = clock.now()
        self.waits_until: datetime | None = None
        """It waits for operators and nothing else until then. None: it does not, or without end."""
        self.look_again_at: datetime | None = None
        """It waits for somebody who is at work by hand, and may leave unheard; None: it does not.
        """
        self._missed = ""
        """It waited, and what did not come until when."""
        self._held_since: datetime | None = None
        """When it was first seen that all is paused or halted; None: it is not."""

    def wait_at_most(self, waits_s: float) -> None:
        """Wait for operators so long from now on, and from the newest thing that waits for them.
        0: not at all.
        """
        self._waits, self._waits_s = waits_s > 0, waits_s
        self._waits_since = self._clock.now()

    def next_ready_at(self, reader: Reader, begun: Set[TaskId]) -> datetime | None:
        """When the back-off of a task that this run may take is over; None: there is none."""
        options = self._options
        if options.only is None and (options.max_tasks is None or len(begun) < options.max_tasks):
            return reader.next_ready_at(self._settings.project)
        mine = begun if options.only is None else {options.only}
        items = [reader.task(task_id) for task_id in mine]
        now = self._clock.now()
        times = [i.not_before for i in items if i.is_ready_but_for_time and i.not_before]
        return min((at for at in times if at > now), default=None)

    def end(self, reader: Reader, *, begun: Set[TaskId], working: Set[TaskId]) -> RunEnd | None:
        """Why nothing more can happen by itself and nothing is waited for, or None.

        Args:
            begun: tasks that this run worked on.
            working: those that have a worker now.
        """
        self._look_anew()
        if self.next_ready_at(reader, begun) is not None or self._is_merging(reader):
            return None
        wait = self._wait_of(reader)
        if working - wait.asked:
            return None  # answered a moment ago: its worker is about to come back
        if self._waits and self._is_for_this_run(reader, wait.since.keys(), begun):
            if self._waits_s is None:
                return None
            nobody = "nobody answered" if wait.asked else "nothing was handed back"
            if self._may_wait(wait, nobody):
                return None
        counts = reader.counts(self._settings.project)
        waiting = counts.get(TaskState.WAITING, 0) + counts.get(TaskState.TAKEN, 0)
        self._missed = self._missed or _in_whose_hands(wait.forgotten)
        return RunEnd.WAITING if waiting else RunEnd.DRAINED

    def held_end(self, reader: Reader, control: RunControl) -> RunEnd | None:
        """As `end`, while all is paused or halted: a run that waits for operators waits for that
        word of theirs too, as long as there is something to go on with.
        """
        self._look_anew()
        self._held_since = self._held_since or self._clock.now()
        end = RunEnd.HALTED if control.halted else RunEnd.PAUSED
        wait = self._wait_of(reader)
        if not self._waits or not self._is_anything_open(reader, wait):
            return end
        if self._waits_s is None:
            return None
        since = max(self._waits_since, self._held_since, *wait.since.values())
        return None if self._is_before(self._time_of(since), "nobody let it go on") else end

    def not_held(self) -> None:
        """All may go on."""
        self._held_since = None

    def _look_anew(self) -> None:
        self.waits_until, self.look_again_at, self._missed = None, None, ""

    def _may_wait(self, wait: _Wait, nobody: str) -> bool:
        """Whether the time for one of those is not over; else what did not come is noted."""
        times = {
            task_id: self._time_of(max(self._waits_since, at)) for task_id, at in wait.since.items()
        }
        for task_id, forgotten_at in wait.until.items():
            times[task_id] = min(times[task_id], forgotten_at)
        if not self._is_before(max(times.values()), nobody):
            return False
        if wait.since.keys() - wait.asked - wait.until.keys():
            self.look_again_at = self._clock.now() + _LOOK_EVERY
        return True

    def _time_of(self, since: datetime) -> datetime:
        return since + timedelta(seconds=self._waits_s or 0.0)

    def _is_before(self, until: datetime, nobody: str) -> bool:
        if until > self._clock.now():
            self.waits_until = until
            return True
        self._missed = f"{nobody} until {until:{_TIME}} UTC"
        return False

    def _is_anything_open(self, reader: Reader, wait: _Wait) -> bool:
        counts = reader.counts(self._settings.project)
        open_ones = sum(counts.get(state, 0) for state in _GOES_ON)
        mine = [item for item in wait.forgotten if item.project == self._settings.project]
        return open_ones > len(mine) or self._is_merging(reader)

    def in_words(self, end: RunEnd) -> str:
        """`end`, and until when it was waited in vain."""
        is_missed = end in _WAITED_FOR and self._missed
        return f"{self._missed}: {end.value}" if is_missed else end.value

    def _wait_of(self, reader: Reader) -> _Wait:
        now, since, until, forgotten = self._clock.now(), {}, {}, []
        for item in reader.tasks(TaskQuery(states=_TAKEN, limit=_EVERYTHING)):
            task_id, at = item.task_id, item.updated_at
            if self._is_at_hand(task_id):
                self._seen[task_id] = now
            else:
                seen_at = max(at, self._seen.get(task_id, at))
                until[task_id] = seen_at + self._forgotten_after
                if until[task_id] <= now and not self._is_endless:
                    del until[task_id]
                    forgotten.append(item)
                    continue
            since[task_id] = at
        questions = reader.escalations(states=_OPEN, limit=_EVERYTHING)
        for one in questions:
            since[one.task_id] = max(one.raised_at, since.get(one.task_id, one.raised_at))
            until.pop(one.task_id, None)
        return _Wait(since, until, {one.task_id for one in questions}, forgotten)

    @property
    def _is_endless(self) -> bool:
        """It was told to wait for operators without end."""
        return self._waits and self._waits_s is None

    @property
    def _forgotten_after(self) -> timedelta:
        return timedelta(seconds=self._settings.escalations.take_over_waits_s)

    def _is_for_this_run(self, reader: Reader, waiting: Set[TaskId], begun: Set[TaskId]) -> bool:
        """Whether this run could go on with one of these tasks."""
        options = self._options
        if options.only is not None:
            return options.only in waiting
        if options.max_tasks is not None and len(begun) >= options.max_tasks:
            return not waiting.isdisjoint(begun)
        return any(reader.task(task_id).project == self._settings.project for task_id in waiting)


def _in_whose_hands(forgotten: Sequence[WorkItem]) -> str:
    """Such as `add has been in the hands of kim since 2026-01-05 17:00 UTC, and nobody is there`;
    empty: nothing is forgotten.
    """
    told = [
        f"{one.task_id} has been in the hands of {one.taken_by} since {one.updated_at:{_TIME}} UTC"
        for one in forgotten[:_MOST_NAMED]
    ]
    if len(forgotten) > _MOST_NAMED:
        told.append(f"{len(forgotten) - _MOST_NAMED} more as well")
    return f"{', '.join(told)}, and nobody is there" if told else ""
