"""The engine as its guests see it: the same face whether it runs in this process or another."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order, OrderRecord
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.steps import NextStep
from engine.domain.transcript import TranscriptEntry
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.verdict import VerdictKind
from engine.domain.work import WorkItem

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from engine.domain.audit import TrailMark, TrailNews
    from engine.domain.change import ChangedFile, ChangedFiles, FilePatch
    from engine.domain.decision import Decision  # late: the first frame shows none of these
    from engine.domain.facts import JournalEntry
    from engine.ports.knowledge import KnowledgeFile
    from engine.ports.log import LogLine
    from engine.ports.replay import PastTranscript
    from engine.ports.report import Report
    from engine.ports.search import SearchPart
    from engine.ports.store import Reader

T = TypeVar("T")

MOST_REPORTED = 500
"""So many tasks of each chapter a report names where nobody says how many."""


class RunState(StrEnum):
    """What the engine of this repository is doing."""

    NO_ENGINE = "no engine"
    """Attached, and the engine's process is gone."""
    STOPPED = "stopped"
    """It takes no tasks until it is told to."""
    RUNNING = "running"
    IDLE = "idle"
    """It would take tasks, but none is ready."""
    PAUSED = "paused"
    HALTED = "halted"
    """By an emergency stop: nothing works and nothing begins until it is resumed."""
    STOPPING = "stopping"
    """It begins nothing more and stops when the iterations under way have ended."""


