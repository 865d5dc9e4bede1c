"""The engine's face until the engine is there: the first frame does not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from engine.domain.errors import StateError
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order, OrderRecord, ResumeRun
from engine.domain.settings import Settings
from engine.ports.cockpit import (
    MOST_REPORTED,
    EngineFace,
    Overview,
    RunState,
    TaskView,
    TranscriptChunk,
)

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


class Arrival:
    """Whoever asks waits until the engine has arrived, and is answered by it."""

    def __init__(self, settings: Settings, *, is_read_only: bool = False) -> None:
        self.settings = settings
        self.is_read_only = is_read_only
        self.is_wanted = asyncio.Event()
        """Set by the first question: the first frame is on the screen by then."""
        self._face: asyncio.Future[EngineFace] = asyncio.get_running_loop().create_future()
        self._inherit: Callable[[], Awaitable[None]] | None = None

    @property
    def is_embedded(self) -> bool:
        return self._face.done() and self._face.result().is_embedded

    def arrive(
        self, face: EngineFace, *, inherit: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Let `face` answer from now on.

        `inherit` makes this process the engine's after another one died; what it brings arrives
        here in its turn. None: this process is the engine's already, or only looks.
        """
        if self._face.done():
            self._face = asyncio.get_running_loop().create_future()
        self._face.set_result(face)
        self._inherit = inherit

    async def overview(self) -> Overview:
        """See `EngineFace.overview`."""
        return await (await self._arrived()).overview()

    async def task_view(self, task_id: TaskId) -> TaskView:
        """See `EngineFace.task_view`."""
        return await (await self._arrived()).task_view(task_id)

    async def read(self, query: Callable[[Reader], T]) -> T:
        """See `EngineFace.read`."""
        return await (await self._arrived()).read(query)

    async def facts_after(self, seq: int, *, limit: int = 1000) -> list[JournalEntry]:
        """See `EngineFace.facts_after`."""
        return await (await self._arrived()).facts_after(seq, limit=limit)

    async def wait_for_facts(self, seq: int) -> int:
        """See `EngineFace.wait_for_facts`."""
        return await (await self._arrived()).wait_for_facts(seq)

    async def note_key(self) -> None:
        """See `EngineFace.note_key`. Opens no engine."""
        if self._face.done():
            await self._face.result().note_key()

    async def always_rule(self, escalation_id: EscalationId) -> str:
        """See `EngineFace.always_rule`."""
        return await (await self._arrived()).always_rule(escalation_id)

    async def give(self, order: Order, *, by: str) -> OrderRecord:
        """See `EngineFace.give`. To go on with a run whose engine died makes this process the
        engine's.

        Raises:
            StateError: this cockpit only looks; nothing was ordered.
        """
        self._refuse_if_read_only()
        face = await self._arrived()
        is_start = isinstance(order, ResumeRun)
        if is_start and self._inherit and (await face.overview()).run is RunState.NO_ENGINE:
            await self._inherit()
            face = await self._arrived()
        return await face.give(order, by=by)

    def _refuse_if_read_only(self) -> None:
        if self.is_read_only:
            raise StateError("this cockpit only looks", hint="open one without --read-only")

    async def undo(self, *, by: str) -> OrderRecord:
        """See `EngineFace.undo`."""
        self._refuse_if_read_only()
        return await (await self._arrived()).undo(by=by)

    async def take(self, task_id: TaskId, *, by: str) -> Path:
        """See `EngineFace.take`."""
        self._refuse_if_read_only()
        return await (await self._arrived()).take(task_id, by=by)

    async def hand_back(self, task_id: TaskId, note: str, *, by: str) -> OrderRecord:
        """See `EngineFace.hand_back`."""
        self._refuse_if_read_only()
        return await (await self._arrived()).hand_back(task_id, note, by=by)

    async def transcript(
        self, task_id: TaskId, iteration: int, *, after: int = 0, limit_bytes: int = 262_144
    ) -> TranscriptChunk:
        """See `EngineFace.transcript`."""
        face = await self._arrived()
        return await face.transcript(task_id, iteration, after=after, limit_bytes=limit_bytes)

    async def past_transcript(
        self, task_id: TaskId, iteration: int, until: datetime, *, limit_bytes: int = 65_536
    ) -> PastTranscript:
        """See `EngineFace.past_transcript`."""
        face = await self._arrived()
        return await face.past_transcript(task_id, iteration, until, limit_bytes=limit_bytes)

    async def session_text(self, task_id: TaskId, checkpoint: int) -> str:
        """See `EngineFace.session_text`."""
        return await (await self._arrived()).session_text(task_id, checkpoint)

    async def changed_files(self, base: str, head: str) -> ChangedFiles:
        """See `EngineFace.changed_files`."""
        return await (await self._arrived()).changed_files(base, head)

    async def unfinished(self, task_id: TaskId) -> str:
        """See `EngineFace.unfinished`."""
        return await (await self._arrived()).unfinished(task_id)

    async def patch(self, base: str, head: str, file: ChangedFile) -> FilePatch:
        """See `EngineFace.patch`."""
        return await (await self._arrived()).patch(base, head, file)

    async def decisions(self, task_id: TaskId | None) -> tuple[list[Decision], list[str]]:
        """See `EngineFace.decisions`."""
        return await (await self._arrived()).decisions(task_id)

    async def decision_news(self, mark: TrailMark | None) -> TrailNews:
        """See `EngineFace.decision_news`."""
        return await (await self._arrived()).decision_news(mark)

    async def audit_problems(self) -> list[str]:
        """See `EngineFace.audit_problems`."""
        return await (await self._arrived()).audit_problems()

    async def search(
        self, text: str, *, limit: int = 50, within_s: float = 10.0
    ) -> AsyncGenerator[SearchPart, None]:
        """See `EngineFace.search`."""
        face = await self._arrived()
        async for part in face.search(text, limit=limit, within_s=within_s):
            yield part

    async def report(
        self,
        *,
        since: datetime | None,
        is_last_run: bool = False,
        most: int | None = MOST_REPORTED,
    ) -> Report:
        """See `EngineFace.report`."""
        face = await self._arrived()
        return await face.report(since=since, is_last_run=is_last_run, most=most)

    async def log_lines(self) -> list[LogLine]:
        """See `EngineFace.log_lines`."""
        return await (await self._arrived()).log_lines()

    async def knowledge_objects(self) -> list[KnowledgeFile]:
        """See `EngineFace.knowledge_objects`."""
        return await (await self._arrived()).knowledge_objects()

    async def kept_filters(self, operator: str, place: str) -> Mapping[str, str]:
        """See `EngineFace.kept_filters`."""
        return await (await self._arrived()).kept_filters(operator, place)

    async def keep_filter(self, operator: str, place: str, name: str, words: str) -> None:
        """See `EngineFace.keep_filter`."""
        await (await self._arrived()).keep_filter(operator, place, name, words)

    async def _arrived(self) -> EngineFace:
        self.is_wanted.set()
        return await asyncio.shield(self._face)
