"""What one asks the queue for, and the small values that it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from engine.domain.facts import Landmark
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.values import dataclass
from engine.domain.work import WorkItem

if TYPE_CHECKING:
    from engine.domain.work import MergeState


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
