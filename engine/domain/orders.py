"""What an operator can tell the engine. Imperative; each is applied exactly once or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from engine.domain.escalation import ApprovalScope
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.steps import NextStep, Way, by_command, with_next
from engine.domain.values import dataclass
from engine.domain.verdict import VerdictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveEscalation:
    """Let the action happen."""

    kind: ClassVar[str] = "approve_escalation"
    escalation_id: EscalationId
    scope: ApprovalScope = ApprovalScope.ONCE
    reason: str = ""
    edited: str = ""
    """The command to run in the place of the asked one; empty: as asked. Only with ONCE."""
    shown_rule: str = ""
    """With ALWAYS: the contract rule as the operator saw it; another one is not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DenyEscalation:
    """Refuse the action; the reason reaches the agent."""

    kind: ClassVar[str] = "deny_escalation"
    escalation_id: EscalationId
    reason: str
    pauses: bool = False
    """Whether the task is held at its next safe point as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeEscalation:
    """Stop the reminders: somebody has seen it."""

    kind: ClassVar[str] = "acknowledge_escalation"
    escalation_id: EscalationId


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTask:
    """Hold the task at its next safe point."""

    kind: ClassVar[str] = "pause_task"
    task_id: TaskId
    at_once: bool = False
    """Its running iteration is given up and begun anew later, from the last checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTask:
    """Let a paused task go on."""

    kind: ClassVar[str] = "resume_task"
    task_id: TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTask:
    """End the task, at once if it runs; its branch stays."""

    kind: ClassVar[str] = "cancel_task"
    task_id: TaskId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryTask:
    """Put a blocked, failed or cancelled task back into the queue with a fresh budget."""

    kind: ClassVar[str] = "retry_task"
    task_id: TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    """Change how urgent the task is, from 0 (most) to 9."""

    kind: ClassVar[str] = "set_priority"
    task_id: TaskId
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPriority:
    """Make the task more urgent (negative) or less, from whatever its priority is by then; at most
    to 0 or to 9.
    """

    kind: ClassVar[str] = "shift_priority"
    task_id: TaskId
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerTask:
    """A note that the agent reads at the start of its next iteration."""

    kind: ClassVar[str] = "steer_task"
    task_id: TaskId
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTask:
    """A message that the agent at work reads with the result of its next step; if it takes none,
    its next iteration reads it as a note.
    """

    kind: ClassVar[str] = "message_task"
    task_id: TaskId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMoney:
    """What the task may cost in all, from now on."""

    kind: ClassVar[str] = "set_money"
    task_id: TaskId
    max_cost_cents: int | None
    """In hundredths of US dollars; None: as configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTokens:
    """How many tokens the task may use in all, from now on."""

    kind: ClassVar[str] = "set_tokens"
    task_id: TaskId
    max_tokens: int | None
    """None: no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgent:
    """Who works on the task from its next iteration on. None: as configured."""

    kind: ClassVar[str] = "set_agent"
    task_id: TaskId
    backend: str | None
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantIterations:
    """Raise (or, negative, cut) the task's iteration budget."""

    kind: ClassVar[str] = "grant_iterations"
    task_id: TaskId
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeTask:
    """Let the operator work in its worktree, as soon as its worker has let go of it; a running
    iteration is given up, and what it wrote is kept.
    """

    kind: ClassVar[str] = "take_task"
    task_id: TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBackTask:
    """Let agents go on with what the operator did by hand."""

    kind: ClassVar[str] = "hand_back_task"
    task_id: TaskId
    base_commit: str
    commit: str
    """Holds all that he did, on the task's branch."""
    changed: tuple[str, ...] = ()
    """Paths that he changed, sorted; of many the first."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchTask:
    """Make a new task that begins where an iteration of this one ended: at its commit, with its
    memory, under other instructions or by somebody else. This one stays as it is.
    """

    kind: ClassVar[str] = "branch_task"
    task_id: TaskId
    iteration: int
    """A recorded one, from 1."""
    new_id: str = ""
    """Empty: the first free one that says where it comes from, such as `fix-gcd-at2`."""
    say: str = ""
    """What is to be done otherwise; empty: the same once more."""
    backend: str | None = None
    """None: as configured."""
    model: str | None = None
    """None: as configured."""
    max_iterations: int | None = None
    """Of its own, from 1; None: as many as the task it comes of may use. Likewise the others."""
    max_cost_cents: int | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideVerdict:
    """Put the operator's verdict in the place of the engine's, with a reason."""

    kind: ClassVar[str] = "override_verdict"
    task_id: TaskId
    verdict: VerdictKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTask:
    """Let the merge queue bring verified work into the base branch."""

    kind: ClassVar[str] = "merge_task"
    task_id: TaskId
    after_s: float = 0.0
    """So long nothing is begun, and it can be taken back."""
    together: str = ""
    """Equal for orders that were given in one go: they are taken back in one go. Empty: alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertMerge:
    """Undo a merge with a commit on the base branch; the task is blocked with the reason."""

    kind: ClassVar[str] = "revert_merge"
    task_id: TaskId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardWork:
    """Throw away what a task that has ended has on its branch, and end the task. The commits are
    kept below `refs/aio-tui/discarded`; tried again, the task begins anew from the base branch.
    """

    kind: ClassVar[str] = "discard_work"
    task_id: TaskId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRun:
    """Start no further iteration; running ones end at their next safe point."""

    kind: ClassVar[str] = "pause_run"
    at_once: bool = False
    """Running iterations are given up and begun anew later, from their last checkpoints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRun:
    """Start iterations again, also after an emergency stop."""

    kind: ClassVar[str] = "resume_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRun:
    """End the run at the next safe point of each task; the queue stays."""

    kind: ClassVar[str] = "stop_run"
    at_once: bool = False
    """Running iterations are given up and begun anew in the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltRun:
    """Emergency stop: end all programs of agents, take no task and merge nothing, in this process
    and any later one, until ResumeRun.
    """

    kind: ClassVar[str] = "halt_run"
    reason: str = ""
    """Nothing has to be said before it stops."""

    @property
    def why(self) -> str:
        """The reason as it is recorded; never empty."""
        return self.reason.strip() or "no reason given"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParallelism:
    """How many tasks may work at once."""

    kind: ClassVar[str] = "set_parallelism"
    parallel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOrder:
    """Take back an order of the last `UNDO_WITHIN_S` seconds, as far as that is possible."""

    kind: ClassVar[str] = "undo_order"
    order_id: OrderId


