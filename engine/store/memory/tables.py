"""What the store holds, copied before it is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation
from engine.domain.facts import JournalEntry
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.merge import MergeRecord
from engine.domain.orders import OrderRecord
from engine.domain.usage import Usage
from engine.domain.work import WorkItem
from engine.ports.store import RunControl


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """One entry of the usage table."""

    task_id: TaskId
    project: str
    at: datetime
    agent: str
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One entry of the notes."""

    number: int
    text: str
    is_urgent: bool


@dataclass(slots=True, kw_only=True)
class Tables:
    """Values are immutable, so a copy of the containers is a copy of everything."""

    tasks: dict[TaskId, WorkItem] = field(default_factory=dict)
    """In the order in which they were added."""
    checkpoints: dict[TaskId, tuple[Checkpoint, ...]] = field(default_factory=dict)
    escalations: dict[EscalationId, Escalation] = field(default_factory=dict)
    orders: dict[OrderId, OrderRecord] = field(default_factory=dict)
    journal: list[JournalEntry] = field(default_factory=list)
    usage: list[UsageRow] = field(default_factory=list)
    unread_notes: dict[TaskId, tuple[Note, ...]] = field(default_factory=dict)
    notes_added: int = 0
    merges: list[MergeRecord] = field(default_factory=list)
    """Number n stands at index n-1."""
    control: RunControl = field(default_factory=RunControl)
    audit_end: tuple[int, str] | None = None

    def copy(self) -> Tables:
        """Independent tables with the same values."""
        return Tables(
            tasks=dict(self.tasks),
            checkpoints=dict(self.checkpoints),
            escalations=dict(self.escalations),
            orders=dict(self.orders),
            journal=list(self.journal),
            usage=list(self.usage),
            unread_notes=dict(self.unread_notes),
            notes_added=self.notes_added,
            merges=list(self.merges),
            control=self.control,
            audit_end=self.audit_end,
        )
