"""How things stood at each moment of a journal, and the ways from one moment to another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from engine.app.replay import moments, moves, scopes
from engine.app.replay.moments import Roster
from engine.app.replay.moves import Move
from engine.domain.errors import InputError
from engine.domain.facts import (
    EscalationRaised,
    Fact,
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    Landmark,
    RunEnded,
    RunStarted,
    TaskAdded,
    TaskMoved,
    WarningRaised,
)
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.ports.replay import Moment, Position, Scope
from engine.ports.store import Reader, Store, Transaction
from tests.contract.stores import KINDS, opened, task, used
from tests.support.clock import FakeClock

A, B = TaskId("fix-a"), TaskId("fix-b")


def _finished(number: int, verdict: str) -> Fact:
    return IterationFinished(
        iteration=number, verdict=verdict, decision="d", duration_s=9.0, cost_usd="0.5", tokens=9
    )


def _moved(before: str, after: str) -> Fact:
    return TaskMoved(before=before, after=after, trigger="t")


FIRST: tuple[tuple[TaskId | None, Fact], ...] = (
    (None, RunStarted(worker="w", parallel=2)),
    (A, _moved("queued", "running")),
    (A, IterationStarted(iteration=1, agent="scripted")),
    (B, _moved("queued", "running")),
    (B, IterationStarted(iteration=1, agent="scripted")),
    (B, EscalationRaised(escalation_id="esc-1", rule="r", severity="high", summary="rm")),
    (A, _finished(1, "FAIL")),
    (A, _moved("running", "queued")),
    (None, RunEnded(cause="stopped")),
)
SECOND: tuple[tuple[TaskId | None, Fact], ...] = (
    (None, RunStarted(worker="w", parallel=2)),
    (A, IterationStarted(iteration=2, agent="scripted")),
    (A, IterationAbandoned(iteration=2, cause="stopped")),
    (A, IterationStarted(iteration=2, agent="scripted")),
    (None, WarningRaised(text="slow disk")),
    (A, _finished(2, "PASS")),
    (A, _moved("running", "completed")),
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Store]:
    """Two runs, a fact a minute; each iteration that ends has cost half a dollar."""
    async with opened(request.param, tmp_path, clock) as store:
        await store.write(lambda tx: tx.add_tasks([task(A), task(B)]))
        for task_id, fact in (*FIRST, *SECOND):
            clock.advance(60)
            await store.write(_appended(task_id, fact))
        yield store


def _appended(task_id: TaskId | None, fact: Fact):  # type: ignore[no-untyped-def]  # a write
    def write(tx: Transaction) -> None:
        tx.append_facts(fact, task_id=task_id)
        if isinstance(fact, IterationFinished) and task_id is not None:
            tx.add_usage(task_id, iteration=fact.iteration, agent="s", model="m", usage=used("0.5"))

    return write


async def at(store: Store, name: str, *moves: Move, start: int | None = None) -> Moment:
    """The moment to which the moves lead from the end, or from entry `start`."""

    def look(reader: Reader) -> Moment:
        scope = scopes.found(reader, name)
        here = scopes.end(scope)
        if start is not None:
            (entry,) = reader.facts_after(start - 1, limit=1)
            here = Position(seq=entry.seq, at=entry.at)
        for move in moves:
            here = move(reader, scope, here)
        return moments.moment(reader, scope, here)

    return await store.read(look)


def stood(moment: Moment) -> dict[str, tuple[TaskState | None, int, int, bool]]:
    return {
        then.task_id: (then.state, then.iteration, then.recorded, then.is_live)
        for then in moment.tasks
    }


async def test_names_mean_tasks_runs_and_everything(store: Store) -> None:
    scopes = {name: (await at(store, name)).scope for name in (A, "last", "1", "2", "all")}
    spans = {name: (scope.first, scope.last, scope.is_open) for name, scope in scopes.items()}
    assert spans == {
        A: (1, 18, True), "last": (12, 18, True), "1": (12, 18, True), "2": (3, 11, False),
        "all": (1, 18, True),
    }  # fmt: skip
    assert scopes["2"].lasted_s == 480.0
    for unknown in ("3", "0", "ghost", ""):
        with pytest.raises(InputError, match="neither a task nor a run"):
            await at(store, unknown)


async def test_what_comes_after_a_run_is_no_part_of_it(store: Store) -> None:
    await store.write(_appended(None, RunEnded(cause="done")))
    await store.write(_appended(B, _moved("running", "queued")))
    scope = (await at(store, "last")).scope
    assert (scope.first, scope.last, scope.is_open) == (12, 19, False)


async def test_an_empty_journal_says_that_nothing_has_happened(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path, FakeClock()) as store:
        assert await store.read(scopes.runs) == []
        with pytest.raises(InputError, match="nothing has happened yet"):
            await at(store, "all")


async def test_tasks_stand_as_the_journal_had_told_by_then(store: Store) -> None:
    running, queued = TaskState.RUNNING, TaskState.QUEUED
    assert stood(await at(store, "all", start=2)) == {
        A: (queued, 0, 0, False), B: (queued, 0, 0, False),
    }  # fmt: skip
    assert stood(await at(store, "2", start=8)) == {
        A: (running, 1, 0, True), B: (running, 1, 0, True),
    }  # fmt: skip
    assert stood(await at(store, "2")) == {A: (queued, 1, 1, False), B: (running, 1, 0, True)}
    assert stood(await at(store, "last", start=14)) == {A: (queued, 2, 1, False)}
    assert stood(await at(store, A)) == {A: (TaskState.COMPLETED, 2, 2, False)}


async def test_a_state_from_before_the_window_is_looked_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a run of very many facts."""
    whole = [await at(store, "all", start=seq) for seq in range(1, 19)]
    monkeypatch.setattr(moments, "WINDOW", 3)
    for seq, moment in enumerate(whole, start=1):
        part = stood(await at(store, "all", start=seq))
        assert part.items() <= stood(moment).items()


