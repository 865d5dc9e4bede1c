"""Replay: how things stood at any moment of the journal, however long it is.

Nothing here reads more than a window of the journal. How tasks stood is told by their last entries
in the window and, where those do not say it, by the entries of that very task before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.domain.errors import InputError, UnknownTaskError
from engine.domain.facts import (
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    JournalEntry,
    Landmark,
    MergeMoved,
    RunEnded,
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
_LAST_ENTRIES = 200
"""Among which the end of a run is looked for: orders and merges may come after it."""
_WHOLE = "the whole journal"
_RUN = frozenset({Landmark.RUN})

_OVER = frozenset({TaskState.COMPLETED, TaskState.CANCELLED, TaskState.FAILED})

Move = Callable[[Reader, Scope, Position], Position]
"""From one moment to another.

Raises:
    InputError: there is none in that direction; the message says so to the operator.
"""


def runs(reader: Reader, *, limit: int = 20) -> list[Scope]:
    """The newest runs, newest first."""
    begun = reader.facts(FactQuery(landmarks=_RUN, is_newest_first=True, limit=limit))
    ends: list[int | None] = [*(entry.seq for entry in begun[1:]), None]
    scopes = [_run_scope(reader, *run) for run in zip(begun, ends, strict=False)]
    return scopes[::-1]


def _run_scope(reader: Reader, begun: JournalEntry, next_begun: int | None) -> Scope:
    """Until it ended; of one that was killed, until the next one began."""
    span = FactQuery(after=begun.seq, before=next_begun, is_newest_first=True, limit=_LAST_ENTRIES)
    entries = reader.facts(span) or [begun]
    ends = [entry for entry in entries if isinstance(entry.fact, RunEnded)]
    last = (ends or entries)[-1]
    return Scope(
        title=f"run of {begun.at:%Y-%m-%d %H:%M:%S}",
        task_id=None,
        first=begun.seq,
        last=last.seq,
        began_at=begun.at,
        ended_at=max(last.at, begun.at),
        is_open=next_begun is None and not ends,
    )


def everything(reader: Reader) -> Scope:
    """The whole journal.

    Raises:
        InputError: it is empty.
    """
    return _scope(reader, _WHOLE, None)


def task_scope(reader: Reader, task_id: TaskId) -> Scope:
    """All that the journal holds of a task.

    Raises:
        UnknownTaskError: there is no such task.
    """
    is_over = reader.task(task_id).state in _OVER
    return replace(_scope(reader, task_id, task_id), is_open=not is_over)


def _scope(reader: Reader, title: str, task_id: TaskId | None) -> Scope:
    first = reader.facts(FactQuery(task_id=task_id, limit=1))
    last = reader.facts(FactQuery(task_id=task_id, limit=1, is_newest_first=True))
    if not first:
        raise InputError(f"nothing has happened yet: {title}", hint="add a task and run it")
    return Scope(
        title=title,
        task_id=task_id,
        first=first[0].seq,
        last=last[0].seq,
        began_at=first[0].at,
        ended_at=max(last[0].at, first[0].at),
        is_open=True,
    )


def found(reader: Reader, name: str) -> Scope:
    """What an operator means by `name`: a task, `last`, the number of a run from the newest
    (1) on, or `all`.

    Raises:
        InputError: it is none of these.
    """
    if name == "all":
        return everything(reader)
    number = 1 if name == "last" else int(name) if name.isdecimal() else None
    try:
        return task_scope(reader, TaskId(name))
    except UnknownTaskError:
        known = [] if number is None else runs(reader, limit=number)
    if number is None or not 1 <= number <= len(known):
        raise InputError(
            f"{name!r} is neither a task nor a run",
            hint="name a task, 'last', the number of a run as 'aio-tui replay --list' shows it,"
            " or 'all'",
        )
    return known[number - 1]


def grown(reader: Reader, scope: Scope) -> Scope:
    """The scope as it is now."""
    if scope.task_id is not None:
        return task_scope(reader, scope.task_id)
    if scope.title == _WHOLE:
        return everything(reader)
    if not scope.is_open:
        return scope
    begun = reader.facts(FactQuery(landmarks=_RUN, after=scope.first - 1, limit=2))
    return _run_scope(reader, begun[0], begun[1].seq if len(begun) > 1 else None)


def begin(scope: Scope) -> Position:
    """The first entry has happened, and nothing else."""
    return Position(seq=scope.first, at=scope.began_at)


def end(scope: Scope) -> Position:
    """All of it has happened."""
    return Position(seq=scope.last, at=scope.ended_at)


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
        replace(_within(scope, before=position.seq + 1), is_newest_first=True, limit=WINDOW)
    )
    following = reader.facts(replace(_within(scope, after=position.seq), limit=1))
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
    known = [task for task in stood if task.newest.seq >= scope.first or task.state not in _OVER]
    known.sort(key=lambda task: -task.newest.seq)
    return replace(then, tasks=tuple(known), tasks_in_all=len(known))


def marks(reader: Reader, scope: Scope) -> list[JournalEntry]:
    """Verdicts, questions and errors of the scope, oldest first; of many the newest."""
    wanted = frozenset(Landmark) - _RUN - {Landmark.NOTICE}
    return reader.facts(
        replace(_within(scope), landmarks=wanted, is_newest_first=True, limit=_MARKS)
    )


def at_time(reader: Reader, scope: Scope, at: datetime) -> Position:
    """The position at that time: the last entry that came by then has happened."""
    at = min(max(at, scope.began_at), scope.ended_at)
    low, high = scope.first, scope.last  # the entry at `low` has happened by then
    while low < high:
        middle = (low + high + 1) // 2
        (entry,) = reader.facts(replace(_within(scope, after=middle - 1), limit=1))
        if entry.at <= at:
            low = entry.seq
        else:
            high = middle - 1
    return Position(seq=low, at=at)


def stepped(steps: int) -> Move:
    """So many entries further, or back."""

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        if steps > 0:
            ahead = reader.facts(replace(_within(scope, after=position.seq), limit=steps))
            return _at(ahead[-1]) if ahead else end(scope)
        behind = _within(scope, before=position.seq)
        back = reader.facts(replace(behind, is_newest_first=True, limit=-steps))
        return _at(back[0]) if back else begin(scope)

    return move


def jumped(landmark: Landmark, step: int) -> Move:
    """To the next (1) or previous (-1) one of that kind."""

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        if step > 0:
            query = replace(_within(scope, after=position.seq), limit=1)
        else:
            behind = _within(scope, before=position.seq)
            query = replace(behind, is_newest_first=True, limit=1)
        there = reader.facts(replace(query, landmarks=frozenset({landmark})))
        if not there:
            word = "later" if step > 0 else "earlier"
            raise InputError(f"no {word} {landmark.value} in {scope.title}", hint="stay here")
        return _at(there[0])

    return move


def to_verdict(iteration: int) -> Move:
    """To where this iteration of the scope's task had ended."""

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        verdicts = replace(_within(scope), landmarks=frozenset({Landmark.VERDICT}))
        for entry in reader.facts(verdicts):
            if isinstance(entry.fact, IterationFinished) and entry.fact.iteration == iteration:
                return _at(entry)
        raise InputError(
            f"no end of iteration {iteration} in {scope.title}", hint="step through it"
        )

    return move


