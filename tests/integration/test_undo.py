"""The last order is taken back, as far as nothing has come of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.app.engine import Engine
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import StateError
from engine.domain.ids import OrderId, TaskId
from engine.domain.orders import (
    CancelTask,
    GrantIterations,
    HaltRun,
    MergeTask,
    MessageTask,
    Order,
    OrderRecord,
    OrderStatus,
    OverrideVerdict,
    PauseRun,
    PauseTask,
    ResumeRun,
    ResumeTask,
    RetryTask,
    SetAgent,
    SetMoney,
    SetParallelism,
    SetPriority,
    SetTokens,
    ShiftPriority,
    SteerTask,
    StopRun,
    TakeTask,
    UndoOrder,
)
from engine.domain.run import RunOptions
from engine.domain.state import TaskState, Trigger
from engine.domain.steps import NextStep, Step, by_command
from engine.domain.verdict import VerdictKind
from engine.domain.words import state_words
from engine.domain.work import MergeState, NewTask, WorkItem
from engine.loop.orders import OrderDesk
from engine.loop.undo_choice import next_to_undo, rest_of_go, told_as_one
from engine.ports.cockpit import RunState
from engine.ports.store import Store, Transaction
from tests.contract.stores import KINDS, LEASE, WORKER, opened
from tests.support.clock import CountingIds, FakeClock
from tests.support.engines import (
    Bench,
    bash,
    cure,
    make_bench,
    say,
    until,
    until_output,
    until_state,
    worsen,
)

ADD = TaskId("add")


class Trail:
    """Keeps what was recorded."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []

    async def record(self, decision: Decision) -> None:
        self.decisions.append(decision)


