"""The morning report tells how each task stands, and adds up to the last digit."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_tui.cli.report_document import as_document
from aio_tui.cli.report_html import as_html
from aio_tui.cli.report_markdown import as_markdown
from aio_tui.cli.report_text import as_lines
from engine.app.report_rules import (
    chapter_of,
    is_accepted,
    next_step,
    waits_for_human,
    waste_of,
    why_of,
)
from engine.app.reporting import begin_of_last_run, read_report
from engine.domain.checkpoint import NO_CHANGE_SHA256, Checkpoint
from engine.domain.facts import (
    Fact,
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    JournalEntry,
    RunStarted,
    TaskMoved,
    WarningRaised,
)
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import TaskState, Trigger
from engine.domain.usage import Usage
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState
from engine.ports.report import Chapter, Report
from engine.ports.store import Reader, Transaction
from engine.store.memory import MemoryStore
from tests.contract.stores import VERDICT, checkpoint, complete, drive, escalation, task, used
from tests.support.clock import FakeClock
from tests.support.workspaces import item_of

HOSTILE = "<script>alert(1)</script> | [x](javascript:y) \x1b[31m \u202e `#` **b**"
PASSED = replace(VERDICT, kind=VerdictKind.PASS, reasons=())


def points(*kinds: VerdictKind, has_signal: bool = False) -> list[Checkpoint]:
    """One iteration a verdict, each with a change of its own."""
    clock = FakeClock()
    return [
        checkpoint("T1", number, clock, verdict=replace(VERDICT, kind=kind),
                   has_signal=has_signal, diff_sha256=f"{number:064}")
        for number, kind in enumerate(kinds, 1)
    ]  # fmt: skip


def journal(*facts: Fact, clock: FakeClock | None = None) -> list[JournalEntry]:
    """Facts of one task, a minute apart."""
    now = (clock or FakeClock()).now()
    return [
        JournalEntry(seq=n, at=now + timedelta(minutes=n), task_id="T1", project="p", fact=fact)
        for n, fact in enumerate(facts, 1)
    ]


FAIL, PASS = VerdictKind.FAIL, VerdictKind.PASS


@pytest.mark.parametrize(
    ("state", "merge_state", "recorded", "signal", "accepted", "chapter"),
    [
        (TaskState.COMPLETED, MergeState.MERGED, (PASS,), True, False, Chapter.MERGED),
        (TaskState.COMPLETED, MergeState.WAITING, (PASS,), True, False, Chapter.TO_MERGE),
        (TaskState.COMPLETED, MergeState.QUEUED, (PASS,), True, False, Chapter.LANDING),
        (TaskState.MERGING, MergeState.QUEUED, (PASS,), True, False, Chapter.LANDING),
        (TaskState.COMPLETED, MergeState.MERGED, (FAIL,), True, True, Chapter.CLAIMED),
        (TaskState.PASSED, None, (PASS,), True, False, Chapter.TO_MERGE),
        (TaskState.QUEUED, None, (FAIL,), True, False, Chapter.CLAIMED),
        (TaskState.QUEUED, None, (FAIL,), False, False, Chapter.UNDER_WAY),
        (TaskState.QUEUED, None, (), False, False, Chapter.UNDER_WAY),
        (TaskState.RUNNING, MergeState.RED, (FAIL, PASS), True, False, Chapter.UNDER_WAY),
        (TaskState.BLOCKED, MergeState.REVERTED, (PASS,), True, False, Chapter.BLOCKED),
        (TaskState.WAITING, None, (), False, False, Chapter.ASKS),
        (TaskState.TAKEN, None, (), False, False, Chapter.BLOCKED),
        (TaskState.FAILED, None, (FAIL,), True, False, Chapter.FAILED),
        (TaskState.CANCELLED, None, (), False, False, Chapter.CANCELLED),
    ],
)
def test_a_task_stands_in_one_chapter(
    state: TaskState,
    merge_state: MergeState | None,
    recorded: Sequence[VerdictKind],
    signal: bool,
    accepted: bool,
    chapter: Chapter,
) -> None:
    item = replace(item_of(), state=state, merge_state=merge_state)
    told = points(*recorded, has_signal=signal)

    assert chapter_of(item, told, is_accepted=accepted) is chapter


async def test_a_task_is_told_once_by_the_word_that_the_cockpit_has_for_it() -> None:
    store = MemoryStore(clock := FakeClock())

    def fill(tx: Transaction) -> None:
        tx.add_tasks([task("asks"), task("gone"), task("lost")])
        tx.add_escalation(escalation("esc-1", "asks", clock))
        tx.claim(WorkerId("w"), lease=timedelta(minutes=1), only=TaskId("asks"))
        tx.move(TaskId("asks"), Trigger.START)
        tx.move(TaskId("asks"), Trigger.ASK)
        tx.move(TaskId("gone"), Trigger.CANCEL)
        tx.move(TaskId("lost"), Trigger.EXHAUST)

    await store.write(fill)
    told = await store.read(
        lambda reader: read_report(reader, "shop", since=None, until=clock.now())
    )

    asks, lost, gone = told.tasks
    assert list(as_lines(told))[1] == "1 asks you; 1 failed; 1 cancelled"
    assert asks.next_step is not None
    assert asks.next_step.about == "esc-1"
    assert lost.next_step is not None
    assert gone.next_step is not None
    assert gone.next_step.words == "put it back if you want it"
    assert told.waits_for_human


def test_a_queued_merge_is_named_and_says_what_does_it() -> None:
    item = replace(item_of(), state=TaskState.COMPLETED, merge_state=MergeState.QUEUED)
    wanted = next_step(item, Chapter.LANDING, points(PASS), "")

    assert waits_for_human(item)
    assert wanted is not None
    assert wanted.command == "aio-tui merge run"
    assert "its merge is queued" in wanted.words


def test_who_called_it_done_is_said_as_it_was() -> None:
    item = replace(item_of("T1"), state=TaskState.QUEUED, error_log="")
    claimed = points(FAIL, has_signal=True)
    [reason, *_] = claimed[-1].verdict.reasons
    told = why_of(item, Chapter.CLAIMED, claimed, is_accepted=False)
    assert told == f"called complete, but {reason.message}"
    told = why_of(item, Chapter.CLAIMED, claimed, is_accepted=True)
    assert told == "accepted by its operator without a proof"
    assert why_of(item, Chapter.UNDER_WAY, points(FAIL), is_accepted=False) == ""
    taken = replace(item, state=TaskState.TAKEN, taken_by="kim")
    told = why_of(taken, Chapter.BLOCKED, (), is_accepted=False)
    assert told == f"in the hands of kim since {item.updated_at:%Y-%m-%d %H:%M} UTC"


def test_what_an_operator_accepted_is_proved_by_a_later_pass() -> None:
    accept = TaskMoved(before="failed", after="passed", trigger=Trigger.ACCEPT)
    proof = TaskMoved(before="verifying", after="passed", trigger=Trigger.PASS)

    item = item_of()
    assert is_accepted(item, (), journal(proof, accept))
    assert not is_accepted(item, (), journal(accept, proof))
    assert not is_accepted(item, (), [])


def test_what_the_engine_proved_needs_no_word_of_its_operator() -> None:
    """As where a rejection was taken back; what has changed since then is not proved."""
    accept = TaskMoved(before="queued", after="passed", trigger=Trigger.ACCEPT)
    proved, failed = points(PASS), points(FAIL)
    item = replace(item_of(), head_commit=proved[-1].commit)
    assert not is_accepted(item, proved, journal(accept))
    assert is_accepted(item, failed, journal(accept))
    assert is_accepted(replace(item, head_commit="f" * 40), proved, journal(accept))


def test_iterations_that_left_nothing_are_wasted() -> None:
    facts = journal(
        IterationStarted(iteration=1, agent="a"),
        IterationStarted(iteration=1, agent="a"),  # the process of the one before was killed
        IterationAbandoned(iteration=1, cause="stopped"),
        IterationStarted(iteration=1, agent="a"),
        IterationFinished(iteration=1, verdict="FAIL", decision="again", duration_s=2.5,
                          cost_usd="0.10", tokens=1),
        IterationStarted(iteration=2, agent="a"),
    )  # fmt: skip
    item = replace(item_of(), state=TaskState.QUEUED)
    recorded = [replace(points(FAIL)[0], usage=used("0.10"))]

    waste = waste_of(item, used("0.35"), None, recorded, facts)

    assert (waste.given_up, waste.given_up_usd) == (2, Decimal("0.25"))
    assert (waste.unchanged, waste.time_s) == (0, 60.0)


def test_an_iteration_that_changes_nothing_is_wasted_and_one_that_proves_is_not() -> None:
    first, second, third = (
        replace(point, diff_sha256="d" * 64, usage=used("0.10"))
        for point in points(FAIL, FAIL, PASS)
    )
    item = replace(item_of(), state=TaskState.COMPLETED)

    waste = waste_of(item, used("0.30"), first, [second, third], [])

    assert (waste.unchanged, waste.unchanged_usd) == (1, Decimal("0.10"))
    assert waste.cost_usd == Decimal("0.10")


def test_a_first_iteration_that_changes_no_file_is_wasted() -> None:
    idle, busy = (
        replace(point, usage=used("1.80"), duration_s=63.0) for point in points(FAIL, FAIL)
    )
    idle = replace(idle, diff_sha256=NO_CHANGE_SHA256)
    item = replace(item_of(), state=TaskState.QUEUED)

    waste = waste_of(item, used("3.60"), None, [idle, busy], [])

    assert (waste.unchanged, waste.cost_usd, waste.time_s) == (1, Decimal("1.80"), 63.0)


def moved(before: TaskState, after: TaskState) -> TaskMoved:
    return TaskMoved(before=before.value, after=after.value, trigger="any")


@pytest.mark.parametrize(
    ("way", "state", "worked_s"),
    [
        ((TaskState.CANCELLED,), TaskState.CANCELLED, 60.0),
        ((TaskState.BLOCKED,), TaskState.BLOCKED, 60.0),
        ((TaskState.WAITING, TaskState.CANCELLED), TaskState.CANCELLED, 60.0),
        ((TaskState.WAITING, TaskState.RUNNING, TaskState.CANCELLED), TaskState.CANCELLED, 120.0),
        ((TaskState.WAITING, TaskState.QUEUED), TaskState.QUEUED, 60.0),
        ((TaskState.VERIFYING, TaskState.CANCELLED, TaskState.QUEUED), TaskState.QUEUED, 120.0),
    ],
)
def test_an_iteration_that_its_task_did_not_wait_for_is_wasted_with_its_time(
    way: Sequence[TaskState], state: TaskState, worked_s: float
) -> None:
    before = (TaskState.RUNNING, *way)
    moves = [moved(one, other) for one, other in pairwise(before)]
    facts = journal(
        moved(TaskState.QUEUED, TaskState.CLAIMED),
        moved(TaskState.CLAIMED, TaskState.RUNNING),
        IterationStarted(iteration=1, agent="a"),
        *moves,
    )
    item = replace(item_of(), state=state)

    waste = waste_of(item, used("0.93"), None, [], facts)

    assert (waste.given_up, waste.cost_usd, waste.time_s) == (1, Decimal("0.93"), worked_s)


def test_an_iteration_that_goes_on_or_waits_is_not_given_up() -> None:
    begun = IterationStarted(iteration=1, agent="a")
    asks = moved(TaskState.RUNNING, TaskState.WAITING)
    goes_on = moved(TaskState.WAITING, TaskState.RUNNING)
    ends = IterationFinished(
        iteration=1, verdict="FAIL", decision="again", duration_s=2.5, cost_usd="0.10", tokens=1
    )
    again = moved(TaskState.VERIFYING, TaskState.QUEUED)

    for facts in ((begun,), (begun, asks), (begun, asks, goes_on), (begun, ends, again)):
        waste = waste_of(item_of(), used("0"), None, [], journal(*facts))
        assert (waste.given_up, waste.time_s) == (0, 0.0), facts


def test_all_of_a_failed_task_is_wasted() -> None:
    item = replace(item_of(), state=TaskState.FAILED)

    waste = waste_of(item, used("0.30"), None, points(FAIL, FAIL), [])

    assert (waste.cost_usd, waste.time_s) == (Decimal("0.30"), 5.0)


async def night(clock: FakeClock) -> Report:
    """One task merged, one failed, one that asks, all with a hostile title."""
    store = MemoryStore(clock)
    names = ("done", "lost", "asks", "old")

    def fill(tx: Transaction) -> None:
        tx.add_tasks([task(name, description=HOSTILE) for name in names])
        complete(tx, "done")
        tx.move(TaskId("lost"), Trigger.EXHAUST)
        tx.add_escalation(escalation("esc-1", "asks", clock))
        tx.append_facts(RunStarted(worker="w", parallel=1), WarningRaised(text=HOSTILE))

    await store.write(fill)
    return await store.read(
        lambda reader: read_report(
            reader, "shop", since=begin_of_last_run(reader), until=clock.now()
        )
    )


async def test_what_waits_for_an_answer_comes_with_its_command() -> None:
    told = await night(FakeClock())

    assert told.waits_for_human
    assert [asked.escalation_id for asked in told.questions] == ["esc-1"]
    (asks,) = (each for each in told.tasks if each.item.task_id == "asks")
    assert asks.next_step is not None
    assert asks.next_step.command == "aio-tui escalations show esc-1"
    assert told.warnings == (HOSTILE,)


@pytest.mark.parametrize(
    ("paid", "words"),
    [
        ("0", "$0.30 (a script's words, not paid), "),
        ("0.20", "$0.50 ($0.30 of it a script's words, not paid), "),
    ],
)
async def test_what_only_a_script_used_is_told_apart(paid: str, words: str) -> None:
    clock = FakeClock()
    store = MemoryStore(clock)

    def fill(tx: Transaction) -> None:
        tx.add_tasks([task("T1")])
        for agent, cost in (("scripted", "0.30"), ("anthropic", paid)):
            tx.add_usage(TaskId("T1"), iteration=1, agent=agent, model="m", usage=used(cost))

    await store.write(fill)
    told = await store.read(
        lambda reader: read_report(reader, "shop", since=None, until=clock.now())
    )
    assert any(line.startswith(words) for line in as_lines(told))
    assert as_document(told)["unpaid_usd"] == "0.3"


async def test_text_from_outside_has_no_meaning_in_any_form() -> None:
    told = await night(FakeClock())

    page = as_html(told)
    assert "<script" not in page
    assert html.escape("<script>alert(1)</script>") in page
    assert not re.search(r"https?://", page)
    document = as_markdown(told)
    assert "[x](javascript:y)" not in document
    assert "<script>" not in document.replace("\\<", "")
    for text in (page, document):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert any(HOSTILE in line for line in as_lines(told))  # cleaned where it is printed


@given(
    costs=st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.decimals(0, 100, places=6)), max_size=30
    ),
    begin=st.integers(0, 30),
)
async def test_the_sum_is_the_sum_of_the_tasks_to_the_last_digit(
    costs: list[tuple[str, Decimal]], begin: int
) -> None:
    clock = FakeClock()
    store = MemoryStore(clock)
    await store.write(lambda tx: tx.add_tasks([task(name) for name in "abc"]))
    since = clock.now() + timedelta(seconds=begin)
    for number, (name, cost) in enumerate(costs):
        if number:
            clock.advance(1)
        await store.write(
            lambda tx, name=name, cost=cost: tx.add_usage(  # type: ignore[misc]  # bound at once
                TaskId(name), iteration=1, agent="x", model="m", usage=used(str(cost))
            )
        )

    told = await store.read(
        lambda reader: read_report(reader, "shop", since=since, until=clock.now())
    )

    expected = sum((cost for n, (_, cost) in enumerate(costs) if n >= begin), Decimal(0))
    assert told.usage.cost_usd == expected
    assert sum((each.usage.cost_usd for each in told.tasks), Decimal(0)) == expected
    ever = sum((cost for _, cost in costs), Decimal(0))
    assert expected + told.before_usd + told.left_out.cost_usd == ever
    tasks = as_document(told)["tasks"]
    assert isinstance(tasks, list)
    assert sum((Decimal(each["cost_usd"]) for each in tasks), Decimal(0)) == expected


async def test_what_is_open_since_before_the_period_is_told_with_all_it_cost() -> None:
    store = MemoryStore(clock := FakeClock())
    names = ("merged", "failed", "begun", "new")

    def fill(tx: Transaction) -> None:
        tx.add_tasks([task(name) for name in names])
        for name, cost in (("merged", "1.25"), ("failed", "2.50"), ("begun", "0.50")):
            spent = used(cost)
            tx.add_usage(TaskId(name), iteration=1, agent="x", model="m", usage=spent)
        tx.add_checkpoint(checkpoint("failed", 1, clock, duration_s=90.0))
        tx.add_checkpoint(checkpoint("begun", 1, clock, duration_s=30.0))
        tx.move(TaskId("failed"), Trigger.EXHAUST)
        complete(tx, "merged")
        tx.update_task(TaskId("merged"), merge_state=MergeState.MERGED)

    await store.write(fill)
    clock.advance(60)
    begin = RunStarted(worker="w", parallel=1)
    spent = used("0.25")
    await store.write(lambda tx: tx.append_facts(begin))
    await store.write(
        lambda tx: tx.add_usage(TaskId("begun"), iteration=2, agent="x", model="m", usage=spent)
    )
    since = await store.read(begin_of_last_run)
    told = await store.read(
        lambda reader: read_report(reader, "shop", since=since, until=clock.now())
    )

    assert {each.item.task_id: each.whole_usd for each in told.tasks} == {
        "failed": Decimal("2.50"),
        "begun": Decimal("0.75"),
    }
    assert (told.usage.cost_usd, told.before_usd) == (Decimal("0.25"), Decimal("3.00"))
    text = "\n".join(as_lines(told))
    assert "1 failed; 1 not finished" in text
    assert "$2.50 · 1m30s in 1 iteration, all before this period" in text
    assert "$0.75 · 30s in 1 iteration, of that $0.50 · 30s in 1 iteration before this" in text
    assert "1 task that ended before, for $1.25: aio-tui report --since all" in text
    for form in (text, as_html(told), as_markdown(told)):
        assert "and 1 task not begun: aio-tui task list" in form
    assert "aio-tui report --since all" in as_html(told)
    assert as_document(told)["left_out"] == {"tasks": 1, "cost_usd": "1.25", "not_begun": 1}


async def test_a_branch_is_told_with_the_task_it_came_of() -> None:
    told = await night(FakeClock())
    first, *rest = told.tasks
    branched = replace(first.item, branched_from=TaskId("T0"), branched_at=2)
    branch = replace(first, item=branched)
    told = replace(told, tasks=(branch, *rest))

    assert "begins where iteration 2 of T0 ended" in "\n".join(as_lines(told))
    tasks = as_document(told)["tasks"]
    assert isinstance(tasks, list)
    assert (tasks[0]["branched_from"], tasks[0]["branched_at"]) == ("T0", 2)


async def test_nothing_at_all_is_a_report_too() -> None:
    store = MemoryStore(clock := FakeClock())
    told = await store.read(lambda reader: read_report(reader, "p", since=None, until=clock.now()))

    assert told.usage == Usage()
    assert not told.waits_for_human
    assert "nothing happened" in "\n".join(as_lines(told))


async def test_a_long_chapter_names_the_newest_or_most_urgent_and_counts_all() -> None:
    store = MemoryStore(clock := FakeClock())
    for name in ("c0", "b0", "c1", "b1", "c2", "b2", "c3", "b3", "b4"):
        end = Trigger.CANCEL if name.startswith("c") else Trigger.BLOCK

        def write(tx: Transaction, name: str = name, end: Trigger = end) -> None:
            tx.add_tasks([task(name)])
            drive(tx, name, end)

        await store.write(write)
        clock.advance(60)

    def read(most: int | None) -> Callable[[Reader], Report]:
        return lambda reader: read_report(reader, "shop", since=None, until=clock.now(), most=most)

    whole, told = await store.read(read(None)), await store.read(read(2))

    assert [each.item.task_id for each in told.tasks] == ["b0", "b1", "c2", "c3"]
    assert {each: told.count_of(each) for each in Chapter if told.count_of(each)} == {
        Chapter.BLOCKED: 5,
        Chapter.CANCELLED: 4,
    }
    assert told.unlisted.counts == {Chapter.BLOCKED: 3, Chapter.CANCELLED: 2}
    assert (told.wasted_usd, told.wasted_s) == (whole.wasted_usd, whole.wasted_s)
    assert (told.before_usd, told.usage) == (whole.before_usd, whole.usage)
    for text in ("\n".join(as_lines(told)), as_html(told)):
        assert "Blocked on you (5)" in text
        assert "and 3 tasks more: aio-tui report --since all --every-task" in text
    assert "and 3 tasks more" in as_markdown(told)
    assert as_document(told)["not_listed"] == {"blocked on you": 3, Chapter.CANCELLED.value: 2}
    assert as_document(whole)["not_listed"] == {}


async def test_an_operators_word_counts_however_much_was_told_of_the_task_since() -> None:
    clock = FakeClock()
    store = MemoryStore(clock)
    await store.write(lambda tx: tx.add_tasks([task("T1")]))

    def accept(tx: Transaction) -> None:
        waiting = {"base_commit": "1" * 40, "head_commit": "2" * 40}
        tx.move(TaskId("T1"), Trigger.ACCEPT, changes=waiting)
        tx.move(TaskId("T1"), Trigger.COMPLETE, changes={"merge_state": MergeState.WAITING})

    await store.write(accept)
    clock.advance(60)
    for number in range(20):
        warned = WarningRaised(text=f"warning {number}")
        await store.write(partial(_append, warned))
    since = clock.now()
    for begun in (None, since):
        told = await store.read(partial(_report, since=begun, until=since))
        assert [one.chapter for one in told.tasks] == [Chapter.CLAIMED]


def _append(fact: Fact, tx: Transaction) -> None:
    tx.append_facts(fact, task_id=TaskId("T1"), project="shop")


def _report(reader: Reader, *, since: datetime | None, until: datetime) -> Report:
    return read_report(reader, "shop", since=since, until=until)
