"""A question to the operator that came of a guardrail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain.action import Action, Severity
from engine.domain.ids import EscalationId, TaskId


class EscalationState(StrEnum):
    """Where the question stands."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    """Its task ended before anybody answered."""


class ApprovalScope(StrEnum):
    """How far an approval reaches."""

    ONCE = "once"
    """This action, one time."""
    TASK = "task"
    """Every action of this task that the same rule stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The question with its evidence, and its answer once there is one."""

    escalation_id: EscalationId
    task_id: TaskId
    project: str
    iteration: int
    action: Action
    rule: str
    why: str
    effect: str
    severity: Severity
    state: EscalationState
    raised_at: datetime
    answered_at: datetime | None = None
    answered_by: str = ""
    scope: ApprovalScope | None = None
    reason: str = ""
    """What the operator said; reaches the agent after a denial."""
    consumed_at: datetime | None = None
    """When the answer took effect. An approval ONCE takes effect once and never again."""