class Office:
    """A store with the task `add`, and whoever settles orders there."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock, self.trail = store, clock, Trail()
        self._desk = OrderDesk(store=store, decisions=self.trail, clock=clock, repo="p")
        self._ids = CountingIds()

    async def give(self, order: Order) -> OrderRecord:
        record = OrderRecord(
            order_id=OrderId(self._ids.new("ord")),
            order=order,
            by="olive",
            given_at=self.clock.now(),
        )
        await self.store.write(lambda tx: tx.add_order(record))
        await self._desk.settle_pending()
        return await self.store.read(lambda reader: reader.order(record.order_id))

    async def applied(self, order: Order) -> OrderRecord:
        record = await self.give(order)
        assert record.status is OrderStatus.APPLIED, record.outcome
        return record

    async def undo(self, record: OrderRecord) -> OrderRecord:
        return await self.give(UndoOrder(order_id=record.order_id))

    async def move(self, *triggers: Trigger) -> None:
        def go(tx: Transaction) -> None:
            for trigger in triggers:
                if trigger is Trigger.CLAIM:
                    tx.claim(WORKER, lease=LEASE)
                else:
                    tx.move(ADD, trigger, reason="why", changes={"error_log": "why"})

        await self.store.write(go)

    async def item(self) -> WorkItem:
        return await self.store.read(lambda reader: reader.task(ADD))


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    clock = FakeClock()
    async with opened(request.param, tmp_path, clock) as store:
        new = NewTask(task_id=ADD, project="p", description="d")
        await store.write(lambda tx: tx.add_tasks([new]))
        yield Office(store, clock)


_T = Trigger
PLACES: dict[TaskState, tuple[Trigger, ...]] = {
    TaskState.QUEUED: (),
    TaskState.PAUSED: (_T.PAUSE,),
    TaskState.BLOCKED: (_T.BLOCK,),
    TaskState.FAILED: (_T.EXHAUST,),
}


@pytest.mark.parametrize("state", PLACES)
async def test_a_cancelled_task_is_where_it_was(office: Office, state: TaskState) -> None:
    await office.move(*PLACES[state])
    before = await office.item()
    record = await office.applied(CancelTask(task_id=ADD))
    undone = await office.undo(record)
    assert (undone.status, undone.outcome) == (
        OrderStatus.APPLIED,
        f"add is {state_words(state)} again",
    )
    assert replace(await office.item(), updated_at=before.updated_at) == before
    decision = office.trail.decisions[-1]
    assert (decision.kind, decision.decision, decision.task_id, decision.ref) == (
        DecisionKind.RUN_CONTROL, "undo_order", ADD, undone.order_id
    )  # fmt: skip
    assert decision.value.startswith("cancel_task")


async def test_a_task_that_ran_is_ready_again_and_that_is_said(office: Office) -> None:
    await office.move(_T.CLAIM, _T.START)
    undone = await office.undo(await office.applied(CancelTask(task_id=ADD)))
    assert undone.outcome == (
        "add is in the queue again; its iteration had been given up and is begun anew"
    )
    assert (await office.item()).state is TaskState.QUEUED


async def test_after_thirty_seconds_it_is_too_late(office: Office) -> None:
    record = await office.applied(CancelTask(task_id=ADD))
    office.clock.advance(30.5)
    undone = await office.undo(record)
    assert undone.status is OrderStatus.REFUSED
    assert "more than 30 s ago" in undone.outcome
    assert (await office.item()).state is TaskState.CANCELLED


async def test_what_has_gone_on_since_is_not_undone(office: Office) -> None:
    """A second undoing of the same order neither."""
    record = await office.applied(CancelTask(task_id=ADD))
    assert (await office.undo(record)).status is OrderStatus.APPLIED
    again = await office.undo(record)
    assert (again.status, "has gone on since" in again.outcome) == (OrderStatus.REFUSED, True)


async def test_a_rejection_is_taken_back_with_its_note_until_an_agent_works_on_it(
    office: Office,
) -> None:
    passes = (_T.CLAIM, _T.START, _T.VERIFY, _T.PASS)
    await office.move(*passes, _T.COMPLETE)
    reject = OverrideVerdict(task_id=ADD, verdict=VerdictKind.FAIL, reason="no")
    record = await office.applied(reject)
    assert await office.store.read(lambda reader: reader.notes(ADD))
    assert (await office.undo(record)).outcome == "the work of add is verified again"
    item = await office.item()
    assert (item.state, item.iterations_granted) == (TaskState.PASSED, 0)
    assert await office.store.read(lambda reader: reader.notes(ADD)) == []
    record = await office.applied(reject)
    await office.move(_T.CLAIM)
    undone = await office.undo(record)
    assert "has gone on since; override the verdict of add to PASS" in undone.told(by_command)
    await office.move(_T.INTERRUPT)
    assert (await office.undo(record)).status is OrderStatus.REFUSED


async def test_an_override_to_pass_is_taken_back_until_it_is_merged(office: Office) -> None:
    await office.move(_T.BLOCK)
    accept = OverrideVerdict(task_id=ADD, verdict=VerdictKind.PASS, reason="seen")
    record = await office.applied(accept)
    await office.move(_T.COMPLETE)
    assert (await office.undo(record)).outcome == "add is blocked again"
    item = await office.item()
    assert (item.state, item.error_log) == (TaskState.BLOCKED, "why")
    record = await office.applied(accept)
    await office.move(_T.COMPLETE)
    await office.store.write(lambda tx: tx.update_task(ADD, merge_state=MergeState.MERGED))
    assert "revert it instead" in (await office.undo(record)).told()


async def test_a_merge_is_taken_back_until_it_begins(office: Office) -> None:
    await office.move(_T.CLAIM, _T.START, _T.VERIFY, _T.PASS, _T.COMPLETE)
    await office.store.write(
        lambda tx: tx.update_task(
            ADD, merge_state=MergeState.WAITING, head_commit="h", base_commit="b"
        )
    )
    record = await office.applied(MergeTask(task_id=ADD))
    assert (await office.undo(record)).status is OrderStatus.APPLIED
    assert (await office.item()).merge_state is MergeState.WAITING
    record = await office.applied(MergeTask(task_id=ADD, after_s=5))
    assert record.outcome == "merges in 5 s"
    begins_at = office.clock.now() + timedelta(seconds=5)
    assert (await office.item()).not_before == begins_at
    await office.undo(record)
    assert (await office.item()).not_before is None
    record = await office.applied(MergeTask(task_id=ADD))
    await office.move(_T.MERGE)
    refused = await office.undo(record)
    assert refused.status is OrderStatus.REFUSED
    revert = NextStep(words="undo it once it is merged", step=Step.REVERT, about=ADD)
    assert (refused.outcome, refused.next_step) == ("the merge of 'add' has begun", revert)
    await office.move(_T.LAND)
    await office.store.write(
        lambda tx: tx.update_task(ADD, merge_state=MergeState.MERGED, merged_commit="abc")
    )
    refused = await office.undo(record)
    revert = NextStep(words="undo that", step=Step.REVERT, about=ADD)
    assert (refused.outcome, refused.next_step) == ("'add' is merged as abc", revert)
    assert "after 31 s" in (await office.give(MergeTask(task_id=ADD, after_s=31))).outcome


async def test_what_was_ordered_in_one_go_is_taken_back_in_one_go(office: Office) -> None:
    names = [ADD, TaskId("b"), TaskId("c")]
    news = [NewTask(task_id=name, project="p", description="d") for name in names[1:]]
    await office.store.write(lambda tx: tx.add_tasks(news))

    def prove(tx: Transaction) -> None:
        for name in names:
            tx.claim(WORKER, lease=LEASE, only=name)
            for trigger in (_T.START, _T.VERIFY, _T.PASS, _T.COMPLETE):
                tx.move(name, trigger)
            tx.update_task(name, merge_state=MergeState.WAITING, head_commit="h", base_commit="b")

    async def undo() -> OrderRecord | None:
        newest = await office.store.read(lambda reader: reader.newest_orders(100))
        chosen = next_to_undo(newest, "olive", office.clock.now())
        undone = [await office.undo(record) for record in chosen]
        return told_as_one(undone) if undone else None

    async def in_line() -> list[TaskId]:
        items = await office.store.read(lambda reader: [reader.task(name) for name in names])
        return [item.task_id for item in items if item.merge_state is MergeState.QUEUED]

    await office.store.write(prove)
    first = await office.applied(MergeTask(task_id=ADD, after_s=5))
    await office.applied(UndoOrder(order_id=first.order_id))
    await office.applied(MergeTask(task_id=ADD, after_s=5))
    for name in names[1:]:
        await office.applied(MergeTask(task_id=name, after_s=5, together="go"))
    assert await in_line() == names
    undone = await undo()
    assert undone is not None
    assert undone.outcome == "all 2 merges are taken back: their work waits to be merged again"
    assert await in_line() == [ADD]
    undone = await undo()
    assert undone is not None
    assert undone.outcome == "add waits to be merged again"
    assert await in_line() == []
    assert await undo() is None
    for name in names:
        await office.applied(MergeTask(task_id=name, after_s=5, together="again"))
    await office.store.write(lambda tx: tx.move(ADD, _T.MERGE))
    undone = await undo()
    assert undone is not None
    assert undone.status is OrderStatus.APPLIED
    assert undone.outcome == (
        "2 of 3 merges are taken back; of the others the first: the merge of 'add' has begun"
    )
    assert undone.next_step is not None
    assert await undo() is None
    begun = await office.applied(MergeTask(task_id=names[1], after_s=5, together="late"))
    await undo()
    assert await in_line() == [ADD]  # it merges
    late = await office.give(MergeTask(task_id=names[2], after_s=5, together="late"))
    assert late.outcome == "all that was to be merged with 'c' has been taken back meanwhile"
    assert await in_line() == [ADD]  # it merges
    apart = await office.applied(MergeTask(task_id=names[2], after_s=5, together="other"))
    newest = await office.store.read(lambda reader: reader.newest_orders(100))
    assert rest_of_go(newest, [begun]) == []
    assert rest_of_go(newest, [replace(begun, order=apart.order)]) == [apart]


async def test_what_is_not_destructive_or_not_there_is_refused_in_words(office: Office) -> None:
    record = await office.applied(SetPriority(task_id=ADD, priority=2))
    undone = await office.undo(record)
    assert undone.told() == (
        "the order 'change the priority' of add cannot be undone: it is taken back by another"
        " order; set the priority to 5 again"
    )
    refused = await office.give(ResumeTask(task_id=ADD))
    assert "was not applied" in (await office.undo(refused)).outcome
    ghost = await office.give(UndoOrder(order_id=OrderId("ghost")))
    assert ghost.status is OrderStatus.REFUSED


@pytest.mark.slow
async def test_a_run_that_was_paused_before_the_halt_is_paused_after_its_undoing(
    office: Office,
) -> None:
    await office.applied(PauseRun())
    undone = await office.undo(await office.applied(HaltRun(reason="s")))
    assert undone.outcome == "the run is paused, as it was before"
    assert await office.store.read(lambda reader: reader.control().is_paused)


async def test_a_run_goes_on_after_a_stop_a_halt_or_a_cancel_that_is_undone(
    tmp_path: Path,
) -> None:
    bench: Bench = make_bench(tmp_path)
    bench.script({"add": [[worsen("add", "begun"), bash("sleep 60"), cure("add"), say()]]})
    await bench.add("add")
    async with bench.engine() as engine:
        with pytest.raises(StateError, match="nothing to undo"):
            await engine.undo(by="olive")
        engine.start(RunOptions(stays=True))
        orders: list[Order] = [HaltRun(reason="s"), StopRun(at_once=True), CancelTask(task_id=ADD)]
        for order in orders:
            await until_state(engine, "add", TaskState.RUNNING)
            await until_output(engine, "add", 1, "sleep 60")
            assert (await engine.give(order, by="olive")).status is OrderStatus.APPLIED
            await until_state(engine, "add", TaskState.QUEUED, TaskState.CANCELLED)
            if isinstance(order, StopRun):
                await _until_run(engine, RunState.STOPPED)
            await engine.give(PauseTask(task_id=TaskId("ghost")), by="olive")
            undone = await engine.undo(by="olive")
            assert undone.status is OrderStatus.APPLIED, undone.outcome
            assert (await engine.overview()).halted == ""
        await until_state(engine, "add", TaskState.RUNNING)
        await engine.end_run()


async def _until_run(engine: Engine, state: RunState) -> None:
    async def is_there() -> bool:
        return engine.run_state is state

    await until(is_there)


async def test_what_cannot_be_taken_back_is_not_tried_again(office: Office) -> None:
    """The order before it is next, while it can be taken back at all."""

    async def chosen() -> list[OrderId]:
        newest = await office.store.read(lambda reader: reader.newest_orders(100))
        found = next_to_undo(newest, "olive", office.clock.now())
        return [record.order_id for record in found]

    earlier = await office.applied(StopRun())
    last = await office.applied(CancelTask(task_id=ADD))
    retried = await office.applied(RetryTask(task_id=ADD))
    assert await chosen() == [retried.order_id]  # never undone: said so, before an earlier one is
    assert (await office.undo(retried)).status is OrderStatus.REFUSED
    assert await chosen() == [last.order_id]
    assert (await office.undo(last)).status is OrderStatus.REFUSED
    assert await chosen() == [earlier.order_id]
    office.clock.advance(31)
    assert await chosen() == []
    newest = await office.applied(CancelTask(task_id=ADD))
    office.clock.advance(31)
    assert await chosen() == [newest.order_id]  # said once: it is too old
    assert "30 s ago" in (await office.undo(newest)).outcome
    assert await chosen() == []


async def test_an_order_that_is_never_undone_is_not_passed_over_for_an_earlier_one(
    office: Office,
) -> None:
    async def undo() -> OrderRecord:
        newest = await office.store.read(lambda reader: reader.newest_orders(100))
        (record,) = next_to_undo(newest, "olive", office.clock.now())
        return await office.undo(record)

    await office.applied(StopRun())
    await office.applied(CancelTask(task_id=ADD))
    await office.applied(RetryTask(task_id=ADD))
    for priority in (1, 2):
        await office.applied(SetPriority(task_id=ADD, priority=priority))
    assert (await office.give(ResumeTask(task_id=ADD))).status is OrderStatus.REFUSED
    told = (await undo()).told()
    assert told.startswith("the order 'change the priority' of add cannot be undone"), told
    assert told.endswith("set the priority to 1 again")
    assert (
        "add" in (await undo()).outcome
    )  # of several in a row the newest is told; then the cancel
    assert (await undo()).outcome == "all may go on; iterations that were given up are begun anew"
    await office.applied(PauseTask(task_id=ADD))
    paused = await undo()
    assert paused.told().endswith("let it go on: 'aio-tui task resume add'")
    assert (await office.item()).state is TaskState.PAUSED


async def test_each_order_that_is_never_undone_says_what_takes_it_back(office: Office) -> None:
    orders: list[Order] = [
        PauseTask(task_id=ADD), ResumeTask(task_id=ADD), SetPriority(task_id=ADD, priority=1),
        ShiftPriority(task_id=ADD, steps=1), SteerTask(task_id=ADD, note="n"),
        MessageTask(task_id=ADD, text="t"), SetMoney(task_id=ADD, max_cost_cents=5),
        SetTokens(task_id=ADD, max_tokens=5), SetAgent(task_id=ADD, backend=None, model="m"),
        GrantIterations(task_id=ADD, iterations=1), TakeTask(task_id=ADD), PauseRun(),
        ResumeRun(), SetParallelism(parallel=3),
    ]  # fmt: skip
    for order in orders:
        undone = await office.undo(await office.applied(order))
        assert undone.status is OrderStatus.REFUSED
        assert undone.next_step is not None
        assert undone.next_step.words != "give an order that does the opposite", order


async def test_a_cancelled_task_says_who_cancelled_it(office: Office) -> None:
    await office.applied(CancelTask(task_id=ADD, reason="not wanted"))
    assert (await office.item()).error_log == "cancelled by olive: not wanted"
