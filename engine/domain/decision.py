"""One line of the audit trail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from engine.domain.action import Severity
from engine.domain.values import dataclass


class DecisionKind(StrEnum):
    """What was decided."""

    ROUTING = "ROUTING"
    APPROACH = "APPROACH"
    GUARDRAIL = "GUARDRAIL"
    """A rule asked or denied by itself."""
    ESCALATION_ANSWER = "ESCALATION_ANSWER"
    GUARDRAIL_OVERRIDE = "GUARDRAIL_OVERRIDE"
    """The operator let something pass that a rule had stopped."""
    VERDICT_OVERRIDE = "VERDICT_OVERRIDE"
    BUDGET_CHANGE = "BUDGET_CHANGE"
    PRIORITY_CHANGE = "PRIORITY_CHANGE"
    RUN_CONTROL = "RUN_CONTROL"
    """Pause, resume, cancel, retry, stop."""
    STEERING = "STEERING"
    MERGE = "MERGE"
    """Work was brought into the base branch, or the operator let it."""
    MERGE_REVERT = "MERGE_REVERT"
    """A merge was undone, or the operator wants it."""
    POISON = "POISON"
    """A task that kept ending its engine was set aside."""
    VERDICT = "VERDICT"
    """Ralph's PASS was taken for the task's end."""
    RETRY = "RETRY"
    """The engine tries again by itself: after a verdict, an outage, a failure of its own."""
    STOP = "STOP"
    """The engine stops a task by itself: no progress, a limit, a failure that lasts."""
    CONTRACT_CHANGE = "CONTRACT_CHANGE"
    """What agents may do changed."""
    SANDBOX = "SANDBOX"
    """How far agents are held by the system, where it is less than they should be."""
    HOOK = "HOOK"
    """A program of the operator's denied something."""
    LOG = "LOG"
    """Something was done to this log: lines of an older form adopted, a torn end healed, files
    archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided what, when, how surely and why."""

    at: datetime
    kind: DecisionKind
    task_id: str | None
    """None: it concerns the whole run."""
    repo: str
    decision: str
    """In words, such as `approve once`."""
    value: str
    """What it was about: the command, the new priority ..."""
    confidence: float
    severity: Severity
    approver: str
    """`engine`, or the operator's name."""
    reason: str
    ref: str = ""
    """Id of the order or escalation behind it; a repeated line after a crash bears the same."""