def shifted(part: float) -> Move:
    """By a part of the whole time: -0.05 is a twentieth back."""

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        step = timedelta(seconds=scope.lasted_s * part)
        to = at_time(reader, scope, position.at + step)
        if to.seq == position.seq and part > 0 and to.at >= scope.ended_at:
            return end(scope)
        return to

    return move


def to_begin(reader: Reader, scope: Scope, position: Position) -> Position:
    """Where it begins."""
    return begin(scope)


def to_end(reader: Reader, scope: Scope, position: Position) -> Position:
    """Where it ends, as far as it has come."""
    return end(scope)


def played(seconds: float, *, longest_s: float, said_at: datetime | None) -> Move:
    """On by `seconds` of the run's time.

    Args:
        seconds: how much.
        longest_s: a longer time in which nothing happened is left out.
        said_at: when the transcript that is looked at goes on; None: it does not.
    """

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        ahead = reader.facts(replace(_within(scope, after=position.seq), limit=WINDOW))
        news = [entry.at for entry in ahead[:1]]
        if said_at is not None and said_at <= scope.ended_at:
            news.append(said_at)
        if not news:
            return end(scope)
        at = position.at + timedelta(seconds=seconds)
        at = max(at, min(news) - timedelta(seconds=longest_s))
        seq = position.seq
        for entry in ahead:
            if entry.at > at:
                break
            seq = entry.seq
        return Position(seq=seq, at=at)

    return move


def _at(entry: JournalEntry) -> Position:
    return Position(seq=entry.seq, at=entry.at)


def _within(scope: Scope, *, after: int = 0, before: int | None = None) -> FactQuery:
    end = scope.last + 1 if before is None else min(before, scope.last + 1)
    return FactQuery(task_id=scope.task_id, after=max(after, scope.first - 1), before=end)


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
