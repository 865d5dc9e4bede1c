"""A question to the operator that came of a guardrail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from engine.domain.action import Action, Severity
from engine.domain.ids import EscalationId, TaskId
from engine.domain.values import dataclass


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
    ALWAYS = "always"
    """As TASK, and from now on by a rule in the contract."""


EACH_TIME = frozenset(
    {
        "git-push", "publish", "read-secret", "delete-outside", "disk", "privilege", "persistence",
        "contract-unreadable",
    }
)  # fmt: skip
"""Rules that stop what nobody can take back, or what lies beyond the engine's sight: an approval
counts for one action, never for all of a task.
"""


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
    wanted: str = ""
    """What the agent said last before it asked."""
    risk: str = ""
    """What may go wrong, in words."""
    diff: str = ""
    """For an edit: the file as it is against the file as it would be."""
    foreseen: tuple[str, ...] = ()
    """What would be read, written, deleted, run or contacted, each with its verb first."""
    edited: str = ""
    """The command that the operator approved in the place of the asked one."""
    acknowledged_at: datetime | None = None
    """When somebody said that they have seen it; no reminder after that."""
    acknowledged_by: str = ""
    told_at: datetime | None = None
    """When notifications last named it."""
    times_told: int = 0

    @property
    def is_asked_each_time(self) -> bool:
        """Whether an approval can let this action alone pass, and nothing that follows."""
        return self.rule in EACH_TIME


def waited_s(questions: Iterable[Escalation], iteration: int, *, at_most: float) -> float:
    """How long an iteration that took `at_most` seconds waited for its operator's answers."""
    waits = (
        (asked.answered_at - asked.raised_at).total_seconds()
        for asked in questions
        if asked.iteration == iteration and asked.answered_at is not None
    )
    return min(sum(waits), at_most)
