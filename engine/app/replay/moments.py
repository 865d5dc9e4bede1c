"""How things stood at any moment of the journal, however long it is.

Nothing here reads more than a window of the journal. How tasks stood is told by their last entries
in the window and, where those do not say it, by the entries of that very task before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import NamedTuple

from engine.app.replay.scopes import OVER, within
from engine.domain.facts import (
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    JournalEntry,
    Landmark,
    MergeMoved,
    TaskAdded,
    TaskMoved,
)
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.work import MergeState
from engine.ports.replay import Moment, Position, Scope, TaskThen
from engine.ports.store import FactQuery, Reader

WINDOW = 1000
"""Entries that are looked at to tell how things stood."""
_TOLD = 200
"""Entries that a moment tells."""
_MOST_TASKS = 60
"""That the window tells of."""
_MOST_QUIET = 440
"""Besides those; each costs a question to the store."""
_OWN_ENTRIES = 12
"""Entries of a task that are looked at where the window does not tell its state."""
_MARKS = 400
_NO_MARKS = frozenset({Landmark.RUN, Landmark.NOTICE})


class Roster(NamedTuple):
    """The tasks of a scope."""

    first: Mapping[TaskId, int]
    """With the number of the first entry of each, by which they are ordered."""
    upto: int
    """As far as the journal was looked through."""


def roster(reader: Reader, scope: Scope, known: Roster | None = None) -> Roster:
    """All tasks of the scope; with those that are `known` of it already only what came since is
    looked through.
    """
    if scope.task_id is not None:
        return Roster({scope.task_id: scope.first}, scope.last)
    after = known.upto if known is not None else scope.first - 1
    found = reader.tasks_told_of(after=after, before=scope.last + 1)
    earlier = known.first if known is not None else {}
    new = {task_id: first for task_id, first in found.items() if task_id not in earlier}
    return Roster({**earlier, **new}, scope.last)


def moment(
    reader: Reader,
    scope: Scope,
    position: Position,
    *,
    tasks: Roster | None = None,
    before: Moment | None = None,
) -> Moment:
    """How things stood.

    Args:
        reader: of the journal.
        scope: what is replayed.
        position: the moment.
        tasks: all of the scope, so that those are told too of which nothing has been heard for
            long; None: only those of the last entries are.
        before: another moment of the scope: what of it still holds need not be read again.
    """
    window = reader.facts(
        replace(within(scope, before=position.seq + 1), is_newest_first=True, limit=WINDOW)
    )
    following = reader.facts(replace(within(scope, after=position.seq), limit=1))
    since = None if scope.task_id is not None else scope.began_at
    told = _tasks_then(reader, window)
    quiet = _quiet(reader, window, position, tasks, before, {then.task_id for then in told})
    return Moment(
        scope=scope,
        position=position,
        entries=tuple(window[-_TOLD:]),
        tasks=(*told, *quiet),
        tasks_in_all=sum(first <= position.seq for first in (tasks.first if tasks else {}).values())
        or len(told),
        usage=reader.usage(task_id=scope.task_id, since=since, until=position.at),
        next_at=following[0].at if following else None,
    )


def whole_moment(reader: Reader, scope: Scope, position: Position) -> Moment:
    """How things stood, with every task that was known by then: of what ended before the scope
    began nothing. Costs what so many tasks do.
    """
    then = moment(reader, scope, position)
    if scope.task_id is not None:
        return then
    stood = [
        _folded(TaskId(entries[-1].task_id or ""), entries)
        for entries in reader.stood_by(position.seq + 1)
    ]
    known = [task for task in stood if task.newest.seq >= scope.first or task.state not in OVER]
    known.sort(key=lambda task: -task.newest.seq)
    return replace(then, tasks=tuple(known), tasks_in_all=len(known))


def marks(reader: Reader, scope: Scope) -> list[JournalEntry]:
    """Verdicts, questions and errors of the scope, oldest first; of many the newest."""
    wanted = frozenset(Landmark) - _NO_MARKS
    return reader.facts(
        replace(within(scope), landmarks=wanted, is_newest_first=True, limit=_MARKS)
    )


def _tasks_then(reader: Reader, window: Sequence[JournalEntry]) -> tuple[TaskThen, ...]:
    told: dict[TaskId, list[JournalEntry]] = {}
    for entry in reversed(window):
        if entry.task_id is not None:
            task_id = TaskId(entry.task_id)
            if task_id not in told and len(told) == _MOST_TASKS:
                break
            told.setdefault(task_id, []).append(entry)
    return tuple(_then(reader, task_id, entries[::-1]) for task_id, entries in told.items())


def _quiet(
    reader: Reader,
    window: Sequence[JournalEntry],
    position: Position,
    tasks: Roster | None,
    before: Moment | None,
    told: Set[TaskId],
) -> list[TaskThen]:
    """Those of which the window tells nothing, the newest first."""
    if tasks is None or (len(window) < WINDOW and len(told) < _MOST_TASKS):
        return []
    begun = [name for name, first in tasks.first.items() if first <= position.seq]
    quiet = [name for name in reversed(begun) if name not in told][:_MOST_QUIET]
    known = _still_so(window, position, before)
    return [
        known.get(name) or _folded(name, reader.facts(_last_of(name, position.seq + 1)))
        for name in quiet
    ]


def _still_so(
    window: Sequence[JournalEntry], position: Position, before: Moment | None
) -> dict[TaskId, TaskThen]:
    """What was told of tasks at another moment and holds at this one as well."""
    if before is None:
        return {}
    since = before.position.seq
    if since < position.seq and window and window[0].seq > since + 1:
        return {}  # it cannot be seen which of them have gone on
    moved = {entry.task_id for entry in window if entry.seq > since}
    return {
        then.task_id: then
        for then in before.tasks
        if then.newest.seq <= position.seq and then.task_id not in moved
    }


def _last_of(task_id: TaskId, before: int) -> FactQuery:
    return FactQuery(task_id=task_id, before=before, is_newest_first=True, limit=_OWN_ENTRIES)


def _then(reader: Reader, task_id: TaskId, entries: list[JournalEntry]) -> TaskThen:
    then = _folded(task_id, entries)
    if then.state is not None and then.iteration:
        return then
    return _folded(task_id, (*reader.facts(_last_of(task_id, entries[0].seq)), *entries))


def _folded(task_id: TaskId, entries: Iterable[JournalEntry]) -> TaskThen:
    """What a task's entries, oldest first, say of it."""
    state: TaskState | None = None
    merge = ""
    iteration = recorded = 0
    is_live = False
    for entry in entries:
        match entry.fact:
            case TaskAdded():
                state = TaskState.QUEUED
            case TaskMoved(after=after, after_merge=merge):
                state = _state(after)
            case MergeMoved(state=stays, after=merge):
                state = _state(stays)
            case IterationStarted(iteration=number):
                iteration, is_live = number, True
            case IterationFinished(iteration=number):
                iteration, recorded, is_live = number, number, False
            case IterationAbandoned(iteration=number):
                iteration, is_live = number, False
            case _:
                pass
    return TaskThen(
        task_id=task_id,
        state=state,
        merge_state=MergeState(merge) if merge in set(MergeState) else None,
        iteration=iteration,
        recorded=recorded or max(iteration - 1, 0),
        is_live=is_live,
        newest=entry,
    )


def _state(name: str) -> TaskState | None:
    return TaskState(name) if name in set(TaskState) else None
