"""Parts of the journal: by task, by what one looks for, from either end, on every store."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from engine.domain.facts import (
    EscalationRaised,
    Fact,
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    JournalEntry,
    Landmark,
    RunHalted,
    RunStarted,
    TaskAdded,
    TaskChanged,
    TaskMoved,
    WarningRaised,
    landmark_of,
)
from engine.domain.ids import TaskId
from engine.domain.state import Trigger
from engine.ports.store import FactQuery, Store, Transaction
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.connection import connect
from engine.store.sqlite.reading import SqliteReader
from engine.store.sqlite.schema import MIGRATIONS
from tests.contract.stores import KINDS, opened, task, used
from tests.support.clock import FakeClock

A, B = TaskId("a"), TaskId("b")
_TURNS = IterationStarted | IterationFinished | IterationAbandoned
STORY: tuple[tuple[TaskId | None, Fact], ...] = (
    (None, RunStarted(worker="w", parallel=2)),
    (A, TaskMoved(before="queued", after="claimed", trigger="claim")),
    (A, IterationFinished(iteration=1, verdict="FAIL", decision="again", duration_s=1.0,
                          cost_usd="0.1", tokens=9)),
    (B, EscalationRaised(escalation_id="esc-1", rule="r", severity="high", summary="rm")),
    (B, WarningRaised(text="the session file is damaged")),
    (A, TaskMoved(before="verifying", after="blocked", trigger="block", reason="no server")),
    (B, TaskChanged(what="note", value='"after":"blocked"')),
    (None, RunHalted(reason="smoke", by="kim")),
    (B, IterationAbandoned(iteration=2, cause="stopped")),
    (None, RunStarted(worker="w", parallel=2)),
)  # fmt: skip


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path, FakeClock()) as store:
        await store.write(tell)
        yield store


def tell(tx: Transaction) -> None:
    tx.add_tasks([task("a"), task("b")])
    for task_id, fact in STORY:
        tx.append_facts(fact, task_id=task_id)


def expected(journal: list[JournalEntry], query: FactQuery) -> list[JournalEntry]:
    held = [
        entry
        for entry in journal
        if query.after < entry.seq < (query.before or 10**9)
        and query.task_id in (None, entry.task_id)
        and (not query.landmarks or landmark_of(entry.fact) in query.landmarks)
    ]
    return held[-query.limit :] if query.is_newest_first else held[: query.limit]


async def test_every_part_is_what_a_look_at_the_whole_journal_gives(store: Store) -> None:
    journal = await store.read(lambda reader: reader.facts_after(0))
    assert len(journal) == len(STORY) + 2
    some = frozenset({Landmark.ERROR, Landmark.VERDICT})
    for task_id, landmarks, after, before, newest, limit in product(
        (None, A, B, TaskId("ghost")), (frozenset(), some, frozenset(Landmark)), (0, 4, 99),
        (None, 3, 9), (False, True), (1, 3, 1000),
    ):  # fmt: skip
        query = FactQuery(
            task_id=task_id, landmarks=landmarks, after=after, before=before,
            is_newest_first=newest, limit=limit,
        )  # fmt: skip
        found = await store.read(lambda reader, query=query: reader.facts(query))  # type: ignore[misc]
        assert found == expected(journal, query), query


async def test_the_tasks_that_a_part_tells_of_come_with_their_first_number(store: Store) -> None:
    journal = await store.read(lambda reader: reader.facts_after(0))
    for after, before in product((0, 2, 5, 99), (3, 6, 11, 99)):
        span = [e for e in journal if after < e.seq < before and e.task_id is not None]
        expected = {TaskId(str(e.task_id)): e.seq for e in reversed(span)}
        found = await store.read(
            lambda reader, a=after, b=before: reader.tasks_told_of(after=a, before=b)  # type: ignore[misc]
        )
        assert found == expected
        assert list(found.values()) == sorted(expected.values())


async def test_how_every_task_stood_is_told_by_its_last_move_turn_and_entry(store: Store) -> None:
    def more(tx: Transaction) -> None:
        for value in range(40):
            tx.append_facts(TaskChanged(what="note", value=str(value)), task_id=A)
        tx.append_facts(IterationStarted(iteration=3, agent="s"), task_id=B)

    await store.write(more)
    journal = await store.read(lambda reader: reader.facts_after(0))
    for before in (0, 1, 2, 3, 5, 6, 9, 13, 50, 53, 99):
        found = await store.read(lambda reader, before=before: reader.stood_by(before))  # type: ignore[misc]
        expected = []
        for task_id in (A, B):
            own = [e for e in journal if e.task_id == task_id and e.seq < before]
            moves = [e for e in own if isinstance(e.fact, TaskAdded | TaskMoved)]
            turns = [e for e in own[-30:] if isinstance(e.fact, _TURNS)]
            told = {e.seq: e for e in (*moves[-1:], *turns[-1:], *own[-1:])}
            expected.append([told[seq] for seq in sorted(told)])
        assert found == [entries for entries in expected if entries], before


def test_bad_ends_are_errors_and_other_moves_are_none() -> None:
    marks = [landmark_of(fact) for _, fact in STORY]
    assert marks == [
        Landmark.RUN, None, Landmark.VERDICT, Landmark.ESCALATION, Landmark.ERROR,
        Landmark.ERROR, None, Landmark.ERROR, Landmark.ERROR, Landmark.RUN,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_usage_can_end_at_a_moment(kind: str, tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(kind, tmp_path, clock) as store:
        await store.write(lambda tx: tx.add_tasks([task("a")]))
        first = clock.now()
        for _ in range(3):
            await store.write(
                lambda tx: tx.add_usage(A, iteration=1, agent="s", model="m", usage=used("0.5"))
            )
            clock.advance(60)
        sums = await store.read(
            lambda reader: [
                reader.usage(until=first).calls,
                reader.usage(task_id=A, until=clock.now()).calls,
                reader.usage(since=clock.now()).calls,
            ]
        )
    assert sums == [1, 3, 0]


async def test_an_older_journal_gets_its_landmarks(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    older = await SqliteStore.open(path, clock=FakeClock(), migrations=MIGRATIONS[:6])
    await older.close()
    made = await SqliteStore.open(tmp_path / "new.db", clock=FakeClock())
    await made.write(tell)
    await made.close()
    with closing(sqlite3.connect(path)) as db, closing(sqlite3.connect(tmp_path / "new.db")) as new:
        columns = "seq, at, task_id, project, kind, version, payload"
        told = new.execute(f"SELECT {columns} FROM events").fetchall()  # noqa: S608  constants
        db.executemany(f"INSERT INTO events ({columns}) VALUES (?,?,?,?,?,?,?)", told)  # noqa: S608
        db.commit()
    migrated = await SqliteStore.open(path, clock=FakeClock())
    query = FactQuery(landmarks=frozenset(Landmark))
    found = await migrated.read(lambda reader: reader.facts(query))
    assert [entry.fact for entry in found] == [fact for _, fact in STORY if landmark_of(fact)]
    await migrated.close()


async def test_parts_are_found_through_an_index(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    store = await SqliteStore.open(path, clock=FakeClock())
    await store.write(tell)
    await store.write(lambda tx: tx.move(B, Trigger.PAUSE))
    await store.close()
    for query, index in (
        (FactQuery(after=3, before=9), "INTEGER PRIMARY KEY"),
        (FactQuery(task_id=A, is_newest_first=True), "events_task (task_id=? AND seq"),
        (FactQuery(landmarks=frozenset({Landmark.ERROR})), "events_landmark (landmark=? AND seq"),
    ):
        statements: list[str] = []
        connection = connect(path, read_only=True, busy_timeout_s=1)
        try:
            connection.set_trace_callback(statements.append)
            SqliteReader(connection, FakeClock().now()).facts(query)
            connection.set_trace_callback(None)
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]
        finally:
            connection.close()
        assert any(index in step for step in steps), (query, steps)
        assert not any("SCAN events" in step for step in steps), (query, steps)
