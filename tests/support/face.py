"""An engine's face without an engine: holds what a test puts in, keeps what it is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from engine.domain.audit import RecordedDecision, TrailMark, TrailNews
from engine.domain.change import ChangedFile, ChangedFiles, FilePatch
from engine.domain.checkpoint import Checkpoint
from engine.domain.decision import Decision
from engine.domain.errors import UnknownTaskError
from engine.domain.escalation import Escalation
from engine.domain.facts import Fact, JournalEntry, TaskChanged
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.orders import (
    ApproveEscalation,
    DenyEscalation,
    HandBackTask,
    Order,
    OrderRecord,
    OrderStatus,
    TakeTask,
    UndoOrder,
)
from engine.domain.settings import Settings
from engine.domain.state import HELD, TaskState
from engine.domain.steps import NextStep
from engine.domain.transcript import TranscriptEntry
from engine.domain.usage import Usage
from engine.domain.work import WorkItem
from engine.ports.cockpit import (
    Activity,
    KnowledgeHit,
    Overview,
    RunState,
    TaskView,
    ToldNews,
    TranscriptChunk,
)
from engine.ports.knowledge import KnowledgeFile
from engine.ports.log import LogLine
from engine.ports.replay import PastTranscript
from engine.ports.report import Report
from engine.ports.search import SearchPart
from engine.ports.store import Reader, Store
from engine.wiggum.limits import money_budget

T = TypeVar("T")

NOW = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)


class FakeFace:
    """Satisfies `EngineFace`; whatever a test changes is announced by `push`."""

    def __init__(self, *, project: str = "demo", is_embedded: bool = True) -> None:
        self.settings = Settings(repo=Path("/srv/demo"), project=project)
        self.is_embedded = is_embedded
        self.run = RunState.RUNNING
        self.parallel = 4
        self.tasks: dict[TaskId, WorkItem] = {}
        self.checkpoints: dict[TaskId, list[Checkpoint]] = {}
        self.escalations: list[Escalation] = []
        self.usage_by_task: dict[TaskId, Usage] = {}
        self.knowledge: dict[TaskId, tuple[KnowledgeHit, ...]] = {}
        self.notes: dict[TaskId, list[str]] = {}
        self.live: dict[TaskId, int] = {}
        self.transcripts: dict[tuple[TaskId, int], list[TranscriptEntry]] = {}
        self.interrupted = 0
        self.halted = ""
        self.reverting: frozenset[TaskId] = frozenset()
        self.waits_until: datetime | None = None
        self.news: ToldNews | None = None
        self.is_engine_lost = False
        self.lacking: dict[TaskId, str] = {}
        self.activity: dict[TaskId, Activity] = {}
        self.warnings: tuple[str, ...] = ()
        self.journal: list[JournalEntry] = []
        self.given: list[Order] = []
        self.outcome = (OrderStatus.APPLIED, "done as told")
        self.next_step: NextStep | None = None
        """What can be done about the outcome."""
        self.failure: Exception | None = None
        """Raised by every read, if set."""
        self.store: Store | None = None
        """What `read` reads, if a test needs it: `MemoryStore()` will do."""
        self.made_decisions: list[Decision] = []
        self.audit_faults: list[str] = []
        self.filters: dict[tuple[str, str], dict[str, str]] = {}
        """By operator and screen: name to words."""
        self.searched: list[str] = []
        self.found: list[SearchPart] = []
        """What every search finds."""
        self.knowledge_files: list[KnowledgeFile] = []
        self.told_report: Report | None = None
        self.log: list[LogLine] = []
        self.changes: dict[str, list[tuple[ChangedFile, FilePatch]]] = {}
        """By head commit: the files that differ from the base, with what is different."""
        self.unfinished_trees: dict[TaskId, str] = {}
        """By task: what its worktree has and no commit."""
        self.more_tasks = 0
        """Queued tasks that the overview counts and does not list."""
        self.overviews_read = 0
        self.keys_noted = 0
        self._grown = asyncio.Condition()

    async def push(self, *facts: Fact, task_id: str | None = None) -> None:
        """Append facts (or one that only says that something changed) and wake the readers."""
        for fact in facts or (TaskChanged(what="test", value=""),):
            self.journal.append(
                JournalEntry(
                    seq=len(self.journal) + 1, at=NOW, task_id=task_id, project=None, fact=fact
                )
            )
        async with self._grown:
            self._grown.notify_all()

    def stream(self, task_id: TaskId, iteration: int, *entries: TranscriptEntry) -> None:
        """Append to a transcript; nobody is told, as in life."""
        self.transcripts.setdefault((task_id, iteration), []).extend(entries)

    def set_state(self, task_id: TaskId, state: TaskState) -> None:
        self.tasks[task_id] = replace(self.tasks[task_id], state=state)

    async def overview(self) -> Overview:
        self.overviews_read += 1
        if self.failure is not None:
            raise self.failure
        items = tuple(self.tasks.values())
        return Overview(
            seq=len(self.journal),
            activity=dict(self.activity),
            run=self.run,
            parallel=self.parallel,
            working=sum(item.state in HELD for item in items),
            tasks=items,
            counts=Counter(item.state for item in items)
            + Counter({TaskState.QUEUED: self.more_tasks}),
            escalations=tuple(self.escalations),
            usage=sum(self.usage_by_task.values(), Usage()),
            usage_by_task=dict(self.usage_by_task),
            interrupted=self.interrupted,
            halted=self.halted,
            reverting=self.reverting,
            waits_until=self.waits_until,
            news=self.news,
            is_engine_lost=self.is_engine_lost,
            lacking=dict(self.lacking),
            warnings=self.warnings,
            last_verdicts={
                task_id: points[-1].verdict.kind
                for task_id, points in self.checkpoints.items()
                if points
            },
            budgets={task_id: self._budget(item) for task_id, item in self.tasks.items()},
            money={
                task_id: allowed
                for task_id, item in self.tasks.items()
                if (allowed := money_budget(item, self.settings.budgets)) is not None
            },
        )

    def _budget(self, item: WorkItem) -> int:
        base = item.max_iterations or self.settings.budgets.iterations_by_role[item.role]
        return base + item.iterations_granted

    async def task_view(self, task_id: TaskId) -> TaskView:
        if task_id not in self.tasks:
            raise UnknownTaskError(task_id)
        item = self.tasks[task_id]
        return TaskView(
            item=item,
            checkpoints=tuple(self.checkpoints.get(task_id, ())),
            escalations=tuple(asked for asked in self.escalations if asked.task_id == task_id),
            facts=tuple(entry for entry in self.journal if entry.task_id == task_id),
            usage=self.usage_by_task.get(task_id, Usage()),
            notes=tuple(self.notes.get(task_id, ())),
            budget=self._budget(item),
            live_iteration=self.live.get(task_id),
            is_reverting=task_id in self.reverting,
            knowledge=self.knowledge.get(task_id, ()),
        )

    async def read(self, query: Callable[[Reader], T]) -> T:
        if self.store is None:
            raise AssertionError("this test reads the store: give the face one")
        return await self.store.read(query)

    async def changed_files(self, base: str, head: str) -> ChangedFiles:
        if self.failure is not None:
            raise self.failure
        files = tuple(file for file, _ in self.changes.get(head, ()))
        return ChangedFiles(base=base, head=head, files=files)

    async def unfinished(self, task_id: TaskId) -> str:
        return self.unfinished_trees.get(task_id, "")

    async def patch(self, base: str, head: str, file: ChangedFile) -> FilePatch:
        return next(patch for known, patch in self.changes[head] if known == file)

    async def decisions(self, task_id: TaskId | None) -> tuple[list[Decision], list[str]]:
        made = [each for each in self.made_decisions if task_id in (None, each.task_id)]
        return made, list(self.audit_faults)

    async def decision_news(self, mark: TrailMark | None) -> TrailNews:
        told = mark.archives if mark is not None else 0
        news = tuple(
            RecordedDecision(decision=made, file="decisions/x.jsonl", line=seq, seq=seq, digest="")
            for seq, made in enumerate(self.made_decisions, start=1)
            if seq > told
        )
        end = TrailMark(ends={}, archives=len(self.made_decisions))
        return TrailNews(is_afresh=mark is None, recorded=news, warnings=(), mark=end)

    async def audit_problems(self) -> list[str]:
        return list(self.audit_faults)

    async def search(
        self, text: str, *, limit: int = 50, within_s: float = 10.0
    ) -> AsyncGenerator[SearchPart, None]:
        self.searched.append(text)
        for part in self.found:
            yield part

    async def report(
        self,
        *,
        since: datetime | None,
        is_last_run: bool = False,
        most: int | None = None,
    ) -> Report:
        return self.told_report or Report(
            project=self.settings.project, since=since, until=NOW, tasks=(), questions=(),
            usage=Usage(), guardrails=(), warnings=(),
        )  # fmt: skip

    async def log_lines(self) -> list[LogLine]:
        return list(self.log)

    async def knowledge_objects(self) -> list[KnowledgeFile]:
        return list(self.knowledge_files)

    async def kept_filters(self, operator: str, place: str) -> Mapping[str, str]:
        return dict(self.filters.get((operator, place), {}))

    async def keep_filter(self, operator: str, place: str, name: str, words: str) -> None:
        mine = self.filters.setdefault((operator, place), {})
        if words:
            mine[name] = words
        else:
            mine.pop(name, None)

    async def facts_after(self, seq: int, *, limit: int = 1000) -> list[JournalEntry]:
        return self.journal[seq : seq + limit]

    async def wait_for_facts(self, seq: int) -> int:
        async with self._grown:
            await self._grown.wait_for(lambda: len(self.journal) > seq)
        return len(self.journal)

    async def give(self, order: Order, *, by: str) -> OrderRecord:
        """Record the order; an answer also closes its question, as the engine's would."""
        self.given.append(order)
        status, outcome = self.outcome
        if isinstance(order, ApproveEscalation | DenyEscalation):
            self.escalations = [
                asked for asked in self.escalations if asked.escalation_id != order.escalation_id
            ]
        await self.push()
        return OrderRecord(
            order_id=OrderId(f"ord-{len(self.given)}"), order=order, by=by, given_at=NOW,
            status=status, outcome=outcome, next_step=self.next_step,
            settled_at=NOW + timedelta(seconds=1),
        )  # fmt: skip

    async def undo(self, *, by: str) -> OrderRecord:
        return await self.give(UndoOrder(order_id=OrderId("ord-0")), by=by)

    async def take(self, task_id: TaskId, *, by: str) -> Path:
        """Hand the task over; its worktree is the folder of the process."""
        await self.give(TakeTask(task_id=task_id), by=by)
        self.tasks[task_id] = replace(self.tasks[task_id], state=TaskState.TAKEN, taken_by=by)
        await self.push()
        return Path.cwd()

    async def hand_back(self, task_id: TaskId, note: str, *, by: str) -> OrderRecord:
        order = HandBackTask(task_id=task_id, base_commit="b", commit="c", note=note)
        return await self.give(order, by=by)

    async def note_key(self) -> None:
        self.keys_noted += 1

    async def always_rule(self, escalation_id: EscalationId) -> str:
        asked = next(one for one in self.escalations if one.escalation_id == escalation_id)
        return f'allow:\n  - "line:{asked.action.target}"'

    async def transcript(
        self, task_id: TaskId, iteration: int, *, after: int = 0, limit_bytes: int = 262_144
    ) -> TranscriptChunk:
        """Offsets count entries here; readers only hand them back."""
        entries = self.transcripts.get((task_id, iteration), [])
        return TranscriptChunk(entries=tuple(entries[max(after, 0) :]), next_offset=len(entries))

    async def past_transcript(
        self, task_id: TaskId, iteration: int, until: datetime, *, limit_bytes: int = 65_536
    ) -> PastTranscript:
        entries = self.transcripts.get((task_id, iteration), [])
        came = [datetime.fromisoformat(each.at) for each in entries]
        return PastTranscript(
            entries=tuple(each for each, at in zip(entries, came, strict=True) if at <= until),
            next_at=next((at for at in came if at > until), None),
        )

    async def session_text(self, task_id: TaskId, checkpoint: int) -> str:
        return self.checkpoints[task_id][checkpoint - 1].session_text
