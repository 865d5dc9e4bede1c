"""What can be read of the queue, in one consistent view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import JournalEntry
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.orders import OrderRecord
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.work import WorkItem
from engine.ports.queue_values import FactQuery, RunControl, TaskQuery, TaskSlice, UrgentNote

if TYPE_CHECKING:
    from engine.domain.merge import MergeRecord, MergeStep
    from engine.domain.work import MergeState
    from engine.ports.metrics import Metrics


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
        self,
        project: str | None = None,
        *,
        since: datetime | None = None,
        agent: str | None = None,
    ) -> Mapping[TaskId, Usage]:
        """Sums of all tasks that used anything, from `since` on, by one agent or all."""
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
