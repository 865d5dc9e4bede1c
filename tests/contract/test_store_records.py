"""Checkpoints, money, questions, orders, notes and the journal, on every store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from aio_tui.charts import figures
from engine.domain.action import Severity
from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import (
    InputError,
    StateError,
    UnknownEscalationError,
    UnknownTaskError,
)
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.facts import (
    OrderSettled,
    RunPaused,
    WarningRaised,
)
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.orders import (
    ApproveEscalation,
    DenyEscalation,
    GrantIterations,
    Order,
    OrderRecord,
    OrderStatus,
    OverrideVerdict,
    PauseRun,
    SetPriority,
    ShiftPriority,
)
from engine.domain.steps import NextStep, Step
from engine.domain.usage import Usage
from engine.domain.verdict import VerdictKind
from engine.ports.store import Store, Transaction
from tests.contract.stores import (
    KINDS,
    checkpoint,
    escalation,
    opened,
    order,
    task,
    used,
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


async def test_checkpoint_reads_back_whole(store: Store, clock: FakeClock) -> None:
    recorded = [
        checkpoint("a", 1, clock, session_text="no newline, é, \x00, \u2028" * 50),
        checkpoint("a", 2, clock, session_text=""),
    ]
    for each in recorded:
        await store.write(partial(_record, each))
    assert await store.read(lambda reader: reader.checkpoints(A)) == recorded
    assert await store.read(lambda reader: reader.checkpoints(GHOST)) == []


def _record(each: Checkpoint, tx: Transaction) -> None:
    tx.add_checkpoint(each)


async def test_checkpoint_brings_its_task_up_to_date(store: Store, clock: FakeClock) -> None:
    await store.write(lambda tx: tx.update_task(A, interruptions=2))
    one = checkpoint("a", 1, clock)
    await store.write(lambda tx: tx.add_checkpoint(one))
    item = await store.read(lambda reader: reader.task(A))
    assert item.iteration_count == 1
    assert item.interruptions == 0
    assert (item.session_ref, item.head_commit) == (one.session_ref, one.commit)
    assert item.last_verdict is VerdictKind.FAIL


@pytest.mark.parametrize("number", [0, 1, 3])
async def test_checkpoint_out_of_sequence_is_refused(
    store: Store, clock: FakeClock, number: int
) -> None:
    await store.write(lambda tx: tx.add_checkpoint(checkpoint("a", 1, clock)))
    with pytest.raises(StateError, match="the next one to record is 2"):
        await store.write(lambda tx: tx.add_checkpoint(checkpoint("a", number, clock)))
    assert len(await store.read(lambda reader: reader.checkpoints(A))) == 1


async def test_records_of_an_unknown_task_are_refused(store: Store, clock: FakeClock) -> None:
    with pytest.raises(UnknownTaskError):
        await store.write(lambda tx: tx.add_checkpoint(checkpoint("ghost", 1, clock)))
    with pytest.raises(UnknownTaskError):
        await store.write(
            lambda tx: tx.add_usage(GHOST, iteration=1, agent="api", model="m", usage=used())
        )
    with pytest.raises(UnknownTaskError):
        await store.write(lambda tx: tx.add_escalation(escalation("esc-1", "ghost", clock)))
    with pytest.raises(UnknownTaskError):
        await store.write(lambda tx: tx.add_note(GHOST, "hello"))


async def test_money_is_added_exactly(store: Store) -> None:
    def spend(tx: Transaction) -> None:
        for _ in range(1000):
            tx.add_usage(A, iteration=1, agent="api", model="m", usage=used("0.0000003"))

    await store.write(spend)
    total = await store.read(lambda reader: reader.usage(task_id=A))
    assert total == Usage(
        input_tokens=100_000,
        output_tokens=7_000,
        cache_read_tokens=3_000,
        cache_write_tokens=2_000,
        calls=1000,
        cost_usd=Decimal("0.0003"),
    )


async def test_usage_is_by_task_project_and_time(store: Store, clock: FakeClock) -> None:
    begun = clock.now()

    def spend(name: str, cost: str, tx: Transaction) -> None:
        tx.add_usage(TaskId(name), iteration=1, agent="api", model="m", usage=used(cost))

    await store.write(partial(spend, "a", "1"))
    clock.advance(10)
    await store.write(partial(spend, "a", "20"))
    await store.write(partial(spend, "b", "300"))
    later = begun + timedelta(seconds=10)
    costs = await store.read(
        lambda reader: [
            reader.usage().cost_usd,
            reader.usage(task_id=A).cost_usd,
            reader.usage(since=later).cost_usd,
            reader.usage(task_id=A, since=later).cost_usd,
            reader.usage(task_id=GHOST).cost_usd,
        ]
    )
    assert costs == [321, 21, 320, 20, 0]
    by_task = await store.read(lambda reader: reader.usage_by_task())
    assert {name: usage.cost_usd for name, usage in by_task.items()} == {"a": 21, "b": 300}
    in_mill = await store.read(lambda reader: reader.usage_by_task("mill"))
    assert list(in_mill) == ["b"]


async def test_unpriced_calls_are_counted_apart(store: Store) -> None:
    free = Usage(input_tokens=5, calls=1, unpriced_calls=1)
    await store.write(lambda tx: tx.add_usage(A, iteration=1, agent="api", model="new", usage=free))
    assert await store.read(lambda reader: reader.usage()) == free


async def test_escalations_are_listed_most_severe_first(store: Store, clock: FakeClock) -> None:
    levels = [Severity.LOW, Severity.CRITICAL, Severity.HIGH, Severity.CRITICAL]
    raised = [escalation(f"esc-{n}", "ab"[n % 2], clock, level) for n, level in enumerate(levels)]
    for each in raised:
        await store.write(partial(_raise, each))
    listed = await store.read(lambda reader: reader.escalations())
    assert listed == [raised[1], raised[3], raised[2], raised[0]]
    assert await store.read(lambda reader: reader.escalations(limit=1)) == [raised[1]]
    assert await store.read(lambda reader: reader.escalations(task_id=A)) == [
        raised[2],
        raised[0],
    ]
    with pytest.raises(InputError, match="'esc-0' is there already"):
        await store.write(lambda tx: tx.add_escalation(raised[0]))


def _raise(each: Escalation, tx: Transaction) -> None:
    tx.add_escalation(each)


def _give(record: OrderRecord, tx: Transaction) -> None:
    tx.add_order(record)


def _approve(tx: Transaction, by: str = "ada") -> Escalation:
    return tx.answer_escalation(
        EscalationId("esc-1"),
        state=EscalationState.APPROVED,
        by=by,
        reason="it is fine",
        scope=ApprovalScope.TASK,
    )


async def test_second_answer_is_refused_and_the_first_one_named(
    store: Store, clock: FakeClock
) -> None:
    question = escalation("esc-1", "a", clock)
    await store.write(lambda tx: tx.add_escalation(question))
    clock.advance(5)
    first = await store.write(_approve)
    assert first == replace(
        question,
        state=EscalationState.APPROVED,
        answered_at=clock.now(),
        answered_by="ada",
        reason="it is fine",
        scope=ApprovalScope.TASK,
    )
    with pytest.raises(StateError, match="approved before by ada"):
        await store.write(partial(_approve, by="eve"))
    assert await store.read(lambda reader: reader.escalation(EscalationId("esc-1"))) == first
    answered = frozenset({EscalationState.APPROVED, EscalationState.DENIED})
    assert await store.read(lambda reader: reader.escalations(states=answered)) == [first]
    open_only = frozenset({EscalationState.OPEN})
    assert await store.read(lambda reader: reader.escalations(states=open_only)) == []


async def test_open_questions_that_are_read_again_show_what_has_changed(
    store: Store, clock: FakeClock
) -> None:
    names = [EscalationId(f"esc-{number}") for number in range(4)]

    async def looked_at() -> dict[EscalationId, Escalation]:
        found = await store.read(
            lambda reader: reader.escalations(states=frozenset({EscalationState.OPEN}))
        )
        return {one.escalation_id: one for one in found}

    assert await looked_at() == {}
    for name in names:
        await store.write(partial(_raise, escalation(name, "a", clock)))
    before = await looked_at()
    assert list(before) == names
    clock.advance(5)
    told = await store.write(lambda tx: tx.mark_told(names[0]))
    seen = await store.write(lambda tx: tx.acknowledge_escalation(names[1], by="ada"))
    await store.write(_approve_named(names[2]))
    again = await store.write(lambda tx: tx.mark_told(names[0]))
    assert (told.times_told, again.times_told) == (1, 2)
    assert await looked_at() == {
        names[0]: again,
        names[1]: seen,
        names[3]: before[names[3]],
    }


def _approve_named(name: EscalationId) -> Callable[[Transaction], Escalation]:
    def approve(tx: Transaction) -> Escalation:
        return tx.answer_escalation(
            name, state=EscalationState.APPROVED, by="ada", reason="", scope=ApprovalScope.ONCE
        )

    return approve


async def test_answer_takes_effect_once(store: Store, clock: FakeClock) -> None:
    name = EscalationId("esc-1")
    await store.write(lambda tx: tx.add_escalation(escalation("esc-1", "a", clock)))
    with pytest.raises(StateError, match="no answer"):
        await store.write(lambda tx: tx.consume_answer(name))
    await store.write(_approve)
    assert await store.write(lambda tx: tx.consume_answer(name)) is True
    taken_at = clock.now()
    clock.advance(5)
    assert await store.write(lambda tx: tx.consume_answer(name)) is False
    assert (await store.read(lambda reader: reader.escalation(name))).consumed_at == taken_at


async def test_unknown_escalation_is_an_error(store: Store) -> None:
    with pytest.raises(UnknownEscalationError):
        await store.write(_approve)
    with pytest.raises(UnknownEscalationError):
        await store.write(lambda tx: tx.consume_answer(EscalationId("esc-1")))


ORDERS: list[Order] = [
    DenyEscalation(escalation_id=EscalationId("esc-1"), reason="no"),
    ApproveEscalation(escalation_id=EscalationId("esc-1"), scope=ApprovalScope.TASK),
    SetPriority(task_id=A, priority=1),
    OverrideVerdict(task_id=A, verdict=VerdictKind.PASS, reason="flaky"),
    PauseRun(),
    GrantIterations(task_id=A, iterations=-2),
    ShiftPriority(task_id=A, steps=-1),
]


async def test_orders_stay_pending_in_their_order_until_settled(
    store: Store, clock: FakeClock
) -> None:
    given = [order(f"ord-{n}", what, clock) for n, what in enumerate(ORDERS)]
    for record in given:
        await store.write(partial(_give, record))
    assert await store.read(lambda reader: reader.pending_orders()) == given
    clock.advance(1)
    first = OrderId("ord-0")
    await store.write(lambda tx: tx.settle_order(first, OrderStatus.REFUSED, "too late"))
    assert await store.read(lambda reader: reader.pending_orders()) == given[1:]
    assert await store.read(lambda reader: reader.order(first)) == replace(
        given[0], status=OrderStatus.REFUSED, outcome="too late", settled_at=clock.now()
    )


async def test_settling_an_order_is_written_in_the_journal(store: Store, clock: FakeClock) -> None:
    await store.write(lambda tx: tx.add_escalation(escalation("esc-1", "a", clock)))
    for n in (0, 2, 4):
        await store.write(partial(_give_and_settle, n, clock))
    entries = (await store.read(lambda reader: reader.facts_after(0)))[-3:]
    assert [entry.task_id for entry in entries] == ["a", "a", None]
    assert entries[1].fact == OrderSettled(
        order_id="ord-2", order_kind="set_priority", status="applied", outcome="done", by="ada"
    )


async def test_what_can_be_done_about_an_outcome_is_kept(store: Store, clock: FakeClock) -> None:
    name, step = OrderId("ord-4"), NextStep(words="let it go on", step=Step.RESUME_ALL)
    await store.write(lambda tx: tx.add_order(order(name, ORDERS[4], clock)))
    await store.write(
        lambda tx: tx.settle_order(name, OrderStatus.APPLIED, "all is halted", next_step=step)
    )
    record = await store.read(lambda reader: reader.order(name))
    (*_, entry) = await store.read(lambda reader: reader.facts_after(0))
    assert isinstance(entry.fact, OrderSettled)
    assert (record.next_step, entry.fact.next_step) == (step, step)
    assert record.told() == "all is halted; let it go on: 'aio-tui task resume --all'"


def _give_and_settle(n: int, clock: FakeClock, tx: Transaction) -> None:
    tx.add_order(order(f"ord-{n}", ORDERS[n], clock))
    tx.settle_order(OrderId(f"ord-{n}"), OrderStatus.APPLIED, "done")


async def test_order_is_settled_once(store: Store, clock: FakeClock) -> None:
    await store.write(partial(_give_and_settle, 4, clock))
    name = OrderId("ord-4")
    with pytest.raises(StateError, match="was applied before"):
        await store.write(lambda tx: tx.settle_order(name, OrderStatus.REFUSED, "no"))
    with pytest.raises(InputError, match="is there already"):
        await store.write(lambda tx: tx.add_order(order("ord-4", PauseRun(), clock)))
    with pytest.raises(InputError, match="'ord-9' is unknown"):
        await store.read(lambda reader: reader.order(OrderId("ord-9")))


def test_every_kind_of_order_is_told_apart() -> None:
    kinds = [order_type.kind for order_type in get_args(Order)]
    assert len(set(kinds)) == len(kinds)


async def test_notes_are_read_in_order_and_once(store: Store) -> None:
    for note in ("first", "second", "third"):
        await store.write(partial(_note, note))
    await store.write(lambda tx: tx.mark_notes_read(A, 2))
    assert await store.read(lambda reader: reader.notes(A)) == ["third"]
    await store.write(lambda tx: tx.mark_notes_read(A, 0))
    assert await store.read(lambda reader: reader.notes(A)) == ["third"]
    await store.write(lambda tx: tx.mark_notes_read(A, 5))
    assert await store.read(lambda reader: reader.notes(A)) == []


async def test_urgent_notes_are_marked_by_their_numbers(store: Store) -> None:
    def add(tx: Transaction) -> None:
        for note in ("plain", "now", "later", "now too"):
            tx.add_note(A, note, is_urgent=note.startswith("now"))

    await store.write(add)
    urgent = await store.read(lambda reader: reader.urgent_notes(A))
    assert [note.text for note in urgent] == ["now", "now too"]
    await store.write(lambda tx: tx.mark_told_notes_read(A, [urgent[1].number, 999]))
    assert await store.read(lambda reader: reader.notes(A)) == ["plain", "now", "later"]
    assert await store.read(lambda reader: reader.urgent_notes(A)) == urgent[:1]
    await store.write(lambda tx: tx.mark_notes_read(A, 2))
    assert await store.read(lambda reader: reader.urgent_notes(A)) == []


def _note(note: str, tx: Transaction) -> None:
    tx.add_note(A, note)


async def test_usage_by_task_can_begin_at_a_time(store: Store, clock: FakeClock) -> None:
    def use(tx: Transaction) -> None:
        tx.add_usage(A, iteration=1, agent="x", model="m", usage=used("0.10"))

    await store.write(use)
    clock.advance(1)
    await store.write(use)

    now = clock.now()
    by_task = await store.read(lambda reader: reader.usage_by_task("shop", since=now))
    assert by_task == {A: used("0.10")}


async def test_usage_by_task_can_be_that_of_one_agent(store: Store) -> None:
    def use(tx: Transaction) -> None:
        tx.add_usage(A, iteration=1, agent="x", model="m", usage=used("0.10"))
        tx.add_usage(A, iteration=1, agent="y", model="m", usage=used("0.25"))

    await store.write(use)
    by_task = await store.read(lambda reader: reader.usage_by_task("shop", agent="y"))
    assert by_task == {A: used("0.25")}
    assert await store.read(lambda reader: reader.usage_by_task(agent="z")) == {}


async def test_facts_of_a_kind_are_found_wherever_they_are(store: Store, clock: FakeClock) -> None:
    await store.write(lambda tx: tx.append_facts(WarningRaised(text="one"), RunPaused()))
    clock.advance(1)
    await store.write(lambda tx: tx.append_facts(WarningRaised(text="two"), RunPaused()))

    now, kind = clock.now(), WarningRaised.KIND
    newest = await store.read(lambda reader: reader.newest_fact(kind))
    every = await store.read(lambda reader: reader.facts_of_kind(kind))
    later = await store.read(lambda reader: reader.facts_of_kind(kind, since=now))
    assert newest is not None
    assert newest.fact == WarningRaised(text="two")
    assert [entry.fact for entry in every] == [WarningRaised(text="one"), WarningRaised(text="two")]
    assert later == [newest]
    assert await store.read(lambda reader: reader.newest_fact("no_such_kind")) is None


async def test_figures_are_added_up_from_all_records(store: Store, clock: FakeClock) -> None:
    def work(tx: Transaction) -> None:
        tx.add_tasks([task("m1"), task("m2"), task("m3", project="other")])
        for name, number, kind in (
            ("m1", 1, VerdictKind.FAIL), ("m1", 2, VerdictKind.PASS), ("m2", 1, VerdictKind.PASS),
        ):  # fmt: skip
            point = checkpoint(name, number, clock)
            verdict = replace(point.verdict, kind=kind)
            tx.add_checkpoint(replace(point, verdict=verdict))
            usage = replace(used("0.25"), unpriced_calls=number - 1)
            tx.add_usage(TaskId(name), iteration=number, agent="x", model="m", usage=usage)
        tx.add_usage(TaskId("m3"), iteration=1, agent="x", model="m", usage=used("9"))
        tx.add_escalation(escalation("e-1", "m1", clock))

    await store.write(work)
    clock.advance(90)
    await store.write(
        lambda tx: tx.answer_escalation(
            EscalationId("e-1"), state=EscalationState.DENIED, by="kim", reason="no", scope=None
        )
    )
    found = await store.read(lambda reader: reader.metrics("shop"))
    (hour,) = found.usage
    assert hour.cost_usd == Decimal("0.75")
    assert hour.tokens == 3 * used().tokens
    assert (hour.unpriced_calls, found.unpriced_calls, found.by_day[0].unpriced_calls) == (1, 1, 1)
    assert dict(figures(found))["cost"] == "at least $0.75"
    assert found.verdicts == {"FAIL": 1, "PASS": 2}
    assert found.iterations_per_task == {1: 1, 2: 1}
    assert (found.first_tries, found.first_passes, found.first_pass_rate) == (2, 1, 0.5)
    assert found.waits_s == (90.0,)
    checks = checkpoint("m1", 1, clock).verdict.checks
    assert set(found.checks_s) == {check.name for check in checks}
    assert sum(map(len, found.checks_s.values())) == 3 * len(checks)
    later = await store.read(
        lambda reader: reader.metrics("shop", since=clock.now() + timedelta(days=1))
    )
    assert later.usage == ()
    assert later.verdicts == {}
    assert later.first_pass_rate is None
