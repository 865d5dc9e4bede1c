"""What becomes of a task after an iteration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from engine.domain.settings import Budgets
from engine.domain.state import Trigger
from engine.domain.values import dataclass
from engine.domain.verdict import VerdictKind
from engine.domain.work import WorkItem
from engine.wiggum.limits import LimitHit, iterations_hit
from engine.wiggum.stall import Step, stall


@dataclass(frozen=True, slots=True, kw_only=True)
class NextMove:
    """The trigger for the state table, and why."""

    trigger: Trigger
    """PASS, AGAIN, BLOCK or EXHAUST."""
    reason: str
    """One line for the checkpoint and the operator."""
    limit: str = ""
    """The rule of the limit that is the reason; empty: none is."""


def next_move(
    item: WorkItem,
    history: Sequence[Step],
    *,
    iteration: int,
    budgets: Budgets,
    stall_after: int,
    limit: LimitHit | None = None,
    agent_blocked: str | None = None,
) -> NextMove:
    """Decide by the verdict of the newest step.

    Args:
        item: the task.
        history: its iterations since the operator last touched it, oldest first, the one that
            just ended included; never empty.
        iteration: number of the iteration that just ended.
        budgets: limits in force.
        stall_after: see `stall`.
        limit: a budget of money or time that is spent by now. A run's limit does not end the
            task: it waits in the queue.
        agent_blocked: why the agent says that only a human can go on. Its word cannot make a
            PASS, but it does stop one that no target test supports.
    """
    step = history[-1]
    match step.verdict.kind:
        case VerdictKind.BLOCKED:
            return _move(Trigger.BLOCK, f"{_first_reason(step)}; {step.verdict.next_step}")
        case VerdictKind.PASS if agent_blocked is None or item.tests:
            return _move(Trigger.PASS, _passed(step))
        case VerdictKind.PASS:
            return _move(Trigger.BLOCK, f"the agent asks for a human: {agent_blocked}")
        case VerdictKind.FAIL:
            return _failed(
                step,
                limit=_spent(item, iteration, budgets, limit),
                agent_blocked=agent_blocked,
                circle=stall(history, stall_after),
            )
        case _:
            assert_never(step.verdict.kind)


def _failed(
    step: Step, *, limit: LimitHit | None, agent_blocked: str | None, circle: str | None
) -> NextMove:
    if agent_blocked is not None:
        return _move(Trigger.BLOCK, f"the agent asks for a human: {agent_blocked}")
    if circle:
        return _move(Trigger.BLOCK, f"stalled: {circle}")
    if limit is not None:
        reason = f"{limit.message}; last verdict: {_first_reason(step)}"
        return NextMove(trigger=Trigger.EXHAUST, reason=reason, limit=limit.rule)
    said = "called complete, but " if step.has_signal else ""
    return _move(Trigger.AGAIN, said + _first_reason(step))


def _spent(
    item: WorkItem, iteration: int, budgets: Budgets, limit: LimitHit | None
) -> LimitHit | None:
    if limit is not None and not limit.ends_run:
        return limit
    return iterations_hit(replace(item, iteration_count=iteration), budgets)


def _passed(step: Step) -> str:
    said = "" if step.has_signal else " (the agent gave no completion signal)"
    return f"proved: {_first_reason(step)}{said}"


def _first_reason(step: Step) -> str:
    return step.verdict.reasons[0].message if step.verdict.reasons else "no reason was given"


def _move(trigger: Trigger, reason: str) -> NextMove:
    return NextMove(trigger=trigger, reason=reason)
