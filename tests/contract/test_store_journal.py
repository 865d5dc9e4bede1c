"""The journal, who waits for it, and what one write is, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.domain.errors import (
    StateError,
    StoreError,
)
from engine.domain.facts import (
    FACT_TYPES,
    RunPaused,
    RunResumed,
    TaskChanged,
    UnknownFact,
    WarningRaised,
)
from engine.domain.ids import TaskId
from engine.domain.state import TaskState, Trigger
from engine.ports.store import RunControl, Store, Transaction
from tests.contract.stores import (
    KINDS,
    opened,
    task,
)
from tests.support.clock import FakeClock

A, GHOST = TaskId("a"), TaskId("ghost")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Store]:
    """With the tasks `a` and `b` in it."""
    async with opened(request.param, tmp_path, clock) as store:
        await store.write(lambda tx: tx.add_tasks([task("a"), task("b", project="mill")]))
        yield store


async def test_control_survives_and_starts_plain(store: Store) -> None:
    assert await store.read(lambda reader: reader.control()) == RunControl()
    wanted = RunControl(is_paused=True, parallel=3)
    await store.write(lambda tx: tx.set_control(wanted))
    assert await store.read(lambda reader: reader.control()) == wanted


async def test_journal_is_read_in_pages_and_by_task(store: Store, clock: FakeClock) -> None:
    changes = [TaskChanged(what="note", value=str(n)) for n in range(4)]
    await store.write(lambda tx: tx.append_facts(*changes, task_id=A, project="shop"))
    await store.write(lambda tx: tx.append_facts(RunPaused(cause="é"), RunResumed()))
    page = await store.read(lambda reader: reader.facts_after(2, limit=3))
    assert [entry.seq for entry in page] == [3, 4, 5]
    newest = await store.read(lambda reader: reader.task_facts(A, limit=2))
    assert [entry.fact for entry in newest] == changes[2:]
    assert newest[0].project == "shop"
    last = (await store.read(lambda reader: reader.facts_after(7)))[0]
    assert (last.task_id, last.project, last.fact, last.at) == (
        None,
        None,
        RunResumed(),
        clock.now(),
    )
    assert await store.read(lambda reader: reader.last_seq()) == 8


async def test_fact_of_an_unknown_kind_passes_through(store: Store) -> None:
    fact = UnknownFact(kind="from_tomorrow", version=3, payload={"a": [1]})
    await store.write(lambda tx: tx.append_facts(fact))
    (entry,) = await store.read(lambda reader: reader.facts_after(2))
    assert entry.fact == fact


def test_every_kind_of_fact_is_told_apart() -> None:
    assert len({fact_type.KIND for fact_type in FACT_TYPES}) == len(FACT_TYPES)


async def test_failed_write_leaves_nothing(store: Store) -> None:
    def half(tx: Transaction) -> None:
        tx.move(A, Trigger.CANCEL)
        tx.add_note(A, "gone")
        tx.set_control(RunControl(is_paused=True))
        raise ZeroDivisionError

    before = await store.read(lambda reader: (reader.task(A), reader.last_seq()))
    with pytest.raises(ZeroDivisionError):
        await store.write(half)
    after = await store.read(lambda reader: (reader.task(A), reader.last_seq()))
    assert before == after
    assert await store.read(lambda reader: (reader.notes(A), reader.control())) == (
        [],
        RunControl(),
    )


async def test_failed_write_does_not_touch_its_neighbours(store: Store) -> None:
    def pause(tx: Transaction) -> None:
        tx.move(A, Trigger.PAUSE)

    def fail(tx: Transaction) -> None:
        tx.move(TaskId("b"), Trigger.PAUSE)
        raise KeyError("mine")

    outcomes = await asyncio.gather(
        store.write(pause), store.write(fail), store.write(pause), return_exceptions=True
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], KeyError)
    assert isinstance(outcomes[2], StateError)
    assert await store.read(lambda reader: reader.counts()) == {
        TaskState.PAUSED: 1,
        TaskState.QUEUED: 1,
    }


async def test_work_that_runs_out_of_items_is_an_error_and_no_hang(store: Store) -> None:
    with pytest.raises((RuntimeError, StopIteration)):
        await store.write(lambda tx: next(iter(tx.notes(A))))


async def test_write_sees_its_own_changes_and_returns_a_value(store: Store) -> None:
    def pause_and_look(tx: Transaction) -> TaskState:
        tx.move(A, Trigger.PAUSE)
        return tx.task(A).state

    assert await store.write(pause_and_look) is TaskState.PAUSED


async def test_waiter_gets_the_number_of_what_is_there_already(store: Store) -> None:
    assert await store.wait_for_facts(0) == 2


async def test_waiter_wakes_with_the_next_fact(store: Store) -> None:
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(store.wait_for_facts(2)) for _ in range(3)]
        later = group.create_task(store.wait_for_facts(3))
        await asyncio.sleep(0)
        await store.write(lambda tx: tx.add_note(A, "no fact"))
        assert not any(waiter.done() for waiter in waiting)
        await store.write(lambda tx: tx.append_facts(RunResumed()))
        assert [await waiter for waiter in waiting] == [3, 3, 3]
        await store.write(lambda tx: tx.append_facts(RunResumed()))
        assert await later == 4


async def test_cancelled_waiter_leaves_the_others_waiting(store: Store) -> None:
    async with asyncio.TaskGroup() as group:
        gone, stays = (group.create_task(store.wait_for_facts(2)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await store.write(lambda tx: tx.append_facts(WarningRaised(text="x")))
        assert await stays == 3
    assert gone.cancelled()


async def test_closed_store_says_so(store: Store) -> None:
    waiter = asyncio.gather(store.wait_for_facts(2), return_exceptions=True)
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    assert isinstance((await waiter)[0], StoreError)
    with pytest.raises(StoreError, match="is closed"):
        await store.read(lambda reader: reader.last_seq())
    with pytest.raises(StoreError, match="is closed"):
        await store.write(lambda tx: tx.last_seq())
    with pytest.raises(StoreError, match="is closed"):
        await store.wait_for_facts(0)
