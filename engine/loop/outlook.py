"""What a run has still before it: work that becomes ready, and what it waits for from operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.domain.escalation import EscalationState
from engine.domain.ids import TaskId
from engine.domain.run import RunEnd, RunOptions
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.ports.clock import Clock
from engine.ports.store import Reader, RunControl, TaskQuery

_OPEN = frozenset({EscalationState.OPEN})
_TAKEN = frozenset({TaskState.TAKEN})
_GOES_ON = frozenset({TaskState.QUEUED, TaskState.WAITING, TaskState.TAKEN})
_WAITED_FOR = frozenset({RunEnd.WAITING, RunEnd.PAUSED, RunEnd.HALTED})
_EVERYTHING = 1_000_000_000


class _Wait(NamedTuple):
    """For operators: their answers, and the tasks that they have in their own hands."""

    since: Mapping[TaskId, datetime]
    asked: Set[TaskId]


class Outlook:
    """Of one run. It is asked when no task can be begun.

    Args:
        options: what the run was asked for.
        is_merging: whether the merge queue has work, which may bring tasks back.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        options: RunOptions,
        is_merging: Callable[[Reader], bool],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._options = options
        self._is_merging = is_merging
        self._waits, self._waits_s = options.waits, options.waits_s
        self._waits_since = clock.now()
        self.waits_until: datetime | None = None
        """It waits for operators and nothing else until then. None: it does not, or without end."""
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
        self.waits_until, self._missed = None, ""
        if self.next_ready_at(reader, begun) is not None or self._is_merging(reader):
            return None
        wait = _wait_of(reader)
        if working - wait.asked:
            return None  # answered a moment ago: its worker is about to come back
        if self._waits and self._is_for_this_run(reader, wait.since.keys(), begun):
            if self._waits_s is None:
                return None
            since = max(self._waits_since, *wait.since.values())
            until = since + timedelta(seconds=self._waits_s)
            if until > self._clock.now():
                self.waits_until = until
                return None
            nobody = "nobody answered" if wait.asked else "nothing was handed back"
            self._missed = f"{nobody} until {until:%Y-%m-%d %H:%M} UTC"
        counts = reader.counts(self._settings.project)
        waiting = counts.get(TaskState.WAITING, 0) + counts.get(TaskState.TAKEN, 0)
        return RunEnd.WAITING if waiting else RunEnd.DRAINED

    def held_end(self, reader: Reader, control: RunControl) -> RunEnd | None:
        """As `end`, while all is paused or halted: a run that waits for operators waits for that
        word of theirs too, as long as there is something to go on with.
        """
        self.waits_until, self._missed = None, ""
        self._held_since = self._held_since or self._clock.now()
        end = RunEnd.HALTED if control.halted else RunEnd.PAUSED
        if not self._waits or not self._is_anything_open(reader):
            return end
        if self._waits_s is None:
            return None
        waiting = _wait_of(reader).since.values()
        since = max(self._waits_since, self._held_since, *waiting)
        until = since + timedelta(seconds=self._waits_s)
        if until > self._clock.now():
            self.waits_until = until
            return None
        self._missed = f"nobody let it go on until {until:%Y-%m-%d %H:%M} UTC"
        return end

    def not_held(self) -> None:
        """All may go on."""
        self._held_since = None

    def _is_anything_open(self, reader: Reader) -> bool:
        counts = reader.counts(self._settings.project)
        return any(counts.get(state, 0) for state in _GOES_ON) or self._is_merging(reader)

    def in_words(self, end: RunEnd) -> str:
        """`end`, and until when it was waited in vain."""
        is_missed = end in _WAITED_FOR and self._missed
        return f"{self._missed}: {end.value}" if is_missed else end.value

    def _is_for_this_run(self, reader: Reader, waiting: Set[TaskId], begun: Set[TaskId]) -> bool:
        """Whether this run could go on with one of these tasks."""
        options = self._options
        if options.only is not None:
            return options.only in waiting
        if options.max_tasks is not None and len(begun) >= options.max_tasks:
            return not waiting.isdisjoint(begun)
        return any(reader.task(task_id).project == self._settings.project for task_id in waiting)


def _wait_of(reader: Reader) -> _Wait:
    questions = reader.escalations(states=_OPEN, limit=_EVERYTHING)
    taken = reader.tasks(TaskQuery(states=_TAKEN, limit=_EVERYTHING))
    since = {item.task_id: item.updated_at for item in taken}
    for one in questions:
        since[one.task_id] = max(one.raised_at, since.get(one.task_id, one.raised_at))
    return _Wait(since, {one.task_id for one in questions})
