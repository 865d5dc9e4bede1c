"""What the engine decides by itself stands in the decision log, before it takes effect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.decision import Decision, DecisionKind
from engine.domain.escalation import ApprovalScope
from engine.domain.facts import EscalationRaised
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import ApproveEscalation
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from tests.support.engines import (
    Bench,
    append_outside,
    bash,
    cure,
    make_bench,
    say,
    until_fact,
    until_state,
)

pytestmark = pytest.mark.slow


async def decided(bench: Bench, holds: Callable[[Decision], bool]) -> list[Decision]:
    async with bench.engine(takes_work=False) as engine:
        decisions, warnings = await engine.decisions(None)
        assert (warnings, await engine.audit_problems()) == ([], [])
    return [one for one in decisions if holds(one)]


async def test_each_use_of_an_earlier_answer_is_told(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    more = bash(f"echo more >> {mark}")
    bench = make_bench(tmp_path, {"add": [[append_outside(mark), more, cure("add"), say()]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        fact = await until_fact(engine, EscalationRaised)
        assert isinstance(fact, EscalationRaised)
        asked = EscalationId(fact.escalation_id)
        order = ApproveEscalation(escalation_id=asked, scope=ApprovalScope.TASK)
        await engine.give(order, by="olive")
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()

    [used] = await decided(bench, lambda one: one.decision == "allow by an earlier answer")

    assert (used.kind, used.approver, used.ref) == (DecisionKind.GUARDRAIL, "engine", asked)
    assert used.value.endswith(f"echo more >> {mark}")
    assert used.reason.startswith("write-outside: olive approved it for the task")


async def test_what_a_contract_lets_pass_is_told_and_what_needs_no_leave_is_not(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "mark"
    look = bash("ls -l sums")
    bench = make_bench(tmp_path, {"add": [[look, append_outside(mark), cure("add"), say()]]})
    bench.configure(more='[sandbox]\nmode = "off"\n')
    folder = bench.brain / "contracts"
    folder.mkdir()
    (folder / "BugFix.yaml").write_text("role: BugFix\nallow: ['rule:write-outside']\n")
    await bench.add("add")
    await bench.run()
    assert mark.read_text() == "once\n"

    told = await decided(bench, lambda one: one.kind is DecisionKind.GUARDRAIL)

    assert [(one.decision, one.task_id) for one in told] == [("allow by contract", "add")]
    assert str(mark) in told[0].value
    assert told[0].reason.startswith("write-outside: ")


async def test_a_run_without_money_says_that_it_ends_and_what_it_puts_back(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.configure(more="[budgets]\nrun_wall_clock_s = 0.000001\n")
    await bench.add("add")
    assert await bench.run() is RunEnd.BUDGET

    ended, postponed = await decided(bench, lambda one: one.decision in ("end the run", "postpone"))

    assert (ended.kind, ended.task_id, ended.value) == (DecisionKind.STOP, None, "add")
    assert (postponed.kind, postponed.task_id) == (DecisionKind.RETRY, TaskId("add"))
    assert ended.reason == postponed.reason != ""


async def test_contracts_edited_between_runs_are_told_as_the_next_one_begins(
    tmp_path: Path,
) -> None:
    bench = make_bench(tmp_path)
    folder = bench.brain / "contracts"
    await bench.run()
    await bench.run()
    folder.mkdir()
    (folder / "BugFix.yaml").write_text("role: BugFix\nautonomy: L1\n")
    await bench.run()
    await bench.run()

    told = await decided(bench, lambda one: one.kind is DecisionKind.CONTRACT_CHANGE)

    assert [one.decision for one in told] == ["contracts in force", "contracts changed"]
    assert told[0].value == "unknown -> built-in"
    assert told[1].value.startswith("built-in -> sha256 ")


async def test_a_run_that_is_held_by_no_sandbox_says_so(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.configure(more='[sandbox]\nmode = "off"\n')
    await bench.run()

    [told] = await decided(bench, lambda one: one.kind is DecisionKind.SANDBOX)

    assert told.severity == "high"
    assert told.value.startswith("NO SANDBOX")