class Health(StrEnum):
    """Whether a task at work gets on."""

    HEALTHY = "healthy"
    SLOW = "slow"
    """No new record for much longer than usual."""
    STALLED = "stalled"
    """No new record for so long that nothing may come any more."""
    RETRYING = "retrying"
    """A model call failed and is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a task at work is doing, from its newest records."""

    headline: str
    """One line: the last tool call, output of a check, or word of the engine."""
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNews:
    """What notices told last that is no question; terminals ring once for each `seq`."""

    seq: int
    """Of its journal entry."""
    headline: str
    about: str
    """In a line; empty: that may not be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything the first glance needs."""

    seq: int
    """Journal number this was read at."""
    run: RunState
    parallel: int
    working: int
    """Tasks that hold a worker now."""
    tasks: tuple[WorkItem, ...]
    """Those that need a human first."""
    counts: Mapping[TaskState, int]
    escalations: tuple[Escalation, ...]
    """The open ones, most severe first."""
    usage: Usage
    usage_by_task: Mapping[TaskId, Usage]
    interrupted: int
    """Begun tasks that no worker holds: a stopped run left them."""
    warnings: tuple[str, ...]
    last_verdicts: Mapping[TaskId, VerdictKind] = field(default_factory=dict)
    """Of the newest recorded iteration; tasks without one are absent."""
    activity: Mapping[TaskId, Activity] = field(default_factory=dict)
    """Of tasks that a worker holds, as far as they have written something."""
    budgets: Mapping[TaskId, int] = field(default_factory=dict)
    """Iterations each task may use in all."""
    money: Mapping[TaskId, Decimal] = field(default_factory=dict)
    """US dollars each task may cost in all; without a limit it is absent."""
    waits_until: datetime | None = None
    """The run waits for answers and for nothing else; it ends then. None: it does not."""
    reverting: frozenset[TaskId] = frozenset()
    """Merged tasks whose merge an operator wants undone, until it is."""
    halted: str = ""
    """Who stopped everything in an emergency, and why; empty: nobody did, or it goes on again."""
    news: ToldNews | None = None
    """None: none was ever told."""
    is_engine_lost: bool = False
    """There is no engine because it died: it did not end its run."""
    lacking: Mapping[TaskId, str] = field(default_factory=dict)
    """Ready tasks whose backend takes none since the newest run began, and what is the matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeHit:
    """A knowledge object that an iteration was given."""

    ko_id: str
    title: str
    iteration: int
    score: float
    """From 0 to 1: how well it fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """Everything about one task."""

    item: WorkItem
    checkpoints: tuple[Checkpoint, ...]
    escalations: tuple[Escalation, ...]
    facts: tuple[JournalEntry, ...]
    usage: Usage
    notes: tuple[str, ...]
    """Steering notes that the next iteration will read."""
    budget: int
    """Iterations it may use in all."""
    live_iteration: int | None
    """Number of the iteration that runs now."""
    is_reverting: bool = False
    """Whether its merge is being undone."""
    run: RunState = RunState.RUNNING
    """What the engine does: without one nobody is at work."""
    lacks: str = ""
    """What is the matter with its backend, as `Overview.lacking`; empty: nothing is known."""
    knowledge: tuple[KnowledgeHit, ...] = ()
    """What its iterations were given, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptChunk:
    """A part of a transcript."""

    entries: tuple[TranscriptEntry, ...]
    next_offset: int
    """Byte offset to go on from."""


class EngineFace(Protocol):
    """What cockpit and command line may use."""

    @property
    def settings(self) -> Settings: ...

    @property
    def is_embedded(self) -> bool:
        """Whether the engine runs in this process."""
        ...

    async def overview(self) -> Overview: ...

    async def task_view(self, task_id: TaskId) -> TaskView:
        """Raises: UnknownTaskError."""
        ...

    async def read(self, query: Callable[[Reader], T]) -> T:
        """What `query` finds in the store, in one consistent view; it runs in another thread."""
        ...

    async def facts_after(self, seq: int, *, limit: int = 1000) -> list[JournalEntry]: ...

    async def wait_for_facts(self, seq: int) -> int:
        """Return once the journal has an entry above `seq`: its newest number."""
        ...

    async def give(self, order: Order, *, by: str) -> OrderRecord:
        """Write the order to the store and wait until the engine has settled it. Without a
        running engine it is applied by this process.

        Raises:
            StateError: the running engine did not settle it in 10 s; it stays pending.
        """
        ...

    async def undo(self, *, by: str) -> OrderRecord:
        """Take back the last order of `by` whose undoing was not tried yet; what became of that.

        Raises:
            StateError: there is none.
        """
        ...

    async def take(self, task_id: TaskId, *, by: str) -> Path:
        """Give the task into the hands of an operator: its worktree, which nobody else touches
        until it is given back. See `engine.app.taking`.

        Raises:
            StateError: it cannot be taken over.
            WorkspaceError: git refuses.
        """
        ...

    async def hand_back(self, task_id: TaskId, note: str, *, by: str) -> OrderRecord:
        """Commit what the operator did, and let agents go on with it and `note`.

        Raises:
            StateError: it is not taken over.
            WorkspaceError: git refuses; the task is still the operator's.
        """
        ...

    async def note_key(self) -> None:
        """Somebody is at a cockpit now: no notice goes out for a while."""
        ...

    async def always_rule(self, escalation_id: EscalationId) -> str:
        """The contract entry that answers the question for ever, as it would stand in the file.

        Raises:
            GuardrailError: there is none; why, and what to do instead.
        """
        ...

    async def transcript(
        self, task_id: TaskId, iteration: int, *, after: int = 0, limit_bytes: int = 262_144
    ) -> TranscriptChunk:
        """Entries from byte `after` on; with `after=-1` the last `limit_bytes`. Empty if the
        iteration has none.
        """
        ...

    async def past_transcript(
        self, task_id: TaskId, iteration: int, until: datetime, *, limit_bytes: int = 65_536
    ) -> PastTranscript:
        """What the iteration had said at `until`: the last `limit_bytes` of it."""
        ...

    async def session_text(self, task_id: TaskId, checkpoint: int) -> str:
        """The session file of an iteration, from the file, the archive or the database."""
        ...

    async def changed_files(self, base: str, head: str) -> ChangedFiles:
        """Which files differ between two commits or trees; at most 2,000 are listed.

        Raises:
            WorkspaceError: git refuses, or a commit is gone.
        """
        ...

    async def unfinished(self, task_id: TaskId) -> str:
        """A tree of what lies in the task's worktree now, to compare with a commit as
        `changed_files` and `patch` do; empty: all that counts is committed.

        Raises:
            UnknownTaskError: there is none.
            WorkspaceError: git refuses.
        """
        ...

    async def patch(self, base: str, head: str, file: ChangedFile) -> FilePatch:
        """What the change does to one of its files; its first 200 KB.

        Raises:
            WorkspaceError: git refuses, or a commit is gone.
        """
        ...

    async def decisions(self, task_id: TaskId | None) -> tuple[list[Decision], list[str]]:
        """The audit trail of one task, or of everything; and what in it cannot be read."""
        ...

    async def decision_news(self, mark: TrailMark | None) -> TrailNews:
        """Decisions that were added since the look that gave `mark`; None: all."""
        ...

    async def audit_problems(self) -> list[str]:
        """What is wrong with the audit trail; empty if nothing is."""
        ...

    def search(
        self, text: str, *, limit: int = 50, within_s: float = 10.0
    ) -> AsyncGenerator[SearchPart, None]:
        """What has all words of `text`, as it is found: at most `limit` hits of each group, and
        files are looked through for at most `within_s` seconds each group.

        Raises:
            InputError: there is nothing to look for, or too much.
        """
        ...

    async def report(
        self,
        *,
        since: datetime | None,
        is_last_run: bool = False,
        most: int | None = MOST_REPORTED,
    ) -> Report:
        """From `since` (None: ever) on, or with `is_last_run` since the last run began; of each
        chapter at most so many tasks are named (None: all).
        """
        ...

    async def log_lines(self) -> list[LogLine]:
        """The newest entries of the engine's log, oldest first."""
        ...

    async def knowledge_objects(self) -> list[KnowledgeFile]:
        """The files of knowledge objects, shelf by shelf."""
        ...

    async def kept_filters(self, operator: str, place: str) -> Mapping[str, str]:
        """Filters of a screen's list that the operator gave a name: name to words."""
        ...

    async def keep_filter(self, operator: str, place: str, name: str, words: str) -> None:
        """Keep `words` under `name`; empty `words`: forget it.

        Raises:
            InputError: there are too many, or one is too long; nothing was kept.
            StoreError: it cannot be written; what was kept before still is.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSummary:
    """What a run's summary says of one task."""

    item: WorkItem
    verdict: str | None
    """Of its last iteration; None before the first."""
    usage: Usage
    escalations: tuple[str, ...]
    """Ids of its open ones."""
    was_worked_on: bool
    """In this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What a run leaves behind."""

    repo: str
    project: str
    end: str
    next_step: NextStep | None
    """What lets it go on; None: nothing has to be ordered for that."""
    failure: str
    """Why it could not go on; empty if it could."""
    is_setup_wrong: bool
    """A backend could not work: its key, credit, server or program is to be mended first."""
    tasks: tuple[TaskSummary, ...]
    usage: Usage
    waits_for_human: bool
    has_failed: bool
    """A task of this run failed, or one can never start."""
    is_unfinished: bool
    """A task that the run was for, or that it worked on, is still in the queue."""
