"""Questions to the operator: asked, answered once, and taking effect once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app.engine import Engine
from engine.domain.action import Severity
from engine.domain.decision import DecisionKind
from engine.domain.errors import UnknownEscalationError
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.facts import EscalationRaised
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import (
    AcknowledgeEscalation,
    ApproveEscalation,
    CancelTask,
    DenyEscalation,
    OrderStatus,
)
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from tests.support.engines import (
    WITHIN_S,
    Bench,
    append_outside,
    bash,
    cure,
    make_bench,
    say,
    until,
    until_fact,
    until_state,
)
from tests.support.repos import git
from tests.support.sandboxes import needs_sandbox

pytestmark = pytest.mark.slow

ADD = TaskId("add")
STAYS = RunOptions(stays=True)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """Gets one line each time the asked action happens."""
    return tmp_path / "mark"


@pytest.fixture
def bench(tmp_path: Path, mark: Path) -> Bench:
    return make_bench(tmp_path, {"add": [[append_outside(mark), cure("add"), say()]]})


def times(mark: Path) -> int:
    return len(mark.read_text().splitlines()) if mark.exists() else 0


async def question(engine: Engine) -> EscalationId:
    """The first escalation of the repository, now or when it comes."""
    fact = await until_fact(engine, EscalationRaised)
    assert isinstance(fact, EscalationRaised)
    return EscalationId(fact.escalation_id)


async def output_of(engine: Engine, iteration: int = 1) -> str:
    """What the tools answered to the agent."""
    entries = (await engine.transcript(ADD, iteration)).entries
    return "\n".join(entry.text for entry in entries if entry.kind is EntryKind.OUTPUT)


async def test_an_approved_action_happens_once_and_the_task_goes_on(
    bench: Bench, mark: Path
) -> None:
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        escalation_id = await question(engine)
        assert times(mark) == 0
        record = await engine.give(ApproveEscalation(escalation_id=escalation_id), by="olive")
        item = await until_state(engine, "add", TaskState.COMPLETED)
        answered = await engine.escalation(escalation_id)
        await engine.end_run()
    assert record.status is OrderStatus.APPLIED
    assert times(mark) == 1
    assert item.iteration_count == 1
    assert (answered.state, answered.answered_by) == (EscalationState.APPROVED, "olive")
    assert answered.consumed_at is not None


async def test_the_question_shows_what_why_and_how_bad(bench: Bench, mark: Path) -> None:
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [escalation] = await bench.open_escalations()
    assert escalation.rule == "write-outside"
    assert escalation.severity is Severity.HIGH
    assert str(mark) in escalation.action.target
    assert str(mark) in escalation.why
    assert (escalation.task_id, escalation.iteration) == ("add", 1)


async def test_a_denials_reason_reaches_the_agent_which_goes_on(bench: Bench, mark: Path) -> None:
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        order = DenyEscalation(escalation_id=await question(engine), reason="write it below docs/")
        await engine.give(order, by="olive")
        await until_state(engine, "add", TaskState.COMPLETED)
        heard = await output_of(engine)
        await engine.end_run()
    assert times(mark) == 0
    assert "denied by olive: write it below docs/" in heard


async def test_an_approval_for_the_task_lets_its_rule_pass_for_good(
    bench: Bench, mark: Path
) -> None:
    bench.script(
        {"add": [[append_outside(mark), bash(f"echo more >> {mark}"), cure("add"), say()]]}
    )
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        order = ApproveEscalation(escalation_id=await question(engine), scope=ApprovalScope.TASK)
        await engine.give(order, by="olive")
        await until_state(engine, "add", TaskState.COMPLETED)
        asked = await engine.escalations(states=frozenset())
        await engine.end_run()
    assert times(mark) == 2
    assert len(asked) == 1


async def test_what_nobody_can_take_back_is_asked_about_each_time(bench: Bench) -> None:
    commands = [f"rm {bench.repo.parent}/{name}" for name in ("no-such-file", "nor-this")]
    bench.script({"add": [[*map(bash, commands), cure("add"), say()]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        first = await question(engine)
        for_task = ApproveEscalation(escalation_id=first, scope=ApprovalScope.TASK)
        refused = await engine.give(for_task, by="olive")
        assert refused.status is OrderStatus.REFUSED
        assert "rule delete-outside stops is asked about each time" in refused.outcome
        await engine.give(ApproveEscalation(escalation_id=first), by="olive")

        async def asks_again() -> bool:
            return len(await engine.escalations(states=frozenset())) == 2

        await until(asks_again)
        [second] = await engine.escalations(states=frozenset({EscalationState.OPEN}))
        assert (second.rule, second.action.target) == ("delete-outside", commands[1])
        await engine.end_run()


async def test_an_approval_for_one_task_is_none_for_another(bench: Bench, mark: Path) -> None:
    bench.script({name: [[append_outside(mark), cure(name), say()]] for name in ("add", "scale")})
    await bench.add("add", "scale")
    async with bench.engine() as engine:
        engine.start(STAYS)
        for name in ("add", "scale"):
            await until_state(engine, name, TaskState.WAITING)
        first = next(e for e in await bench.open_escalations() if e.task_id == "add")
        order = ApproveEscalation(escalation_id=first.escalation_id, scope=ApprovalScope.TASK)
        await engine.give(order, by="olive")
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()
    assert await bench.states() == {"add": TaskState.COMPLETED, "scale": TaskState.WAITING}
    assert times(mark) == 1


async def test_the_second_answer_is_refused_with_who_gave_the_first(bench: Bench) -> None:
    await bench.add("add")
    await bench.run()
    [escalation] = await bench.open_escalations()
    escalation_id = escalation.escalation_id
    async with bench.engine(takes_work=False) as engine:
        await engine.give(DenyEscalation(escalation_id=escalation_id, reason="no"), by="olive")
        second = await engine.give(ApproveEscalation(escalation_id=escalation_id), by="oscar")
        after = await engine.escalation(escalation_id)
    assert second.status is OrderStatus.REFUSED
    assert "denied by olive" in second.outcome
    assert (after.state, after.answered_by) == (EscalationState.DENIED, "olive")


async def test_of_two_guests_that_answer_at_once_exactly_one_wins(bench: Bench) -> None:
    await bench.add("add")
    await bench.run()
    [escalation] = await bench.open_escalations()
    order = ApproveEscalation(escalation_id=escalation.escalation_id)
    async with bench.engine(takes_work=False) as one, bench.engine(takes_work=False) as other:
        records = await asyncio.gather(one.give(order, by="olive"), other.give(order, by="oscar"))
        after = await one.escalation(escalation.escalation_id)
    statuses = [record.status for record in records]
    assert sorted(statuses) == [OrderStatus.APPLIED, OrderStatus.REFUSED]
    winner = ("olive", "oscar")[statuses.index(OrderStatus.APPLIED)]
    assert after.answered_by == winner


async def test_an_answer_without_an_engine_is_used_once_by_the_next_run(
    bench: Bench, mark: Path
) -> None:
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [escalation] = await bench.open_escalations()
    async with bench.engine(takes_work=False) as guest:
        order = ApproveEscalation(escalation_id=escalation.escalation_id)
        await guest.give(order, by="olive")
    assert (await bench.item("add")).state is TaskState.QUEUED
    assert times(mark) == 0

    assert await bench.run() is RunEnd.DRAINED
    assert times(mark) == 1
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_the_same_action_again_after_a_used_approval_is_a_new_question(
    bench: Bench, mark: Path
) -> None:
    bench.script({"add": [[append_outside(mark), append_outside(mark), cure("add"), say()]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        first = await question(engine)
        await engine.give(ApproveEscalation(escalation_id=first), by="olive")
        second = await _another_question(engine, first)
        assert times(mark) == 1
        await engine.give(ApproveEscalation(escalation_id=second.escalation_id), by="olive")
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()
    assert times(mark) == 2


async def _another_question(engine: Engine, first: EscalationId) -> Escalation:
    async with asyncio.timeout(WITHIN_S):
        while True:
            seq = await engine.last_seq()
            for one in await engine.escalations(states=frozenset({EscalationState.OPEN})):
                if one.escalation_id != first:
                    return one
            await engine.wait_for_facts(seq)


async def test_a_denied_action_is_not_asked_about_twice(bench: Bench, mark: Path) -> None:
    bench.script({"add": [[append_outside(mark)], [append_outside(mark), cure("add"), say()]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        order = DenyEscalation(escalation_id=await question(engine), reason="never")
        await engine.give(order, by="olive")
        await until_state(engine, "add", TaskState.COMPLETED)
        heard = await output_of(engine, 2)
        asked = await engine.escalations(states=frozenset())
        await engine.end_run()
    assert len(asked) == 1
    assert "denied by olive: never" in heard
    assert times(mark) == 0


async def test_a_run_of_which_only_questions_are_left_ends_and_says_so(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine() as engine:
        end = await engine.run(RunOptions())
        summary = await engine.summary(end)
    assert end is RunEnd.WAITING
    assert summary.waits_for_human
    item = await bench.item("add")
    assert (item.state, item.orchestrator_id) == (TaskState.WAITING, None)


async def test_a_later_run_over_a_parked_question_says_that_it_waits(bench: Bench) -> None:
    await bench.add("add")
    await bench.run()
    assert await bench.run() is RunEnd.WAITING
    assert len(await bench.open_escalations()) == 1


async def test_an_action_that_cannot_be_understood_is_asked_about(bench: Bench) -> None:
    bench.configure(more='[sandbox]\nmode = "off"\n')
    bench.script({"add": [[bash("if then ((( ]]"), cure("add"), say()]]})
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [escalation] = await bench.open_escalations()
    assert escalation.rule == "not-understood"


@needs_sandbox
async def test_what_cannot_be_understood_runs_held_without_a_question(
    bench: Bench, tmp_path: Path
) -> None:
    mark = tmp_path / "elsewhere"
    unclear = f"X=$(tr -d x <<< toxuch); $X sums/made.txt {mark}"
    bench.script({"add": [[bash(unclear), cure("add"), say()]]})
    await bench.add("add")
    assert await bench.run() is RunEnd.DRAINED
    assert not mark.exists()
    assert "sums/made.txt" in git(bench.repo, "show", "--name-only", "fix/add")


async def test_a_forbidden_action_is_refused_without_a_question(bench: Bench) -> None:
    bench.script({"add": [[bash("shutdown -h now"), cure("add"), say()]]})
    await bench.add("add")
    assert await bench.run() is RunEnd.DRAINED
    assert await bench.open_escalations() == []
    async with bench.engine(takes_work=False) as engine:
        decisions, damage = await engine.decisions(ADD)
        heard = await output_of(engine)
    assert damage == []
    assert [(d.kind, d.decision) for d in decisions] == [
        (DecisionKind.ROUTING, "route"),
        (DecisionKind.GUARDRAIL, "deny"),
        (DecisionKind.VERDICT, "pass"),
    ]
    assert "shutdown" in heard


async def test_question_and_answer_stand_in_the_audit_trail(bench: Bench) -> None:
    await bench.add("add")
    await bench.run()
    [escalation] = await bench.open_escalations()
    async with bench.engine(takes_work=False) as engine:
        order = ApproveEscalation(escalation_id=escalation.escalation_id, reason="it is a copy")
        record = await engine.give(order, by="olive")
        decisions, _ = await engine.decisions(ADD)
        assert await engine.audit_problems() == []
    assert [(d.kind, d.decision, d.approver, d.ref) for d in decisions] == [
        (DecisionKind.ROUTING, "route", "engine", "add/1"),
        (DecisionKind.GUARDRAIL, "ask", "engine", escalation.escalation_id),
        (DecisionKind.GUARDRAIL_OVERRIDE, "approve once", "olive", record.order_id),
    ]
    assert decisions[2].reason == "it is a copy"


async def test_a_waiting_task_that_is_cancelled_withdraws_its_question(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        escalation_id = await question(engine)
        await until_state(engine, "add", TaskState.WAITING)
        await engine.give(CancelTask(task_id=ADD), by="olive")
        withdrawn = await engine.escalation(escalation_id)
        late = await engine.give(ApproveEscalation(escalation_id=escalation_id), by="olive")
        await engine.end_run()
    assert withdrawn.state is EscalationState.WITHDRAWN
    assert late.status is OrderStatus.REFUSED
    assert (await bench.item("add")).state is TaskState.CANCELLED


async def test_an_unknown_question_cannot_be_answered(bench: Bench) -> None:
    async with bench.engine(takes_work=False) as engine:
        order = ApproveEscalation(escalation_id=EscalationId("esc-none"))
        record = await engine.give(order, by="olive")
        with pytest.raises(UnknownEscalationError):
            await engine.escalation(EscalationId("esc-none"))
    assert record.status is OrderStatus.REFUSED
    assert "esc-none" in record.outcome


async def test_an_edited_command_runs_instead_and_the_agent_is_told(
    bench: Bench, mark: Path
) -> None:
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        edited = f"echo instead >> {mark}.other"
        order = ApproveEscalation(escalation_id=await question(engine), edited=edited)
        assert (await engine.give(order, by="olive")).status is OrderStatus.APPLIED
        await until_state(engine, "add", TaskState.COMPLETED)
        heard = await output_of(engine)
        await engine.end_run()
    assert times(mark) == 0
    assert times(mark.with_name("mark.other")) == 1
    assert f"The operator changed your command. What ran: {edited}" in heard


async def test_an_edit_that_a_rule_denies_is_refused_and_the_question_stays(
    bench: Bench, mark: Path
) -> None:
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [asked] = await bench.open_escalations()
    async with bench.engine(takes_work=False) as engine:
        order = ApproveEscalation(escalation_id=asked.escalation_id, edited="rm -rf /")
        record = await engine.give(order, by="olive")
        now = await engine.escalation(asked.escalation_id)
    assert record.status is OrderStatus.REFUSED
    assert "delete-everything" in record.outcome
    assert now.state is EscalationState.OPEN


async def test_always_saves_the_rule_that_was_shown_and_no_other(bench: Bench, mark: Path) -> None:
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [asked] = await bench.open_escalations()
    async with bench.engine(takes_work=False) as engine:
        rule = await engine.always_rule(asked.escalation_id)
        always = ApproveEscalation(
            escalation_id=asked.escalation_id, scope=ApprovalScope.ALWAYS, shown_rule="allow:"
        )
        unseen = await engine.give(always, by="olive")
        seen = await engine.give(replace(always, shown_rule=rule), by="olive")
    saved = list((bench.brain / "contracts").glob("*.approved.yaml"))
    assert (unseen.status, seen.status) == (OrderStatus.REFUSED, OrderStatus.APPLIED)
    assert all(line.strip() in saved[0].read_text() for line in rule.splitlines())


async def test_what_is_approved_for_ever_happens_though_whoever_asked_has_gone(
    bench: Bench, mark: Path
) -> None:
    """By the rule alone it would run in the sandbox, where what it writes outside is lost."""
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [asked] = await bench.open_escalations()
    async with bench.engine(takes_work=False) as engine:
        rule = await engine.always_rule(asked.escalation_id)
        always = ApproveEscalation(
            escalation_id=asked.escalation_id, scope=ApprovalScope.ALWAYS, shown_rule=rule
        )
        assert (await engine.give(always, by="olive")).status is OrderStatus.APPLIED
    assert await bench.run() is RunEnd.DRAINED
    assert times(mark) == 1
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_denial_can_pause_the_task(bench: Bench, mark: Path) -> None:
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [asked] = await bench.open_escalations()
    async with bench.engine(takes_work=False) as engine:
        order = DenyEscalation(escalation_id=asked.escalation_id, reason="no", pauses=True)
        await engine.give(order, by="olive")
        view = await engine.task_view(ADD)
    assert view.item.state is TaskState.PAUSED


async def test_the_first_who_has_seen_it_is_remembered(bench: Bench, mark: Path) -> None:
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [asked] = await bench.open_escalations()
    async with bench.engine(takes_work=False) as engine:
        for name in ("olive", "pat"):
            await engine.give(AcknowledgeEscalation(escalation_id=asked.escalation_id), by=name)
        now = await engine.escalation(asked.escalation_id)
    assert (now.state, now.acknowledged_by) == (EscalationState.OPEN, "olive")
    assert now.risk.startswith("high")
    assert any(line.startswith("writes") for line in now.foreseen)
