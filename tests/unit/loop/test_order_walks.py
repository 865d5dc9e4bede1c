"""Random orders to tasks in random states, on the store in memory."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.decision import Decision
from engine.domain.facts import TaskMoved
from engine.domain.ids import OrderId, TaskId, WorkerId
from engine.domain.orders import (
    CancelTask,
    DiscardWork,
    GrantIterations,
    MergeTask,
    Order,
    OrderRecord,
    OrderStatus,
    OverrideVerdict,
    PauseTask,
    ResumeTask,
    RetryTask,
    RevertMerge,
    SetPriority,
    ShiftPriority,
    SteerTask,
    UndoOrder,
)
from engine.domain.state import TRANSITIONS, TaskState, Trigger
from engine.domain.verdict import VerdictKind
from engine.domain.work import NewTask
from engine.loop.orders import OrderDesk
from engine.ports.store import TaskQuery, Transaction
from engine.store.memory import MemoryStore
from tests.support.clock import CountingIds, FakeClock

NAMES = ("one", "two")
ORDERS = st.one_of(
    st.builds(PauseTask, task_id=st.sampled_from(NAMES)),
    st.builds(ResumeTask, task_id=st.sampled_from(NAMES)),
    st.builds(CancelTask, task_id=st.sampled_from(NAMES)),
    st.builds(RetryTask, task_id=st.sampled_from(NAMES)),
    st.builds(SetPriority, task_id=st.sampled_from(NAMES), priority=st.integers(-1, 10)),
    st.builds(ShiftPriority, task_id=st.sampled_from(NAMES), steps=st.integers(-10, 10)),
    st.builds(SteerTask, task_id=st.sampled_from(NAMES), note=st.sampled_from(("", "mind it"))),
    st.builds(GrantIterations, task_id=st.sampled_from(NAMES), iterations=st.integers(-3, 3)),
    st.builds(UndoOrder, order_id=st.builds("ord-{}".format, st.integers(0, 30))),
    st.builds(MergeTask, task_id=st.sampled_from(NAMES)),
    st.builds(RevertMerge, task_id=st.sampled_from(NAMES), reason=st.sampled_from(("", "seen"))),
    st.builds(DiscardWork, task_id=st.sampled_from(NAMES)),
    st.builds(
        OverrideVerdict,
        task_id=st.sampled_from(NAMES),
        verdict=st.sampled_from(VerdictKind),
        reason=st.sampled_from(("", "seen")),
    ),
)
WORK = st.sampled_from([*Trigger, "claim"])


class Trail:
    """Keeps what was recorded."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []

    async def record(self, decision: Decision) -> None:
        self.decisions.append(decision)


def _work(tx: Transaction, step: str) -> None:
    """What a worker or the engine does, where the state allows it."""
    if step == "claim":
        tx.claim(WorkerId("w"), lease=timedelta(minutes=1))
        return
    for item in tx.tasks(TaskQuery()):
        trigger = Trigger(step)
        if trigger is not Trigger.CLAIM and (item.state, trigger) in TRANSITIONS:
            tx.move(item.task_id, trigger)
            return


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(ORDERS, WORK), max_size=30))
async def test_no_walk_of_orders_and_work_leaves_the_state_table(steps: list[Order | str]) -> None:
    clock, ids, trail = FakeClock(), CountingIds(), Trail()
    store = MemoryStore(clock)
    desk = OrderDesk(store=store, decisions=trail, clock=clock, repo="p")
    first, second = (NewTask(task_id=TaskId(n), project="p", description="d") for n in NAMES)
    await store.write(lambda tx: tx.add_tasks([first, second]))
    orders: list[OrderId] = []
    for step in steps:
        if isinstance(step, str):
            await store.write(lambda tx, step=step: _work(tx, step))  # type: ignore[misc]
            continue
        record = OrderRecord(
            order_id=OrderId(ids.new("ord")), order=step, by="olive", given_at=clock.now()
        )
        orders.append(record.order_id)
        before = await store.read(lambda reader: reader.tasks(TaskQuery()))
        await store.write(lambda tx, record=record: tx.add_order(record))  # type: ignore[misc]
        await desk.settle_pending()
        settled = await store.read(lambda reader, i=record.order_id: reader.order(i))  # type: ignore[misc]
        assert settled.status is not OrderStatus.PENDING
        if settled.status is OrderStatus.REFUSED:
            assert await store.read(lambda reader: reader.tasks(TaskQuery())) == before
            assert not any(line.ref == record.order_id for line in trail.decisions)
        else:
            assert sum(line.ref == record.order_id for line in trail.decisions) == 1
    facts = await store.read(lambda reader: reader.facts_after(0, limit=100_000))
    for entry in facts:
        if isinstance(entry.fact, TaskMoved):
            pair = (TaskState(entry.fact.before), Trigger(entry.fact.trigger))
            assert TRANSITIONS[pair] is TaskState(entry.fact.after)
    await store.close()
