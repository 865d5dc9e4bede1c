"""What becomes of a task after an iteration."""

from __future__ import annotations

import pytest

from engine.domain.settings import Budgets
from engine.domain.state import TRANSITIONS, TaskState, Trigger
from engine.domain.verdict import VerdictKind
from engine.wiggum.decide import NextMove, next_move
from engine.wiggum.limits import LimitHit
from engine.wiggum.stall import Step
from tests.unit.wiggum.steps import item, step

PASS, BLOCKED = VerdictKind.PASS, VerdictKind.BLOCKED


def _move(
    *history: Step,
    iteration: int = 1,
    limit: LimitHit | None = None,
    agent_blocked: str | None = None,
    targets: tuple[str, ...] = (),
) -> NextMove:
    return next_move(
        item(tests=targets, max_iterations=5),
        history,
        iteration=iteration,
        budgets=Budgets(),
        stall_after=3,
        limit=limit,
        agent_blocked=agent_blocked,
    )


def test_proved_work_passes() -> None:
    assert _move(step(kind=PASS)).trigger is Trigger.PASS


def test_proof_counts_without_a_signal_and_says_so() -> None:
    move = _move(step(kind=PASS, has_signal=False))
    assert move.trigger is Trigger.PASS
    assert move.reason.endswith("(the agent gave no completion signal)")


def test_proof_in_the_last_iteration_passes_although_the_money_is_spent() -> None:
    limit = LimitHit(rule="task-cost", message="spent", ends_run=False)
    assert _move(step(kind=PASS), iteration=5, limit=limit).trigger is Trigger.PASS


def test_failed_work_goes_again_with_its_reason() -> None:
    move = _move(step("a", has_signal=False))
    assert move == NextMove(trigger=Trigger.AGAIN, reason="failing: a")


def test_signal_on_failed_work_is_told() -> None:
    assert _move(step("a")).reason == "called complete, but failing: a"


def test_blocked_verdict_blocks_with_its_cause_first_and_then_the_next_step() -> None:
    move = _move(step("a", kind=BLOCKED))
    assert move == NextMove(trigger=Trigger.BLOCK, reason="failing: a; ask")


def test_stalled_work_blocks() -> None:
    move = _move(step("a"), step("a"), step("a"), iteration=3)
    assert move.trigger is Trigger.BLOCK
    assert move.reason == "stalled: the change was the same after 3 iterations"


def test_failed_work_at_the_end_of_its_budget_is_exhausted() -> None:
    move = _move(step("a"), iteration=5)
    assert move.trigger is Trigger.EXHAUST
    assert move.reason == "5 of 5 iterations are used; last verdict: failing: a"
    assert move.limit == "task-iterations"


def test_spent_budget_of_the_task_exhausts_it() -> None:
    limit = LimitHit(rule="task-cost", message="the task has cost 5.00 of 5.00 USD", ends_run=False)
    move = _move(step("a"), limit=limit)
    assert move.trigger is Trigger.EXHAUST
    assert move.reason.startswith("the task has cost 5.00 of 5.00 USD")
    assert move.limit == "task-cost"


def test_spent_budget_of_the_run_leaves_the_task_in_the_queue() -> None:
    limit = LimitHit(rule="run-cost", message="the run has cost too much", ends_run=True)
    assert _move(step("a"), limit=limit).trigger is Trigger.AGAIN


def test_agent_that_asks_for_a_human_gets_one() -> None:
    move = _move(step("a"), agent_blocked="no access to the database")
    assert move.trigger is Trigger.BLOCK
    assert move.reason == "the agent asks for a human: no access to the database"


@pytest.mark.parametrize(("targets", "trigger"), [((), Trigger.BLOCK), (("t.py",), Trigger.PASS)])
def test_blocked_agent_stops_a_pass_that_no_target_supports(
    targets: tuple[str, ...], trigger: Trigger
) -> None:
    assert _move(step(kind=PASS), agent_blocked="unsure", targets=targets).trigger is trigger


@pytest.mark.parametrize("kind", VerdictKind)
def test_every_move_is_in_the_state_table(kind: VerdictKind) -> None:
    move = _move(step("a", kind=kind))
    assert (TaskState.VERIFYING, move.trigger) in TRANSITIONS
