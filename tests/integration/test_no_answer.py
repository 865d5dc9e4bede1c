"""Questions that nobody answers: waited for, denied by rule, or parked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.app.patience import RULE
from engine.domain.decision import DecisionKind
from engine.domain.escalation import EscalationState
from engine.domain.facts import EscalationRaised
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import ApproveEscalation
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from tests.support.engines import (
    Bench,
    append_outside,
    cure,
    make_bench,
    say,
    until,
    until_fact,
    until_state,
)

pytestmark = pytest.mark.slow
ADD = TaskId("add")
WAITS = RunOptions(waits=True)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "mark"


def times(mark: Path) -> int:
    """How often the asked action happened."""
    return len(mark.read_text().splitlines()) if mark.exists() else 0


@pytest.fixture
def bench(tmp_path: Path, mark: Path) -> Bench:
    steps = [append_outside(mark), cure("add"), say()]
    return make_bench(tmp_path, {"add": [steps, steps]})


async def test_a_run_that_waits_goes_on_with_the_answer(bench: Bench, mark: Path) -> None:
    await bench.add("add")
    async with bench.engine() as engine, asyncio.TaskGroup() as group:
        run = group.create_task(engine.run(WAITS))
        fact = await until_fact(engine, EscalationRaised)
        assert isinstance(fact, EscalationRaised)
        order = ApproveEscalation(escalation_id=EscalationId(fact.escalation_id))
        await engine.give(order, by="kim")
        assert await run is RunEnd.DRAINED
    assert await bench.states() == {"add": TaskState.COMPLETED}
    assert times(mark) == 1


async def test_what_nobody_answers_is_denied_by_rule_and_the_task_goes_on(
    bench: Bench, mark: Path
) -> None:
    bench.configure(more='[escalations]\nno_answer = "deny"\nafter_s = 0.3')
    await bench.add("add")
    assert await bench.run(WAITS) is RunEnd.DRAINED
    assert await bench.states() == {"add": TaskState.COMPLETED}
    assert times(mark) == 0
    async with bench.engine(takes_work=False) as engine:
        [asked] = await engine.escalations(states=frozenset())
        made, _ = await engine.decisions(ADD)
    assert (asked.state, asked.answered_by) == (EscalationState.DENIED, RULE)
    assert "nobody answered within 0.3 s" in asked.reason
    [line] = [each for each in made if each.approver == RULE]
    assert (line.kind, line.decision) == (DecisionKind.ESCALATION_ANSWER, "deny")


async def test_a_run_that_does_not_wait_leaves_the_question_to_the_rule_of_the_next(
    bench: Bench, mark: Path
) -> None:
    bench.configure(more='[escalations]\nno_answer = "deny"\nafter_s = 60')
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    bench.configure(more='[escalations]\nno_answer = "deny"\nafter_s = 0.001')
    assert await bench.run() is RunEnd.DRAINED
    assert await bench.states() == {"add": TaskState.COMPLETED}
    assert times(mark) == 0


async def test_a_severity_may_have_its_own_rule(bench: Bench) -> None:
    bench.configure(more='[escalations]\nno_answer = "deny"\nhigh = "wait"\nafter_s = 0.001')
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    [asked] = await bench.open_escalations()
    assert asked.severity.value == "high"


async def test_a_parked_task_lets_its_agent_go_and_begins_anew_when_answered(
    bench: Bench, mark: Path
) -> None:
    bench.configure(more='[escalations]\nno_answer = "park"\nafter_s = 0.3')
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))

        async def is_parked() -> bool:
            item = (await engine.task_view(ADD)).item
            return item.state is TaskState.WAITING and item.orchestrator_id is None

        await until(is_parked)
        [asked] = await bench.open_escalations()
        made, _ = await engine.decisions(ADD)
        assert [line.approver for line in made if line.decision == "park"] == [RULE]
        await engine.give(ApproveEscalation(escalation_id=asked.escalation_id), by="kim")
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()
    assert times(mark) == 1
