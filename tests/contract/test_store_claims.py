"""Claims, leases and back-off, on every store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from engine.domain.errors import (
    StaleClaimError,
    StateError,
)
from engine.domain.facts import TaskMoved
from engine.domain.ids import TaskId
from engine.domain.state import TaskState, Trigger
from engine.domain.work import WorkItem
from engine.ports.store import Store, Transaction
from tests.contract.stores import (
    KINDS,
    LEASE,
    WORKER,
    checkpoint,
    drive,
    opened,
    take,
    taken,
    task,
)
from tests.support.clock import FakeClock

A, B, C = TaskId("a"), TaskId("b"), TaskId("c")


def move(trigger: Trigger, fence: int, tx: Transaction) -> WorkItem:
    return tx.move(A, trigger, fence=fence)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path, clock) as store:
        yield store


async def test_claim_takes_begun_ones_first_then_urgent_then_old(
    store: Store, clock: FakeClock
) -> None:
    names = ["old", "young", "urgent", "recorded", "interrupted"]
    tasks = [task(name, priority=1 if name == "urgent" else 5) for name in names]
    await store.write(lambda tx: tx.add_tasks(tasks))
    await store.write(lambda tx: tx.add_checkpoint(checkpoint("recorded", 1, clock)))
    await store.write(lambda tx: tx.update_task(TaskId("interrupted"), interruptions=1))
    claims = [await store.write(taken) for _ in names]
    assert [claim.item.task_id for claim in claims] == [
        "recorded",
        "interrupted",
        "urgent",
        "old",
        "young",
    ]
    assert await store.write(take) is None


async def test_claim_carries_worker_lease_and_a_new_fence(store: Store, clock: FakeClock) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    first = await store.write(taken)
    assert first.item.state is TaskState.CLAIMED
    assert (first.worker, first.fence, first.item.fence) == (WORKER, 1, 1)
    assert first.item.orchestrator_id == WORKER
    assert first.item.lease_expires_at == clock.now() + LEASE
    assert first.item == await store.read(lambda reader: reader.task(A))
    await store.write(lambda tx: tx.move(A, Trigger.INTERRUPT))
    assert (await store.write(taken)).fence == 2


async def test_claim_is_a_move_in_the_journal(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    await store.write(taken)
    facts = await store.read(lambda reader: reader.task_facts(A))
    assert facts[-1].fact == TaskMoved(before="queued", after="claimed", trigger="claim")
    assert facts[-1].project == "shop"


async def test_claim_can_be_narrowed_to_a_project_or_a_task(store: Store) -> None:
    tasks = [task("a", priority=0), task("b", project="mill"), task("c", project="mill")]
    await store.write(lambda tx: tx.add_tasks(tasks))
    assert await store.write(lambda tx: take(tx, only=C, project="shop")) is None
    assert (await store.write(lambda tx: taken(tx, only=C))).item.task_id == C
    assert (await store.write(lambda tx: taken(tx, project="mill"))).item.task_id == B
    assert await store.write(lambda tx: take(tx, project="mill")) is None
    assert await store.write(lambda tx: take(tx, only=C)) is None


async def test_delayed_task_is_ready_when_its_time_has_come(store: Store, clock: FakeClock) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a", priority=0), task("b")]))
    due = clock.now() + timedelta(seconds=30)
    await store.write(lambda tx: tx.update_task(A, not_before=due))
    assert await store.read(lambda reader: reader.next_ready_at()) == due
    assert await store.read(lambda reader: reader.next_ready_at("mill")) is None
    assert (await store.write(taken)).item.task_id == B
    assert await store.write(lambda tx: take(tx, only=A)) is None
    clock.advance(30)
    assert await store.read(lambda reader: reader.next_ready_at()) is None
    assert (await store.write(taken)).item.task_id == A


async def test_delay_counts_also_when_it_was_set_on_the_way_to_the_queue(
    store: Store, clock: FakeClock
) -> None:
    due = clock.now() + timedelta(seconds=5)
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    await store.write(lambda tx: drive(tx, "a", Trigger.CLAIM, Trigger.START))
    await store.write(lambda tx: tx.move(A, Trigger.INTERRUPT, changes={"not_before": due}))
    assert await store.write(take) is None
    assert await store.read(lambda reader: reader.next_ready_at()) == due
    await store.write(lambda tx: tx.update_task(A, not_before=None))
    assert (await store.write(taken)).item.task_id == A


async def test_only_a_claim_can_claim(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    with pytest.raises(StateError, match="cannot be moved by 'claim'"):
        await store.write(lambda tx: tx.move(A, Trigger.CLAIM))


async def test_claim_is_kept_while_waiting_and_dropped_when_work_ends(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    claim = await store.write(taken)
    for trigger in (Trigger.START, Trigger.ASK):
        item = await store.write(partial(move, trigger, claim.fence))
        assert item.orchestrator_id == WORKER
        assert item.lease_expires_at is not None
    await store.write(lambda tx: drive(tx, "a", Trigger.ANSWER, Trigger.VERIFY))
    ended = await store.write(lambda tx: tx.move(A, Trigger.PASS, fence=claim.fence))
    assert (ended.orchestrator_id, ended.lease_expires_at) == (None, None)


async def test_write_under_a_lost_claim_is_refused(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    old = await store.write(taken)
    await store.write(lambda tx: tx.move(A, Trigger.INTERRUPT))
    with pytest.raises(StaleClaimError):
        await store.write(lambda tx: tx.move(A, Trigger.CANCEL, fence=old.fence))
    new = await store.write(taken)
    with pytest.raises(StaleClaimError):
        await store.write(lambda tx: tx.move(A, Trigger.START, fence=old.fence))
    with pytest.raises(StaleClaimError):
        await store.write(lambda tx: tx.update_task(A, fence=old.fence, error_log="late"))
    with pytest.raises(StaleClaimError):
        await store.write(lambda tx: tx.renew_lease(A, old.fence, lease=LEASE))
    assert (await store.read(lambda reader: reader.task(A))) == new.item


async def test_renewed_lease_does_not_expire(store: Store, clock: FakeClock) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a"), task("b")]))
    kept, lost = [await store.write(taken) for _ in range(2)]
    clock.advance(40)
    await store.write(lambda tx: tx.renew_lease(kept.item.task_id, kept.fence, lease=LEASE))
    assert await store.write(lambda tx: tx.expired_claims()) == []
    clock.advance(20)
    expired = await store.write(lambda tx: tx.expired_claims())
    assert expired == [await store.read(lambda reader: reader.task(lost.item.task_id))]


async def test_waiting_task_keeps_a_lease_that_can_expire(store: Store, clock: FakeClock) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    await store.write(lambda tx: drive(tx, "a", Trigger.CLAIM, Trigger.START, Trigger.ASK))
    clock.advance(61)
    (expired,) = await store.write(lambda tx: tx.expired_claims())
    assert expired.task_id == A
    parked = await store.write(lambda tx: tx.update_task(A, orchestrator_id=None))
    assert (parked.state, parked.lease_expires_at) == (TaskState.WAITING, None)
    assert await store.write(lambda tx: tx.expired_claims()) == []


async def test_interrupt_of_a_waiting_task_leaves_it_waiting(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    await store.write(lambda tx: drive(tx, "a", Trigger.CLAIM, Trigger.START, Trigger.ASK))
    item = await store.write(lambda tx: tx.move(A, Trigger.INTERRUPT))
    assert (item.state, item.orchestrator_id) == (TaskState.WAITING, WORKER)