Order = (
    ApproveEscalation
    | DenyEscalation
    | AcknowledgeEscalation
    | PauseTask
    | ResumeTask
    | CancelTask
    | RetryTask
    | SetPriority
    | ShiftPriority
    | SteerTask
    | MessageTask
    | SetMoney
    | SetTokens
    | SetAgent
    | GrantIterations
    | TakeTask
    | HandBackTask
    | BranchTask
    | OverrideVerdict
    | MergeTask
    | RevertMerge
    | DiscardWork
    | PauseRun
    | ResumeRun
    | StopRun
    | HaltRun
    | SetParallelism
    | UndoOrder
)

UNDO_WITHIN_S = 30.0
UndoableOrder = CancelTask | OverrideVerdict | MergeTask | DiscardWork | StopRun | HaltRun
"""Orders that `UndoOrder` may name; whether it still can is seen when it is applied."""

RunOrder = PauseRun | ResumeRun | StopRun | HaltRun | SetParallelism
"""Orders that are about no single task."""


class OrderStatus(StrEnum):
    """What became of an order."""

    PENDING = "pending"
    APPLIED = "applied"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An order as the store keeps it."""

    order_id: OrderId
    order: Order
    by: str
    """Who gave it."""
    given_at: datetime
    status: OrderStatus = OrderStatus.PENDING
    outcome: str = ""
    """What it did, or why it was refused; one line. Of what was settled before version 10 of the
    schema it tells also what to do about it.
    """
    next_step: NextStep | None = None
    """What can be done about the outcome."""
    settled_at: datetime | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    """What an undoable order changed, as it was: see `engine.loop.undo_orders`."""

    def told(self, way_of: Way = by_command) -> str:
        """The outcome and what to do about it, where that is done in this way."""
        return with_next(self.outcome, self.next_step, way_of)