@pytest.mark.parametrize("name", ["all", "2", A])
async def test_with_a_roster_no_task_is_left_out_however_small_the_window(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """In any order of moments, as what still holds of the one before is not read again."""
    whole = {seq: stood(await at(store, name, start=seq)) for seq in range(3, 12)}
    monkeypatch.setattr(moments, "WINDOW", 2)
    monkeypatch.setattr(moments, "_MOST_TASKS", 1)
    walk = [3, 11, 4, 5, 6, 7, 8, 9, 10, 3, 9, 8, 7, 11, 5, 5]
    before: Moment | None = None
    known: Roster | None = None

    def look(reader: Reader, seq: int) -> tuple[Moment, Roster]:
        scope = scopes.found(reader, name)
        (entry,) = reader.facts_after(seq - 1, limit=1)
        tasks = moments.roster(reader, scope, known)
        here = Position(seq=entry.seq, at=entry.at)
        return moments.moment(reader, scope, here, tasks=tasks, before=before), tasks

    for seq in walk:
        moment, known = await store.read(partial(look, seq=seq))
        before = moment
        assert stood(moment).items() >= whole[seq].items()
        assert moment.tasks_in_all == len(moment.tasks)


async def test_a_roster_grows_with_the_run(store: Store) -> None:
    def look(reader: Reader) -> tuple[Scope, Roster]:
        scope = scopes.everything(reader)
        return scope, moments.roster(reader, scope)

    scope, known = await store.read(look)
    assert dict(known.first) == {A: 1, B: 2}
    await store.write(lambda tx: tx.add_tasks([task("fix-c")]))
    grown, roster = await store.read(
        lambda reader: (
            scopes.grown(reader, scope),
            moments.roster(reader, scopes.grown(reader, scope), known),
        )
    )
    assert roster == Roster({A: 1, B: 2, TaskId("fix-c"): grown.last}, grown.last)


async def test_money_is_counted_up_to_the_moment_and_from_the_begin_of_the_run(
    store: Store,
) -> None:
    costs = {
        (name, seq): float((await at(store, name, start=seq)).usage.cost_usd)
        for name, seq in ((A, 8), (A, 9), (A, 18), ("2", 11), ("1", 12), ("1", 17), ("all", 18))
    }
    assert costs == {
        (A, 8): 0.0, (A, 9): 0.5, (A, 18): 1.0, ("2", 11): 0.5, ("1", 12): 0.0, ("1", 17): 0.5,
        ("all", 18): 1.0,
    }  # fmt: skip


async def test_steps_stay_in_the_scope(store: Store) -> None:
    forth = [(await at(store, A, moves.stepped(n), start=1)).position.seq for n in (1, 2, 99)]
    back = [(await at(store, A, moves.stepped(-n))).position.seq for n in (1, 2, 99)]
    assert forth == [4, 5, 18]
    assert back == [17, 15, 1]
    assert (await at(store, "2", moves.stepped(99), start=5)).position.seq == 11


async def test_jumps_find_the_next_of_a_kind_or_say_that_there_is_none(store: Store) -> None:
    for name, start, landmark, step, there in (
        ("all", 1, Landmark.VERDICT, 1, 9), ("all", 9, Landmark.VERDICT, 1, 17),
        ("all", 18, Landmark.VERDICT, -1, 17), ("all", 1, Landmark.ESCALATION, 1, 8),
        ("all", 18, Landmark.ERROR, -1, 16), (A, 18, Landmark.ERROR, -1, 14),
    ):  # fmt: skip
        found = await at(store, name, moves.jumped(landmark, step), start=start)
        assert found.position.seq == there, (name, start, landmark)
    for name, landmark, step, words in (
        ("all", Landmark.VERDICT, 1, "no later verdict in the whole journal"),
        ("1", Landmark.ESCALATION, -1, "no earlier escalation in run of"),
        (A, Landmark.ESCALATION, -1, "no earlier escalation in fix-a"),
    ):
        with pytest.raises(InputError, match=words):
            await at(store, name, moves.jumped(landmark, step))


async def test_every_time_leads_to_the_last_fact_that_had_come(store: Store) -> None:
    def places(reader: Reader) -> list[tuple[int, int]]:
        scope = scopes.found(reader, "2")
        entries = reader.facts_after(scope.first - 1, limit=scope.last - scope.first + 1)
        seconds = range(-30, 600, 7)
        return [
            (
                moves.at_time(reader, scope, _after(scope, second)).seq,
                max([e.seq for e in entries if e.at <= _after(scope, second)], default=scope.first),
            )
            for second in seconds
        ]

    found = await store.read(places)
    assert [place for place, _ in found] == [expected for _, expected in found]
    assert len({place for place, _ in found}) == len(FIRST)


def _after(scope: Scope, seconds: float) -> datetime:
    return scope.began_at + timedelta(seconds=seconds)


async def test_a_shift_goes_by_parts_of_the_time_and_stops_at_the_ends(store: Store) -> None:
    half = await at(store, "2", moves.to_begin, moves.shifted(0.5))
    assert half.position == Position(seq=7, at=_after(half.scope, 240))
    for part, there in ((0.9, 11), (-0.9, 3)):
        moment = await at(store, "2", moves.shifted(part), start=7)
        assert moment.position.seq == there


async def test_playing_takes_all_facts_in_turn_and_leaves_long_waits_out(store: Store) -> None:
    seen: list[int] = []
    position: Position | None = None
    for _ in range(200):
        ahead = [moves.to_begin] if position is None else [_resumed(position), _a_frame]
        moment = await at(store, "2", *ahead)
        seen.append(moment.position.seq)
        position = moment.position
        if moment.is_end:
            break
    assert sorted(set(seen)) == list(range(3, 12))
    assert len(seen) < 30, "of a minute of nothing ten seconds are played"


def _resumed(position: Position) -> Move:
    return lambda reader, scope, here: position


_a_frame = moves.played(5.0, longest_s=10.0, said_at=None)


async def test_playing_waits_for_what_is_said_between_facts(store: Store) -> None:
    begun = await at(store, "2", moves.to_begin)
    said = begun.position.at + timedelta(seconds=20)
    move = moves.played(5.0, longest_s=10.0, said_at=said)
    told = [(await at(store, "2", moves.to_begin, *[move] * frames)).position for frames in (1, 3)]
    assert told == [Position(seq=3, at=said - timedelta(seconds=10)), Position(seq=3, at=said)]


async def test_marks_are_what_one_may_jump_to(store: Store) -> None:
    def marked(reader: Reader) -> list[int]:
        return [e.seq for e in moments.marks(reader, scopes.found(reader, "all"))]

    assert await store.read(marked) == [8, 9, 14, 16, 17]


async def test_a_run_that_goes_on_grows_until_the_next_one_begins(store: Store) -> None:
    scope = (await at(store, "last")).scope
    await store.write(_appended(B, _moved("running", "blocked")))
    grown = await store.read(lambda reader: scopes.grown(reader, scope))
    assert (grown.last, grown.is_open) == (19, True)
    await store.write(_appended(None, RunStarted(worker="w", parallel=2)))
    grown = await store.read(lambda reader: scopes.grown(reader, grown))
    assert (grown.last, grown.is_open) == (19, False)
    await store.write(_appended(B, _moved("blocked", "queued")))
    whole = (await at(store, "all")).scope
    assert await store.read(lambda reader: scopes.grown(reader, whole)) == whole


async def test_a_whole_moment_tells_every_task_that_was_known_but_what_had_ended_before(
    store: Store,
) -> None:
    """More tasks than a window of the journal tells of, and one of which nobody spoke since."""
    crowd = [TaskId(f"crowd-{number}") for number in range(moments.WINDOW + 200)]

    def third_run(tx: Transaction) -> None:
        tx.append_facts(_moved("running", "cancelled"), task_id=B)
        tx.append_facts(TaskAdded(priority=5), task_id=TaskId("quiet"))
        tx.append_facts(RunStarted(worker="w", parallel=2))
        for task_id in crowd:
            tx.append_facts(_moved("queued", "running"), task_id=task_id)
            tx.append_facts(IterationStarted(iteration=1, agent="s"), task_id=task_id)
        tx.append_facts(_moved("running", "completed"), task_id=crowd[0])
        tx.append_facts(_finished(1, "PASS"), task_id=crowd[0])

    await store.write(third_run)

    def look(reader: Reader) -> tuple[Moment, Moment, Moment]:
        run, whole = (scopes.found(reader, name) for name in ("last", "all"))
        early = Position(seq=run.first + 2, at=run.began_at)
        places = ((run, scopes.end(run)), (run, early), (whole, scopes.end(whole)))
        end, begin, everything = (moments.whole_moment(reader, *place) for place in places)
        return end, begin, everything

    end, begin, everything = await store.read(look)
    assert set(stood(end)) == {*crowd, "quiet"}
    assert end.tasks_in_all == len(crowd) + 1
    assert stood(end)[crowd[0]] == (TaskState.COMPLETED, 1, 1, False)
    assert stood(end)[crowd[1]] == (TaskState.RUNNING, 1, 0, True)
    assert stood(end)["quiet"] == (TaskState.QUEUED, 0, 0, False)
    assert end.tasks[0].task_id == crowd[0], "the one that was heard of last"
    assert stood(begin) == {
        "quiet": (TaskState.QUEUED, 0, 0, False), crowd[0]: (TaskState.RUNNING, 1, 0, True)
    }  # fmt: skip
    assert stood(everything) == {
        **stood(end), A: (TaskState.COMPLETED, 2, 2, False), B: (TaskState.CANCELLED, 1, 0, True)
    }  # fmt: skip
