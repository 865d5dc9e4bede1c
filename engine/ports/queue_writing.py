"""What can be changed in the queue, within one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.facts import Fact
from engine.domain.ids import EscalationId, OrderId, TaskId, WorkerId
from engine.domain.orders import OrderRecord, OrderStatus
from engine.domain.state import Trigger
from engine.domain.steps import NextStep
from engine.domain.usage import Usage
from engine.domain.work import Claim, NewTask, WorkItem
from engine.ports.queue_reading import Reader
from engine.ports.queue_values import RunControl

if TYPE_CHECKING:
    from engine.domain.merge import MergeRecord


class Transaction(Reader, Protocol):
    """Changes that become durable together. Every verb stamps times with `now` given to `write`."""

    def add_tasks(self, tasks: Sequence[NewTask]) -> list[WorkItem]:
        """Queue them, all or none. Dependencies may point to each other and to queued tasks.

        Raises:
            DuplicateTaskError: an id is taken.
            DependencyError: a dependency is unknown or would close a cycle.
        """
        ...

    def claim(
        self,
        worker: WorkerId,
        *,
        lease: timedelta,
        project: str | None = None,
        only: TaskId | None = None,
    ) -> Claim | None:
        """Take the next ready task, or None: begun ones first (`iteration_count` or
        `interruptions` above 0), then by priority, then by age. Moves it with `Trigger.CLAIM`.
        """
        ...

    def renew_lease(self, task_id: TaskId, fence: int, *, lease: timedelta) -> None:
        """Hold the claim for another lease.

        Raises:
            StaleClaimError: the claim is no longer held.
        """
        ...

    def expired_claims(self) -> list[WorkItem]:
        """Held or waiting tasks whose lease is over."""
        ...

    def move(
        self,
        task_id: TaskId,
        trigger: Trigger,
        *,
        reason: str = "",
        limit: str = "",
        fence: int | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> WorkItem:
        """Move the task by the state table, set the WorkItem fields named in `changes`, append
        TaskMoved, keep dependents' counters true. Leaving the held states drops claim and lease,
        except to WAITING, which keeps them.

        Args:
            limit: which limit ended the task, if one did: its rule.
            fence: the claim under which a worker writes; None for the engine and the operator.

        Raises:
            UnknownTaskError, IllegalTransitionError, StaleClaimError: nothing is changed.
        """
        ...

    def update_task(self, task_id: TaskId, *, fence: int | None = None, **changes: Any) -> WorkItem:
        """Set WorkItem fields other than state. `orchestrator_id=None` drops claim and lease."""
        ...

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Record an iteration; its number must be the next one of its task.

        Raises:
            StateError: it is not.
        """
        ...

    def add_usage(
        self, task_id: TaskId, *, iteration: int, agent: str, model: str, usage: Usage
    ) -> None: ...

    def append_facts(
        self, *facts: Fact, task_id: TaskId | None = None, project: str | None = None
    ) -> None: ...

    def add_escalation(self, escalation: Escalation) -> None: ...

    def answer_escalation(
        self,
        escalation_id: EscalationId,
        *,
        state: EscalationState,
        by: str,
        reason: str,
        scope: ApprovalScope | None,
        edited: str = "",
    ) -> Escalation:
        """Record the first answer; `edited` is what was approved in the place of the asked.

        Raises:
            UnknownEscalationError: there is no such question.
            StateError: it is answered already; the message says by whom.
        """
        ...

    def acknowledge_escalation(self, escalation_id: EscalationId, *, by: str) -> Escalation:
        """Note who has seen the open question; the first one stays.

        Raises:
            UnknownEscalationError: there is no such question.
            StateError: it is answered already; the message says by whom.
        """
        ...

    def mark_told(self, escalation_id: EscalationId) -> Escalation:
        """Note that notifications name the question now.

        Raises:
            UnknownEscalationError: there is no such question.
        """
        ...

    def consume_answer(self, escalation_id: EscalationId) -> bool:
        """Mark the answer as having taken effect; False if it had before."""
        ...

    def add_order(self, record: OrderRecord) -> None: ...

    def settle_order(
        self,
        order_id: OrderId,
        status: OrderStatus,
        outcome: str,
        *,
        next_step: NextStep | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> None:
        """Mark a pending order; appends OrderSettled. `next_step` is what can be done about the
        outcome; `before` is kept for who undoes it: plain values.

        Raises:
            StateError: it was settled before.
        """
        ...

    def add_note(self, task_id: TaskId, note: str, *, is_urgent: bool = False) -> int:
        """Leave a note for the next iteration; its number."""
        ...

    def mark_notes_read(self, task_id: TaskId, count: int) -> None:
        """The oldest `count` unread notes were given to an iteration that is now recorded."""
        ...

    def mark_told_notes_read(self, task_id: TaskId, numbers: Collection[int]) -> None:
        """These notes were given to an iteration that is now recorded, or are taken back."""
        ...

    def add_merge(self, record: MergeRecord) -> MergeRecord:
        """Note an intention; the record with its number.

        Raises:
            UnknownTaskError: there is no such task.
        """
        ...

    def update_merge(self, number: int, **changes: Any) -> MergeRecord:
        """Set fields of a record other than its number.

        Raises:
            StateError: there is no such record.
        """
        ...

    def set_control(self, control: RunControl) -> None: ...

    def note_audit_end(self, seq: int, digest: str) -> None:
        """Remember where the decision log ends; a number that is not above the noted one changes
        nothing.
        """
        ...
