"""What every guest may see and order, whether the engine runs in this process or another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.app.absence import (
    MOST_FACTS,
    Absence,
    LastLook,
    absence,
    keep_look,
    last_looks,
)
from engine.app.activity import activities
from engine.app.lock import EngineLock
from engine.app.parts import BACKENDS, Parts
from engine.app.presence import forget_key, note_key
from engine.app.secrecy import contracts_in_force
from engine.app.taking import Taking
from engine.app.views import overview, task_view
from engine.domain.audit import (
    Anchor,
    AuditReport,
    NewBeginning,
    RecordedDecision,
    TrailMark,
    TrailNews,
)
from engine.domain.change import ChangedFile, ChangedFiles, FilePatch
from engine.domain.decision import Decision
from engine.domain.errors import InputError, StateError
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import JournalEntry, OrderGiven
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.merge import MergeRecord
from engine.domain.orders import (
    BranchTask,
    Order,
    OrderRecord,
    OrderStatus,
    SetAgent,
    UndoableOrder,
    UndoOrder,
)
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.work import NewTask, WorkItem
from engine.loop.always import RuleBook
from engine.loop.branch_orders import point_of
from engine.ports.cockpit import Overview, RunState, TaskView, TranscriptChunk
from engine.ports.report import Report
from engine.ports.store import Reader, TaskQuery, Transaction
from engine.session.state import session_text
from engine.session.transcript_reading import read_transcript

if TYPE_CHECKING:
    from engine.ports.knowledge import KnowledgeFile  # late: the first frame shows none of these
    from engine.ports.log import LogLine
    from engine.ports.replay import PastTranscript
    from engine.ports.search import SearchPart

SETTLED_WITHIN_S = 10.0
_ENDED = frozenset({TaskState.COMPLETED, TaskState.CANCELLED})
_OVER = _ENDED | {TaskState.PASSED, TaskState.MERGING}
"""What of the work counts is committed."""
_EVERYTHING = 1_000_000_000
_NEWEST_ORDERS = 50
DATABASE = "the database"
T = TypeVar("T")


class Face:
    """Reads the store and writes orders to it. Runs nothing."""

    def __init__(self, parts: Parts, lock: EngineLock) -> None:
        self._parts = parts
        self._store = parts.store
        self._lock = lock
        self._warnings: list[str] = []
        self._rules = RuleBook(
            parts.settings.brain / "contracts",
            worktrees=parts.settings.state / "worktrees",
            in_force=partial(contracts_in_force, parts.settings),
            clock=parts.clock,
        )

    @property
    def settings(self) -> Settings:
        return self._parts.settings

    def now(self) -> datetime:
        """The engine's time."""
        return self._parts.clock.now()

    @property
    def is_embedded(self) -> bool:
        return False

    @property
    def run_state(self) -> RunState:
        """What the engine of this repository is doing."""
        if not self._lock.is_held_elsewhere():
            return RunState.NO_ENGINE
        told = self._lock.holder().get("run", "")
        return RunState(told) if told in set(RunState) else RunState.STOPPED

    @property
    def waits_until(self) -> datetime | None:
        """Until when the run waits for answers and nothing else; None: it does not."""
        return self._lock.waits_until if self._lock.is_held_elsewhere() else None

    @property
    def engine_pid(self) -> int | None:
        """The process that is the engine of this repository; None: there is none."""
        if self.is_embedded:
            return os.getpid()
        pid = self._lock.holder().get("pid") if self._lock.is_held_elsewhere() else None
        return pid if isinstance(pid, int) else None

    async def overview(self) -> Overview:
        """See `EngineFace.overview`."""
        run, warnings = self.run_state, tuple(self._warnings)
        told = await self._store.read(
            lambda reader: overview(reader, self.settings, run, warnings=warnings)
        )
        told = replace(told, waits_until=self.waits_until)
        if not told.working:
            return told
        activity = await asyncio.to_thread(
            activities,
            told.tasks,
            self.settings.state / "transcripts",
            self._parts.clock.now(),
            self._parts.secrecy.codec,
        )
        return replace(told, activity=activity)

    async def task_view(self, task_id: TaskId) -> TaskView:
        """See `EngineFace.task_view`."""
        return await self._store.read(lambda reader: task_view(reader, self.settings, task_id))

    async def read(self, query: Callable[[Reader], T]) -> T:
        """See `EngineFace.read`."""
        return await self._store.read(query)

    async def last_seq(self) -> int:
        """Number of the newest journal entry."""
        return await self._store.read(lambda reader: reader.last_seq())

    async def facts_after(self, seq: int, *, limit: int = 1000) -> list[JournalEntry]:
        """See `EngineFace.facts_after`."""
        return await self._store.read(lambda reader: reader.facts_after(seq, limit=limit))

    async def wait_for_facts(self, seq: int) -> int:
        """See `EngineFace.wait_for_facts`."""
        return await self._store.wait_for_facts(seq)

    async def transcript(
        self, task_id: TaskId, iteration: int, *, after: int = 0, limit_bytes: int = 262_144
    ) -> TranscriptChunk:
        """See `EngineFace.transcript`."""
        folder = self.settings.state / "transcripts"
        return await asyncio.to_thread(
            read_transcript,
            folder,
            task_id,
            iteration,
            after=after,
            limit_bytes=limit_bytes,
            codec=self._parts.secrecy.codec,
        )

    async def past_transcript(
        self, task_id: TaskId, iteration: int, until: datetime, *, limit_bytes: int = 65_536
    ) -> PastTranscript:
        """See `EngineFace.past_transcript`."""
        from engine.session.transcript_past import past_transcript  # late: one screen asks

        return await asyncio.to_thread(
            past_transcript,
            self.settings.state / "transcripts",
            task_id,
            iteration,
            until,
            limit_bytes=limit_bytes,
            codec=self._parts.secrecy.codec,
        )

    async def session_text(self, task_id: TaskId, checkpoint: int) -> str:
        """See `EngineFace.session_text`."""
        points = await self._store.read(lambda reader: reader.checkpoints(task_id))
        copies = {point.iteration_count: point.session_text for point in points}
        return await asyncio.to_thread(
            session_text,
            task_id,
            checkpoint,
            folder=self.settings.brain,
            fallback=copies.get(checkpoint, ""),
            codec=self._parts.secrecy.codec,
        )

    async def changed_files(self, base: str, head: str) -> ChangedFiles:
        """See `EngineFace.changed_files`."""
        return await self._parts.workspace.listed(base, head)

    async def unfinished(self, task_id: TaskId) -> str:
        """See `EngineFace.unfinished`."""
        item = await self._store.read(lambda reader: reader.task(task_id))
        if item.state in _OVER:
            return ""
        return await self._parts.workspace.unfinished(item)

    async def patch(self, base: str, head: str, file: ChangedFile) -> FilePatch:
        """See `EngineFace.patch`."""
        return await self._parts.workspace.patch(base, head, file)

    async def since_seen(self, operator: str) -> Absence | None:
        """What happened since `operator` stopped looking; None: nothing, or he never looked."""
        looks = await asyncio.to_thread(last_looks, self.settings.state)
        look = looks.get(operator)
        if look is None:
            return None
        entries = await self.facts_after(look.seq, limit=MOST_FACTS + 1)
        if not entries:
            return None
        lasted_s = (self._parts.clock.now() - look.at).total_seconds()
        return absence(lasted_s, entries[:MOST_FACTS], is_cut=len(entries) > MOST_FACTS)

    async def report(self, *, since: datetime | None, is_last_run: bool = False) -> Report:
        """From `since` (None: ever) on, or with `is_last_run` since the last run began."""
        from engine.app.reporting import begin_of_last_run, read_report  # late: one command asks

        until, project = self._parts.clock.now(), self.settings.project
        return await self._store.read(
            lambda reader: read_report(
                reader,
                project,
                since=begin_of_last_run(reader) if is_last_run else since,
                until=until,
            )
        )

    async def leave_seen(self, operator: str) -> None:
        """Remember that `operator` has seen all there is; what cannot be written is not told."""
        look = LastLook(seq=await self.last_seq(), at=self._parts.clock.now())
        with suppress(OSError):
            await asyncio.to_thread(keep_look, self.settings.state, operator, look)

    async def search(
        self, text: str, *, limit: int = 50, within_s: float = 10.0
    ) -> AsyncGenerator[SearchPart, None]:
        """See `EngineFace.search`."""
        from engine.app.searching import search  # late: one key asks

        async for part in search(self._parts, text, limit=limit, within_s=within_s):
            yield part

    async def log_lines(self) -> list[LogLine]:
        """See `EngineFace.log_lines`."""
        from engine.app.log_reading import log_lines  # late: one screen asks

        folder, codec = self.settings.state / "logs", self._parts.secrecy.codec
        return await asyncio.to_thread(log_lines, folder, codec)

    async def knowledge_objects(self) -> list[KnowledgeFile]:
        """See `EngineFace.knowledge_objects`."""
        from engine.app.knowledge_files import knowledge_files  # late: one screen asks

        brain, codec = self.settings.brain, self._parts.secrecy.codec
        return await asyncio.to_thread(lambda: list(knowledge_files(brain, codec)))

    async def kept_filters(self, operator: str, place: str) -> Mapping[str, str]:
        """See `EngineFace.kept_filters`."""
        from engine.app.kept_filters import kept_filters  # late: one key asks

        state, secrecy = self.settings.state, self._parts.secrecy
        return await asyncio.to_thread(kept_filters, state, operator, place, secrecy)

    async def keep_filter(self, operator: str, place: str, name: str, words: str) -> None:
        """See `EngineFace.keep_filter`."""
        from engine.app.kept_filters import keep_filter  # late: one key asks

        state, secrecy = self.settings.state, self._parts.secrecy
        await asyncio.to_thread(keep_filter, state, operator, place, name, words, secrecy)

    async def note_key(self) -> None:
        """See `EngineFace.note_key`."""
        await asyncio.to_thread(note_key, self.settings.state, self._parts.clock.now())

    async def leave_post(self) -> None:
        """The operator goes and the run goes on: from now on notices are sent at once."""
        await asyncio.to_thread(forget_key, self.settings.state)

    async def give(self, order: Order, *, by: str) -> OrderRecord:
        """See `EngineFace.give`."""
        if isinstance(order, SetAgent | BranchTask) and order.backend is not None:
            _refuse_unknown_backend(order.task_id, order.backend)
        if isinstance(order, BranchTask):
            await self._refuse_lost_point(order)
        order_id = await self._write_order(order, by)
        return await self._settled(order_id)

    async def undo(self, *, by: str) -> OrderRecord:
        """See `EngineFace.undo`."""
        newest = await self._store.read(lambda reader: reader.newest_orders(_NEWEST_ORDERS))
        for record in newest:
            if record.by == by and isinstance(record.order, UndoableOrder) and record.before:
                return await self.give(UndoOrder(order_id=record.order_id), by=by)
        raise StateError("there is nothing to undo", hint="only what you ordered last can be")

    async def take(self, task_id: TaskId, *, by: str) -> Path:
        """See `EngineFace.take`."""
        return await Taking(self._parts, partial(self.give, by=by), by=by).take(task_id)

    async def hand_back(self, task_id: TaskId, note: str, *, by: str) -> OrderRecord:
        """See `EngineFace.hand_back`."""
        return await Taking(self._parts, partial(self.give, by=by), by=by).hand_back(task_id, note)

    async def tasks(self, query: TaskQuery) -> list[WorkItem]:
        """Matching tasks, those that need a human first."""
        return await self._store.read(lambda reader: reader.tasks(query))

    async def merges(self, task_id: TaskId) -> list[MergeRecord]:
        """Attempts to merge the task's work, oldest first."""
        return await self._store.read(lambda reader: reader.merges(task_id=task_id))

    async def escalations(self, *, states: frozenset[EscalationState]) -> list[Escalation]:
        """Most severe first; empty `states` means all."""
        return await self._store.read(
            lambda reader: reader.escalations(states=states, limit=_EVERYTHING)
        )

    async def escalation(self, escalation_id: EscalationId) -> Escalation:
        """The escalation.

        Raises:
            UnknownEscalationError: there is none.
        """
        return await self._store.read(lambda reader: reader.escalation(escalation_id))

    async def always_rule(self, escalation_id: EscalationId) -> str:
        """See `EngineFace.always_rule`."""

        def find(reader: Reader) -> tuple[Escalation, WorkItem]:
            escalation = reader.escalation(escalation_id)
            return escalation, reader.task(escalation.task_id)

        escalation, item = await self._store.read(find)
        edit = await asyncio.to_thread(self._rules.proposal, escalation, item)
        return edit.text

    async def usage_of(self, task_id: TaskId) -> Usage:
        """What the task has used so far."""
        return await self._store.read(lambda reader: reader.usage(task_id=task_id))

    async def decisions(self, task_id: TaskId | None) -> tuple[list[Decision], list[str]]:
        """See `EngineFace.decisions`."""
        log = self._parts.decisions.log
        if task_id is None:
            decisions, warnings = await asyncio.to_thread(log.read_all)
        else:
            await self._store.read(lambda reader: reader.task(task_id))
            decisions, warnings = await asyncio.to_thread(log.read, task_id)
        return [self._parts.decisions.opened(decision) for decision in decisions], warnings

    async def decision_news(self, mark: TrailMark | None) -> TrailNews:
        """See `EngineFace.decision_news`."""
        trail = self._parts.decisions

        def look() -> TrailNews:
            news = trail.log.news(mark)
            opened = (replace(one, decision=trail.opened(one.decision)) for one in news.recorded)
            return replace(news, recorded=tuple(opened))

        return await asyncio.to_thread(look)

    async def recorded(self, task_id: TaskId | None) -> tuple[list[RecordedDecision], list[str]]:
        """As `decisions` of a task, or with None of the whole run, with the places of the lines."""
        trail = self._parts.decisions
        found, warnings = await asyncio.to_thread(trail.log.recorded, task_id)
        return [replace(one, decision=trail.opened(one.decision)) for one in found], warnings

    async def task_facts(self, task_id: TaskId) -> list[JournalEntry]:
        """All that the journal holds of a task, oldest first."""
        return await self._store.read(lambda reader: reader.task_facts(task_id, limit=_EVERYTHING))

    async def audit_problems(self) -> list[str]:
        """See `EngineFace.audit_problems`."""
        return [str(fault) for fault in (await self.audit()).faults]

    async def audit(self) -> AuditReport:
        """A look at the whole audit trail."""
        end = await self._store.read(lambda reader: reader.audit_end())
        anchors = [Anchor(source=DATABASE, seq=end[0], digest=end[1])] if end is not None else []
        report = await asyncio.to_thread(self._parts.decisions.log.check, anchors)
        begun = report.beginning
        if begun is None:
            return report
        opened = self._parts.decisions.opened(begun.decision)
        return replace(report, beginning=replace(begun, decision=opened))

    async def begin_decisions_anew(self, reason: str, *, by: str) -> NewBeginning:
        """Put what is left of the decision log away and go on without it.

        Raises:
            InputError: there is no reason, or the log is intact; nothing was done.
            StoreError: it could not be done; may be said again.
        """
        if not reason.strip():
            raise InputError("a new beginning needs a reason", hint="say why with --reason")
        report = await self.audit()
        if not report.faults:
            raise InputError(
                "the audit trail is intact; it does not begin anew",
                hint="use 'aio-tui decisions archive' to put what is complete away",
            )
        trail = self._parts.decisions
        beginning = await asyncio.to_thread(
            trail.log.begin_anew,
            report,
            at=self._parts.clock.now(),
            repo=self.settings.project,
            by=by,
            reason=trail.kept(reason),
        )
        await self._store.write(lambda tx: None)
        return replace(beginning, decision=trail.opened(beginning.decision))

    async def decision_hashes(self) -> list[str]:
        """Those of all numbered decisions, oldest first."""
        return await asyncio.to_thread(self._parts.decisions.log.hashes)

    async def archive_decisions(self, task_ids: list[TaskId], *, by: str) -> list[str]:
        """Move the files of these tasks, and those of months gone by, into the archive; with no
        task, those of all that have ended. The names of the files that were moved.
        """
        if not task_ids:
            query = TaskQuery(states=_ENDED, limit=_EVERYTHING)
            task_ids = [item.task_id for item in await self.tasks(query)]
        now = self._parts.clock.now()
        log = self._parts.decisions.log
        return await asyncio.to_thread(
            log.archive, task_ids, before=f"{now:%Y-%m}", at=now, repo=self.settings.project, by=by
        )

    async def add_tasks(self, tasks: list[NewTask]) -> list[WorkItem]:
        """Queue them, all or none.

        Raises:
            InputError: a task names an agent that there is not, or its id holds what may not be
                written; nothing was added.
            DuplicateTaskError, DependencyError: nothing was added.
        """
        for task in tasks:
            self._refuse_secret_id(task.task_id)
            if task.backend is not None:
                _refuse_unknown_backend(task.task_id, task.backend)
        return await self._store.write(lambda tx: tx.add_tasks(tasks))

    async def import_queue(self, path: Path) -> list[WorkItem]:
        """Queue the tasks of a queue file, all or none; those it calls completed are left out.

        Raises:
            ConfigError, InputError: the file is wrong; nothing was added.
        """
        from engine.exchange import read_queue

        project = self.settings.project
        tasks = await asyncio.to_thread(read_queue, path, project=project)
        return await self.add_tasks(tasks)

    async def export_queue(self, path: Path) -> int:
        """Write the project's tasks as a queue file; how many there are."""
        from engine.exchange import write_queue

        project = self.settings.project
        items = await self.tasks(TaskQuery(project=project, limit=_EVERYTHING))
        await asyncio.to_thread(write_queue, path, items, project=project)
        return len(items)

    async def _refuse_lost_point(self, order: BranchTask) -> None:
        """A checkpoint whose commit is gone from the repository, or an id that may not be written.

        Raises:
            InputError, WorkspaceError: nothing was ordered.
        """
        self._refuse_secret_id(order.new_id)
        point = await self._store.read(lambda reader: point_of(reader, order))
        await self._parts.workspace.resolve(point.commit)

    def _refuse_secret_id(self, task_id: str) -> None:
        redact = self._parts.secrecy.redact
        if redact(task_id) != task_id:
            raise InputError(
                f"task id {redact(task_id)!r} would hold a secret or personal data",
                hint="ids stay readable everywhere: name the task after what is to be done",
            )

    async def _write_order(self, order: Order, by: str) -> OrderId:
        order_id = OrderId(self._parts.ids.new("ord"))
        record = OrderRecord(
            order_id=order_id, order=order, by=by, given_at=self._parts.clock.now()
        )

        def write(tx: Transaction) -> None:
            tx.add_order(record)
            tx.append_facts(OrderGiven(order_id=order_id, order_kind=order.kind, by=by))

        await self._store.write(write)
        return order_id

    async def _settled(self, order_id: OrderId) -> OrderRecord:
        try:
            async with asyncio.timeout(SETTLED_WITHIN_S):
                return await self._wait_until_settled(order_id)
        except TimeoutError:
            pid = self._lock.holder().get("pid", "unknown")
            raise StateError(
                f"order {order_id!r} was not settled in {SETTLED_WITHIN_S:.0f} s",
                hint=f"it stays in the store and is settled first of all by the engine (process"
                f" {pid}) or the next one; one that hangs can be ended with 'kill -9 {pid}'",
            ) from None

    async def _wait_until_settled(self, order_id: OrderId) -> OrderRecord:
        while True:
            seq = await self.last_seq()
            record = await self._store.read(lambda reader: reader.order(order_id))
            if record.status is not OrderStatus.PENDING:
                return record
            await self._store.wait_for_facts(seq)


def _refuse_unknown_backend(task_id: TaskId, backend: str) -> None:
    if backend not in BACKENDS:
        raise InputError(
            f"task {task_id!r} wants agent backend {backend!r}, which is unknown",
            hint=f"use one of {', '.join(BACKENDS)}",
        )
