"""Budgets are asked before they are spent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.domain.settings import Budgets
from engine.domain.usage import Usage
from engine.domain.work import AgentRole, WorkItem
from engine.ports.agent import AgentFailed, FailureClass
from engine.wiggum.limits import LimitHit, iteration_budget, limit_hit
from engine.wiggum.patience import backoff_s, wait_after
from tests.unit.wiggum.steps import item

BUDGETS = Budgets(
    task_cost_usd=Decimal(5),
    run_cost_usd=Decimal(50),
    task_wall_clock_s=100,
    run_wall_clock_s=1_000,
)


def _hit(task: WorkItem | None = None, *, budgets: Budgets = BUDGETS, **spent: Any) -> str | None:
    usual: dict[str, Any] = {
        "task_usage": Usage(cost_usd=Decimal("4.99")),
        "run_usage": Usage(cost_usd=Decimal("49.99")),
        "task_spent_s": 99.9,
        "run_spent_s": 999.9,
    }
    hit = limit_hit(task or item(), budgets=budgets, **{**usual, **spent})
    return hit.rule if hit else None


def test_task_below_every_limit_may_go_on() -> None:
    assert _hit(item(iteration_count=14)) is None


@pytest.mark.parametrize(
    ("spent", "rule"),
    [
        ({"task_usage": Usage(cost_usd=Decimal(5))}, "task-cost"),
        ({"run_usage": Usage(cost_usd=Decimal(50))}, "run-cost"),
        ({"task_spent_s": 100.0}, "task-time"),
        ({"run_spent_s": 1_000.0}, "run-time"),
        ({"run_spent_s": 1_000.0, "task_spent_s": 100.0}, "run-time"),
    ],
)
def test_limit_is_hit_when_it_is_reached(spent: dict[str, Any], rule: str) -> None:
    assert _hit(**spent) == rule


def test_iterations_are_counted() -> None:
    assert _hit(item(iteration_count=15)) == "task-iterations"


def test_absent_limit_is_never_hit() -> None:
    free = Budgets(
        task_cost_usd=None, run_cost_usd=None, task_wall_clock_s=None, run_wall_clock_s=None
    )
    rich = Usage(cost_usd=Decimal(10**9))
    assert _hit(budgets=free, task_usage=rich, run_usage=rich, task_spent_s=1e9) is None


def test_zero_allows_nothing() -> None:
    broke = Budgets(task_cost_usd=Decimal(0))
    assert _hit(budgets=broke, task_usage=Usage()) == "task-cost"


def test_hit_says_what_was_used_and_whether_the_run_ends() -> None:
    hit = limit_hit(
        item(),
        budgets=BUDGETS,
        task_usage=Usage(),
        run_usage=Usage(cost_usd=Decimal("50.126")),
        task_spent_s=0,
        run_spent_s=0,
    )
    assert hit == LimitHit(
        rule="run-cost", message="the run has cost 50.13 of 50.00 USD", ends_run=True
    )


@pytest.mark.parametrize(
    ("changes", "budget"),
    [
        ({}, 15),
        ({"role": AgentRole.FEATURE_BUILDER}, 50),
        ({"max_iterations": 3}, 3),
        ({"max_iterations": 3, "iterations_granted": 4}, 7),
        ({"iterations_granted": -40}, 0),
    ],
)
def test_iteration_budget_is_the_tasks_own_or_its_roles(
    changes: dict[str, Any], budget: int
) -> None:
    assert iteration_budget(item(**changes), Budgets()) == budget


def test_role_without_a_configured_budget_has_the_default_one() -> None:
    assert iteration_budget(item(), Budgets(iterations_by_role={})) == 15


@pytest.mark.parametrize("attempt", [0, 1, 2, 5, 10, 10_000])
@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_waits_grow_and_stay_below_their_cap(attempt: int, jitter: float) -> None:
    wait_s = backoff_s(attempt, jitter=jitter)
    assert 5.0 <= wait_s <= 300.0
    assert wait_s <= backoff_s(attempt + 1, jitter=jitter)
    assert backoff_s(attempt) <= wait_s <= backoff_s(attempt) * 1.25


def _failed(failure: FailureClass, retry_after_s: float | None = None) -> AgentFailed:
    return AgentFailed(failure=failure, message="503", retry_after_s=retry_after_s)


def test_logical_failure_is_not_tried_again() -> None:
    assert wait_after(_failed(FailureClass.LOGICAL), attempt=1) is None


@pytest.mark.parametrize(
    ("asked_s", "wait_s"), [(None, 10.0), (3.0, 10.0), (42.0, 42.0), (9_999.0, 300.0)]
)
def test_transient_failure_waits_as_asked_within_the_cap(
    asked_s: float | None, wait_s: float
) -> None:
    assert wait_after(_failed(FailureClass.TRANSIENT, asked_s), attempt=2) == wait_s
