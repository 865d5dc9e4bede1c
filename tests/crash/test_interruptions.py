"""A task whose process keeps dying rests longer and longer, and is set aside in the end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from engine.domain.decision import Decision, DecisionKind
from engine.domain.ids import TaskId, WorkerId
from engine.domain.settings import Settings
from engine.domain.state import TaskState, Trigger
from engine.domain.work import Claim, NewTask, WorkItem
from engine.loop.recovery import recover
from engine.ports.store import Transaction
from engine.store.memory import MemoryStore
from tests.support.clock import FakeClock

TASK = TaskId("T-1")


class Told:
    """Keeps decisions."""

    def __init__(self) -> None:
        self.kinds: list[DecisionKind] = []

    async def record(self, decision: Decision) -> None:
        self.kinds.append(decision.kind)


def begin(tx: Transaction) -> Claim | None:
    claim = tx.claim(WorkerId("w"), lease=timedelta(minutes=1))
    if claim is not None:
        tx.move(TASK, Trigger.START, fence=claim.fence)
    return claim


async def die(store: MemoryStore, clock: FakeClock, told: Told) -> WorkItem:
    """Its engine dies while it runs, as soon as it may run."""
    while await store.write(begin) is None:
        clock.advance(1)
    settings = Settings(repo=Path("shop"), project="shop", max_interruptions=10)
    await recover(store, settings, told, clock)
    return await store.read(lambda reader: reader.task(TASK))


async def test_a_task_that_keeps_ending_its_engine_rests_and_is_set_aside() -> None:
    clock, told = FakeClock(), Told()
    store = MemoryStore(clock)
    task = NewTask(task_id=TASK, project="shop", description="repair it")
    await store.write(lambda tx: tx.add_tasks([task]))
    rests = []
    for _ in range(9):
        item = await die(store, clock, told)
        assert item.state is TaskState.QUEUED
        rests.append((item.not_before - clock.now()).total_seconds() if item.not_before else 0)
    assert rests == [0, 0, 0, 0, 1, 3, 9, 27, 81]
    assert told.kinds == [DecisionKind.RETRY] * 9
    item = await die(store, clock, told)
    assert item.state is TaskState.BLOCKED
    assert told.kinds == [*[DecisionKind.RETRY] * 9, DecisionKind.POISON]


async def test_of_tasks_that_die_together_none_is_set_aside_and_they_rest_apart() -> None:
    clock, told = FakeClock(), Told()
    store = MemoryStore(clock)
    both = [NewTask(task_id=TaskId(f"T-{n}"), project="shop", description="x") for n in (1, 2)]
    await store.write(lambda tx: tx.add_tasks(both))

    def hold(tx: Transaction) -> None:
        for task in both:
            tx.update_task(task.task_id, interruptions=9)
        for _ in both:
            assert tx.claim(WorkerId("w"), lease=timedelta(minutes=1)) is not None

    await store.write(hold)
    await recover(store, Settings(repo=Path("shop"), project="shop"), told, clock)
    items = await store.read(lambda reader: [reader.task(task.task_id) for task in both])
    assert [item.state for item in items] == [TaskState.QUEUED, TaskState.QUEUED]
    assert len({item.not_before for item in items}) == 2
    assert told.kinds == [DecisionKind.RETRY] * 2
