"""What every guest may see and order, whether the engine runs in this process or another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
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
from engine.app.at_hand import is_at_hand
from engine.app.complaints import Complaints
from engine.app.lacking import lacking
from engine.app.lock import EngineLock
from engine.app.ordering import Ordering
from engine.app.parts import Parts
from engine.app.presence import forget_key, note_key
from engine.app.secrecy import contracts_in_force
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
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import JournalEntry
from engine.domain.ids import EscalationId, TaskId
from engine.domain.merge import MergeRecord
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.work import WorkItem
from engine.loop.always import RuleBook
from engine.ports.cockpit import MOST_REPORTED, Overview, RunState, TaskView, TranscriptChunk
from engine.ports.report import Report
from engine.ports.store import Reader, TaskQuery
from engine.session.state import session_text
from engine.session.transcript_reading import read_transcript

if TYPE_CHECKING:
    from engine.ports.knowledge import KnowledgeFile  # late: the first frame shows none of these
    from engine.ports.log import LogLine
    from engine.ports.replay import PastTranscript
    from engine.ports.search import SearchPart

_ENDED = frozenset({TaskState.COMPLETED, TaskState.CANCELLED})
_OVER = _ENDED | {TaskState.PASSED, TaskState.MERGING}
"""What of the work counts is committed."""
_EVERYTHING = 1_000_000_000
DATABASE = "the database"
T = TypeVar("T")


class Face(Ordering):
    """Reads the store and writes orders to it. Runs nothing."""

    def __init__(self, parts: Parts, lock: EngineLock) -> None:
        super().__init__(parts, lock)
        self._complaints = Complaints(parts)
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
    def was_cut_off(self) -> bool:
        """Whether the last engine here ended without ending its run, and none came since."""
        return not self.is_embedded and self._lock.was_cut_off()

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
        run, warnings = self.run_state, self._complaints.standing
        told = await self._store.read(
            lambda reader: overview(reader, self.settings, run, warnings=warnings)
        )
        is_lost = run is RunState.NO_ENGINE and self.was_cut_off
        told = replace(told, waits_until=self.waits_until, is_engine_lost=is_lost)
        if not told.working or run is RunState.NO_ENGINE:
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
        run = self.run_state
        view = await self._store.read(lambda reader: task_view(reader, self.settings, task_id))
        lacks = (await self.lacking([view.item])).get(task_id, "")
        return replace(view, run=run, lacks=lacks)

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

    async def report(
        self,
        *,
        since: datetime | None,
        is_last_run: bool = False,
        most: int | None = MOST_REPORTED,
    ) -> Report:
        """See `EngineFace.report`."""
        from engine.app.reporting import begin_of_last_run, read_report  # late: one command asks

        until, project, run = self._parts.clock.now(), self.settings.project, self.run_state
        return await self._store.read(
            lambda reader: read_report(
                reader,
                project,
                since=begin_of_last_run(reader) if is_last_run else since,
                until=until,
                most=most,
                run=run,
                backend=self.settings.backend,
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

    async def at_hand(self, task_ids: Iterable[TaskId]) -> frozenset[TaskId]:
        """In the worktrees of which of these tasks somebody is at work now."""

        def look() -> frozenset[TaskId]:
            state = self.settings.state
            return frozenset(task_id for task_id in task_ids if is_at_hand(state, task_id))

        return await asyncio.to_thread(look)

    async def note_key(self) -> None:
        """See `EngineFace.note_key`."""
        await asyncio.to_thread(note_key, self.settings.state, self._parts.clock.now())

    async def leave_post(self) -> None:
        """The operator goes and the run goes on: from now on notices are sent at once."""
        await asyncio.to_thread(forget_key, self.settings.state)

    async def tasks(self, query: TaskQuery) -> list[WorkItem]:
        """Matching tasks, those that need a human first."""
        return await self._store.read(lambda reader: reader.tasks(query))

    async def lacking(self, items: Sequence[WorkItem]) -> Mapping[TaskId, str]:
        """As `Overview.lacking`, of these tasks."""
        return await self._store.read(lambda reader: lacking(reader, items, self.settings.backend))

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

    async def task_facts(self, task_id: TaskId) -> list[JournalEntry]:
        """All that the journal holds of a task, oldest first."""
        return await self._store.read(lambda reader: reader.task_facts(task_id, limit=_EVERYTHING))

    async def decisions(self, task_id: TaskId | None) -> tuple[list[Decision], list[str]]:
        """See `EngineFace.decisions`."""
        if task_id is not None:
            await self._store.read(lambda reader: reader.task(task_id))
        return await self._parts.decisions.read(task_id)

    async def decision_news(self, mark: TrailMark | None) -> TrailNews:
        """See `EngineFace.decision_news`."""
        return await self._parts.decisions.news(mark)

    async def recorded(self, task_id: TaskId | None) -> tuple[list[RecordedDecision], list[str]]:
        """See `AuditTrail.recorded`."""
        return await self._parts.decisions.recorded(task_id)

    async def audit_problems(self) -> list[str]:
        """See `EngineFace.audit_problems`."""
        return [str(fault) for fault in (await self.audit()).faults]

    async def audit(self) -> AuditReport:
        """A look at the whole audit trail, also by what the database remembers of its end."""
        end = await self._store.read(lambda reader: reader.audit_end())
        anchors = [Anchor(source=DATABASE, seq=end[0], digest=end[1])] if end is not None else []
        return await self._parts.decisions.check(anchors)

    async def begin_decisions_anew(self, reason: str, *, by: str) -> NewBeginning:
        """See `AuditTrail.begin_anew`."""
        beginning = await self._parts.decisions.begin_anew(
            await self.audit(), reason, at=self.now(), repo=self.settings.project, by=by
        )
        await self._store.write(lambda tx: None)
        return beginning

    async def decision_hashes(self) -> list[str]:
        """Those of all numbered decisions, oldest first."""
        return await self._parts.decisions.hashes()

    async def archive_decisions(self, task_ids: list[TaskId], *, by: str) -> list[str]:
        """See `AuditTrail.archive`; with no task, the files of all that have ended."""
        if not task_ids:
            query = TaskQuery(states=_ENDED, limit=_EVERYTHING)
            task_ids = [item.task_id for item in await self.tasks(query)]
        return await self._parts.decisions.archive(
            task_ids, at=self.now(), repo=self.settings.project, by=by
        )
