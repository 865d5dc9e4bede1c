"""Reads a moment of the past: where moves lead, how tasks stood there, and what one had said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from aio_tui.ways import by_key
from engine.app.activity import activity_of
from engine.app.replay import moments, scopes
from engine.app.replay.moments import Roster
from engine.app.replay.moves import Move
from engine.domain.errors import EngineError, InputError
from engine.domain.facts import JournalEntry
from engine.domain.ids import TaskId
from engine.domain.state import HELD
from engine.domain.values import dataclass
from engine.ports.cockpit import Activity, EngineFace
from engine.ports.replay import Moment, PastTranscript, Position, Scope, TaskThen
from engine.ports.store import Reader

_MOST_AT_WORK, _TAIL_BYTES = 16, 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What is read: a moment, and what the task that is looked at had said."""

    wanted: str | Scope | None
    moment: Moment
    marks: tuple[JournalEntry, ...]
    tasks: Roster
    task: TaskThen | None
    said: PastTranscript
    fault: str
    """Why what it had said cannot be read; empty: it can."""
    activity: Mapping[TaskId, Activity]
    """Of tasks at work: what they were doing."""
    note: str
    """Why a move led nowhere; empty: it did not."""
    has_followed: bool
    moves: tuple[int, int]
    """Which of the moves that were ever asked for it made: from, to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be read, as it was when reading began."""

    wanted: str | Scope | None
    """What is to be replayed; None: the task one came from, or the last run."""
    subject: TaskId | None
    """The task one came from."""
    chosen: TaskId | None
    """The task whose words are to be read; None: that one, or the first."""
    position: Position | None
    """None: the end, wherever that is by now."""
    moves: tuple[Move, ...]
    """From there."""
    made: int
    """How many moves were made before those."""
    before: Then | None
    """What was read last of it."""
    now: datetime
    can_go_on: bool
    """Whether what is open may get more."""


async def read_then(face: EngineFace, wish: Wish) -> Then:
    """The moment that the wish leads to.

    Raises:
        InputError, UnknownTaskError: there is nothing of what is to be replayed.
    """
    moment, marks, tasks, note = await face.read(lambda reader: _look(reader, wish))
    task = _looked_at(moment, wish)
    said, fault = PastTranscript(), ""
    if task is not None and task.iteration:
        try:
            said = await face.past_transcript(task.task_id, task.iteration, moment.position.at)
        except EngineError as error:
            fault = error.told(by_key)
    return Then(
        wanted=wish.wanted,
        moment=moment,
        marks=tuple(marks),
        tasks=tasks,
        task=task,
        said=said,
        fault=fault,
        activity=await _activity(face, moment),
        note=note,
        has_followed=wish.position is None and not wish.moves,
        moves=(wish.made, wish.made + len(wish.moves)),
    )


def _look(reader: Reader, wish: Wish) -> tuple[Moment, Sequence[JournalEntry], Roster, str]:
    before = wish.before
    scope = _until_now(_scope(reader, wish), wish)
    here, note = wish.position or scopes.end(scope), ""
    for move in wish.moves:
        try:
            here = move(reader, scope, here)
        except InputError as error:
            note = error.message
    is_known = before is not None and _are_of_the_same(before.moment.scope, scope)
    marks = before.marks if before and is_known else moments.marks(reader, scope)
    tasks = moments.roster(reader, scope, before.tasks if before is not None else None)
    last = before.moment if before is not None else None
    moment = moments.moment(reader, scope, here, tasks=tasks, before=last)
    return moment, marks, tasks, note


def _scope(reader: Reader, wish: Wish) -> Scope:
    if wish.before is not None:
        return scopes.grown(reader, wish.before.moment.scope)
    if isinstance(wish.wanted, Scope):
        return wish.wanted
    return scopes.found(reader, wish.wanted or wish.subject or "last")


def _until_now(scope: Scope, wish: Wish) -> Scope:
    """What goes on lasts until the present: agents say more than the journal does, and that nothing
    happens takes its time too.
    """
    is_later = scope.is_open and wish.can_go_on and wish.now > scope.ended_at
    return replace(scope, ended_at=wish.now) if is_later else scope


def _are_of_the_same(one: Scope, other: Scope) -> bool:
    """Whether both are about the same facts."""
    return (one.title, one.first, one.last) == (other.title, other.first, other.last)


def _looked_at(moment: Moment, wish: Wish) -> TaskThen | None:
    tasks = {then.task_id: then for then in moment.tasks}
    wanted = wish.chosen or wish.subject
    return tasks.get(wanted) if wanted in tasks else next(iter(moment.tasks), None)


async def _activity(face: EngineFace, moment: Moment) -> dict[TaskId, Activity]:
    """From the last records of those at work, as the cockpit tells it of the present."""
    found: dict[TaskId, Activity] = {}
    at = moment.position.at
    at_work = [then for then in moment.tasks if then.is_live and then.state in HELD]
    for then in at_work[:_MOST_AT_WORK]:
        with suppress(EngineError):
            past = await face.past_transcript(
                then.task_id, then.iteration, at, limit_bytes=_TAIL_BYTES
            )
            activity = activity_of(past.entries, at)
            if activity is not None:
                found[then.task_id] = activity
    return found
