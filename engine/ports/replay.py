"""A past run or task as it stood at a moment: what guests replay."""

from __future__ import annotations

from datetime import datetime

from engine.domain.facts import JournalEntry
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.transcript import TranscriptEntry
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.work import MergeState


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is replayed: a part of the journal, between two of its numbers."""

    title: str
    """Such as `run of 2026-01-05 21:40`, or the id of a task."""
    task_id: TaskId | None
    """Only what is about this task; None: everything between the two numbers."""
    first: int
    last: int
    """Numbers of the first and the last entry."""
    began_at: datetime
    ended_at: datetime
    is_open: bool
    """It may grow: nothing has ended it."""

    @property
    def lasted_s(self) -> float:
        return max((self.ended_at - self.began_at).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A moment of a replay. Between two facts only `at` moves on: what was said moves with it."""

    seq: int
    """Number of the last entry that has happened."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskThen:
    """A task as the journal tells it up to a moment."""

    task_id: TaskId
    state: TaskState | None
    """None: the journal does not say."""
    merge_state: MergeState | None = None
    """Of one that was completed or merging, how far its branch had come; None: there was nothing
    to merge, or the journal does not say.
    """
    iteration: int
    """The one that was at work, or had been last; 0: none had begun."""
    recorded: int
    """The last one that had ended with a checkpoint; 0: none."""
    is_live: bool
    """Whether that iteration was at work."""
    newest: JournalEntry
    """What happened last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Everything as it stood."""

    scope: Scope
    position: Position
    entries: tuple[JournalEntry, ...]
    """What had happened, newest last; of much the end."""
    tasks: tuple[TaskThen, ...]
    """Those that the last entries are about, the latest first, then others of what is replayed."""
    tasks_in_all: int
    """How many had come up by then; of very many not all are in `tasks`."""
    usage: Usage
    """Of what is replayed, up to then."""
    next_at: datetime | None
    """When the next entry came; None: that was the last one."""

    @property
    def is_end(self) -> bool:
        """Whether nothing more comes, as far as is known."""
        return self.next_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTranscript:
    """What an iteration had said and done up to a moment: its end."""

    entries: tuple[TranscriptEntry, ...] = ()
    is_cut: bool = False
    """Whether there was more before."""
    next_at: datetime | None = None
    """When its next entry came; None: there was none."""
