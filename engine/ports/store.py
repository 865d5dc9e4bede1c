"""The durable queue: the source of truth.

Reads and writes are plain synchronous verbs on `Reader` and `Transaction`; `Store` runs a function
of them on the thread that owns the database. What one `write` call does is one transaction: all of
it is durable when the call returns, or none of it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.facts import Fact, JournalEntry, Landmark
from engine.domain.ids import EscalationId, OrderId, TaskId, WorkerId
from engine.domain.orders import OrderRecord, OrderStatus
from engine.domain.state import TaskState, Trigger
from engine.domain.steps import NextStep
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.work import Claim, NewTask, WorkItem

if TYPE_CHECKING:
    from engine.domain.merge import MergeRecord, MergeStep
    from engine.domain.work import MergeState
    from engine.ports.metrics import Metrics

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks; empty collections and None mean any."""

    project: str | None = None
    states: frozenset[TaskState] = frozenset()
    text: str = ""
    """Substring of id or description, case-insensitive."""
    merge_states: frozenset[MergeState] = frozenset()
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FactQuery:
    """Which part of the journal; costs what it gives, however long the journal is."""

    task_id: TaskId | None = None
    """None: of all tasks and of the run."""
    landmarks: frozenset[Landmark] = frozenset()
    """Only these; empty: every fact."""
    after: int = 0
    """Only above this number."""
    before: int | None = None
    """Only below this number; None: to the end."""
    is_newest_first: bool = False
    """Where `limit` begins to count; the entries come oldest first all the same."""
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSlice:
    """A part of a search through all tasks."""

    items: list[WorkItem]
    before: int | None
    """Where to go on; None: all were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunControl:
    """What operators set for all tasks; survives restarts."""

    is_paused: bool = False
    parallel: int | None = None
    """None: as configured."""
    halted: str = ""
    """Why everything was stopped in an emergency; empty: it was not, or goes on again."""
    halted_by: str = ""

    @property
    def lets_begin(self) -> bool:
        """Whether iterations may be begun."""
        return not self.is_paused and not self.halted


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentNote:
    """A message of the operator to an agent at work."""

    number: int
    text: str


class Reader(Protocol):
    """A consistent view."""

    def task(self, task_id: TaskId) -> WorkItem:
        """The task.

        Raises:
            UnknownTaskError: there is none.
        """
        ...

    def tasks(self, query: TaskQuery) -> list[WorkItem]:
        """Matching tasks; those that need a human first, then running, queued, ended; each by
        priority, then by age.
        """
        ...

    def find_tasks(
        self,
        words: Sequence[str],
        *,
        project: str | None,
        before: int | None,
        look_at: int,
        limit: int,
    ) -> TaskSlice:
        """Tasks with all `words` (folded) in id, description or error, newest first, of at most
        `look_at` tasks that were added before place `before` (None: from the newest on).
        """
        ...

    def metrics(self, project: str, *, since: datetime | None = None) -> Metrics:
        """How the project's work went, from `since` on. Looks through all its records."""
        ...

    def counts(self, project: str | None = None) -> Mapping[TaskState, int]:
        """Number of tasks by state; states without tasks are absent."""
        ...

    def merge_counts(self, project: str | None = None) -> Mapping[MergeState, int]:
        """Number of tasks with verified work by how far it has come; what has none is absent."""
        ...

    def dependents(self, task_id: TaskId) -> list[TaskId]:
        """Tasks that name this one in `depends_on`."""
        ...

    def branches(self, task_id: TaskId) -> list[WorkItem]:
        """Tasks that began at a checkpoint of this one, oldest first."""
        ...

    def checkpoints(self, task_id: TaskId) -> list[Checkpoint]:
        """All recorded iterations, oldest first."""
        ...

    def escalation(self, escalation_id: EscalationId) -> Escalation:
        """The escalation.

        Raises:
            UnknownEscalationError: there is none.
        """
        ...

    def escalations(
        self,
        *,
        states: frozenset[EscalationState] = frozenset(),
        task_id: TaskId | None = None,
        limit: int = 1000,
    ) -> list[Escalation]:
        """Most severe first, then oldest first. Empty `states`: all."""
        ...

    def order(self, order_id: OrderId) -> OrderRecord:
        """The order, settled or not.

        Raises:
            InputError: there is none.
        """
        ...

    def pending_orders(self) -> list[OrderRecord]:
        """In the order in which they were given."""
        ...

    def newest_orders(self, limit: int) -> list[OrderRecord]:
        """The last ones that were given, newest first."""
        ...

    def facts_after(self, seq: int, *, limit: int = 1000) -> list[JournalEntry]:
        """The next journal entries after number `seq`, oldest first."""
        ...

    def facts(self, query: FactQuery) -> list[JournalEntry]:
        """A part of the journal, oldest first."""
        ...

    def tasks_told_of(self, *, after: int, before: int) -> dict[TaskId, int]:
        """Tasks that the journal tells of between these numbers, with that of the first entry of
        each in it; costs a look at all numbers between.
        """
        ...

    def stood_by(self, before: int) -> list[list[JournalEntry]]:
        """How every task stood that the journal tells of below number `before`: for each its last
        move, the last begin or end among its newest entries of an iteration, and what it was told
        of last, oldest first. Costs what so many tasks do, however long the journal is.
        """
        ...

    def task_facts(self, task_id: TaskId, *, limit: int = 1000) -> list[JournalEntry]:
        """The newest `limit` entries of one task, oldest first."""
        ...

    def newest_fact(self, kind: str) -> JournalEntry | None:
        """The newest journal entry of a kind; None: there is none. Looks back until it is found."""
        ...

    def facts_of_kind(self, kind: str, *, since: datetime | None = None) -> list[JournalEntry]:
        """All entries of a kind from `since` on, oldest first. Looks through the journal."""
        ...

    def last_seq(self) -> int:
        """Number of the newest journal entry; 0 in an empty journal."""
        ...

    def usage(
        self,
        *,
        task_id: TaskId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Usage:
        """Sum over one task or all, from `since` to `until`, both included."""
        ...

    def usage_by_task(
        self, project: str | None = None, *, since: datetime | None = None
    ) -> Mapping[TaskId, Usage]:
        """Sums of all tasks that used anything, from `since` on."""
        ...

    def notes(self, task_id: TaskId) -> list[str]:
        """Steering notes that no iteration has recorded as read, oldest first."""
        ...

    def urgent_notes(self, task_id: TaskId) -> list[UrgentNote]:
        """Those of `notes` that are to reach an agent in the middle of its iteration."""
        ...

    def merges(
        self, *, task_id: TaskId | None = None, steps: frozenset[MergeStep] = frozenset()
    ) -> list[MergeRecord]:
        """Attempts to merge, oldest first. Empty `steps`: all."""
        ...

    def control(self) -> RunControl: ...

    def audit_end(self) -> tuple[int, str] | None:
        """Number and hash of the newest decision at the last commit that followed one; None: none
        was noted.
        """
        ...

    def next_ready_at(self, project: str | None = None) -> datetime | None:
        """When the first queued task whose `not_before` lies ahead gets ready; None: none does."""
        ...


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
        fence: int | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> WorkItem:
        """Move the task by the state table, set the WorkItem fields named in `changes`, append
        TaskMoved, keep dependents' counters true. Leaving the held states drops claim and lease,
        except to WAITING, which keeps them.

        Args:
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


class Store(Protocol):
    """The queue, for the loops and the cockpit."""

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one durable transaction and give its result.

        Writes that wait together share one disk flush. `work` must not block or await, and changes
        nothing but the transaction: it may be run again when a write that shared its flush failed.
        If it raises, nothing of it remains and the error is passed on.

        Raises:
            StoreError: the database cannot be written (locked, read-only, full, damaged).
        """
        ...

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on a consistent view, without waiting for writers.

        Raises:
            StoreError: the database cannot be read.
        """
        ...

    async def wait_for_facts(self, seq: int) -> int:
        """Return the newest journal number as soon as it is above `seq`, whichever process wrote
        it. Cancellation is safe.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInfo:
    """What `doctor` tells about a store."""

    path: str
    schema_version: int
    journal_mode: str
    synchronous: str
    size_bytes: int
    integrity: str
    counts: Mapping[str, int] = field(default_factory=dict)
