"""What can be replayed: a run, a task, or the whole journal."""

from __future__ import annotations

from dataclasses import replace

from engine.domain.errors import InputError, UnknownTaskError
from engine.domain.facts import JournalEntry, Landmark, RunEnded
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.ports.replay import Position, Scope
from engine.ports.store import FactQuery, Reader

_LAST_ENTRIES = 200
"""Among which the end of a run is looked for: orders and merges may come after it."""
_WHOLE = "the whole journal"
_RUN = frozenset({Landmark.RUN})

OVER = frozenset({TaskState.COMPLETED, TaskState.CANCELLED, TaskState.FAILED})
"""States of tasks with which no agent goes on."""


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
    is_over = reader.task(task_id).state in OVER
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


def within(scope: Scope, *, after: int = 0, before: int | None = None) -> FactQuery:
    """Entries of the scope, those between two numbers."""
    end = scope.last + 1 if before is None else min(before, scope.last + 1)
    return FactQuery(task_id=scope.task_id, after=max(after, scope.first - 1), before=end)
