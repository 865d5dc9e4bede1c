"""Budgets, asked before they are spent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.domain.run import TASK_ITERATIONS
from engine.domain.settings import DEFAULT_ITERATION_BUDGETS, Budgets
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.work import WorkItem


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHit:
    """A budget that is spent."""

    rule: str
    """`task-iterations`, `task-cost`, `task-tokens`, `task-time`, `run-cost` or `run-time`."""
    message: str
    """One line: what was allowed, what was used."""
    ends_run: bool
    """True: no task may spend any more and the queue stays. False: this task alone has ended."""


def iteration_budget(item: WorkItem, budgets: Budgets) -> int:
    """Iterations the task may use in all: its own limit or its role's, plus what the operator
    granted. Never below 0.
    """
    base = item.max_iterations
    if base is None:
        role = item.role
        base = budgets.iterations_by_role.get(role, DEFAULT_ITERATION_BUDGETS[role])
    return max(0, base + item.iterations_granted)


def money_budget(item: WorkItem, budgets: Budgets) -> Decimal | None:
    """US dollars the task may cost in all: its own limit or everybody's. None: no limit."""
    cents = item.max_cost_cents
    return budgets.task_cost_usd if cents is None else Decimal(cents) / 100


def limit_hit(
    item: WorkItem,
    *,
    budgets: Budgets,
    task_usage: Usage,
    run_usage: Usage,
    task_spent_s: float,
    run_spent_s: float,
) -> LimitHit | None:
    """The first budget that forbids another iteration of `item`; None if it may go on.

    A run's limits come first: they leave the task as it is.
    """
    run = _first(
        _money("run", run_usage, budgets.run_cost_usd),
        _time("run", run_spent_s, budgets.run_wall_clock_s),
    )
    return run or _first(
        _iterations(item, budgets),
        _money("task", task_usage, budgets.task_cost_usd),
        _tokens(item, task_usage),
        _time("task", task_spent_s, budgets.task_wall_clock_s),
    )


def iterations_hit(item: WorkItem, budgets: Budgets) -> LimitHit | None:
    """The task's iterations, if they are used; None: it has some left."""
    return _first(_iterations(item, budgets))


def money_hit(item: WorkItem, used: Usage, budgets: Budgets) -> LimitHit | None:
    """The budget of money or tokens that the task has spent; None: it has some left."""
    return _first(_money("task", used, budgets.task_cost_usd), _tokens(item, used))


def _first(*limits: Iterator[LimitHit]) -> LimitHit | None:
    return next((hit for limit in limits for hit in limit), None)


def _iterations(item: WorkItem, budgets: Budgets) -> Iterator[LimitHit]:
    allowed = iteration_budget(item, budgets)
    if item.iteration_count >= allowed:
        message = f"{item.iteration_count} of {allowed} iterations are used"
        yield LimitHit(rule=TASK_ITERATIONS, message=message, ends_run=False)


def _money(scope: str, usage: Usage, allowed: Decimal | None) -> Iterator[LimitHit]:
    if allowed is not None and usage.cost_usd >= allowed:
        message = f"the {scope} has cost {usage.cost_usd:.2f} of {allowed:.2f} USD"
        yield LimitHit(rule=f"{scope}-cost", message=message, ends_run=scope == "run")


def _tokens(item: WorkItem, usage: Usage) -> Iterator[LimitHit]:
    allowed = item.max_tokens
    if allowed is not None and usage.tokens >= allowed:
        message = f"the task has used {usage.tokens} of {allowed} tokens"
        yield LimitHit(rule="task-tokens", message=message, ends_run=False)


def _time(scope: str, spent_s: float, allowed_s: float | None) -> Iterator[LimitHit]:
    if allowed_s is not None and spent_s >= allowed_s:
        message = f"the {scope} has taken {spent_s:.0f} of {allowed_s:.0f} s"
        yield LimitHit(rule=f"{scope}-time", message=message, ends_run=scope == "run")
