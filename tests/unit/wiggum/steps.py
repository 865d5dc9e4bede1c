"""Iterations and tasks as the rules see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.verdict import CheckOutcome, CheckResult, Reason, Verdict, VerdictKind
from engine.domain.work import AgentRole, TaskType, Team, WorkItem
from engine.wiggum.stall import Step

_AT = datetime(2026, 1, 5, tzinfo=UTC)
_ITEM = WorkItem(
    task_id=TaskId("t1"),
    project="demo",
    description="mend it",
    type=TaskType.BUGFIX,
    role=AgentRole.BUG_FIX,
    team=Team.QA,
    branch="fix/t1",
    priority=5,
    state=TaskState.VERIFYING,
    created_at=_AT,
    updated_at=_AT,
)


def item(**changes: Any) -> WorkItem:
    """A bug fix task."""
    return replace(_ITEM, **changes)


def step(
    *failures: str,
    diff: str = "d",
    kind: VerdictKind = VerdictKind.FAIL,
    tail: str = "",
    is_changed: bool = True,
    has_signal: bool = True,
) -> Step:
    """An iteration that left these failures."""
    check = CheckResult(
        name="pytest",
        command=("pytest",),
        outcome=CheckOutcome.FINDINGS if failures else CheckOutcome.CLEAN,
        exit_code=1,
        duration_s=1.0,
        tests_executed=5,
        failures=failures,
        tail=tail,
    )
    return Step(
        verdict=Verdict(
            kind=kind,
            reasons=(Reason(rule="rule", message=f"failing: {', '.join(failures)}"),),
            checks=(check,),
            tree_hash="t",
            base_commit="c",
            changed_files=("m.py",) if is_changed else (),
            next_step="ask" if kind is VerdictKind.BLOCKED else "",
        ),
        diff_sha256=diff,
        has_signal=has_signal,
    )
