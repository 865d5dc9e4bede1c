"""The audit trail, as the engine writes it and guests read it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engine.audit.decision_log import DecisionLog
from engine.domain.audit import (
    Anchor,
    AuditReport,
    NewBeginning,
    RecordedDecision,
    TrailMark,
    TrailNews,
)
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import InputError
from engine.domain.ids import TaskId
from engine.ports.secrecy import OPEN, Secrecy
from engine.ports.store import Transaction


class AuditTrail:
    """The decision log, written and read from threads because it waits for the disk."""

    def __init__(self, log: DecisionLog, secrecy: Secrecy = OPEN) -> None:
        self.log = log
        self._secrecy = secrecy

    async def record(self, decision: Decision) -> None:
        """On disk when this returns."""
        await asyncio.to_thread(self.log.record, self._cleaned(decision))

    async def newest_run_wide(self, kind: DecisionKind) -> Decision | None:
        """See `DecisionLog.newest_run_wide`."""
        found = await asyncio.to_thread(self.log.newest_run_wide, kind)
        return None if found is None else self.opened(found)

    def kept(self, text: str) -> str:
        """A text as a line may hold it."""
        return self._secrecy.codec.seal(self._secrecy.redact(text))

    def leave_end(self, tx: Transaction) -> None:
        """Let the database remember the newest decision that this process has written."""
        if self.log.newest is not None:
            tx.note_audit_end(self.log.newest.seq, self.log.newest.digest)

    async def read(self, task_id: TaskId | None) -> tuple[list[Decision], list[str]]:
        """Decisions about a task, or with None all, oldest first; and what could not be read."""
        if task_id is None:
            decisions, warnings = await asyncio.to_thread(self.log.read_all)
        else:
            decisions, warnings = await asyncio.to_thread(self.log.read, task_id)
        return [self.opened(decision) for decision in decisions], warnings

    async def recorded(self, task_id: TaskId | None) -> tuple[list[RecordedDecision], list[str]]:
        """As `read`, with None only those of the whole run; each with the place of its line."""
        found, warnings = await asyncio.to_thread(self.log.recorded, task_id)
        return [self._opened_line(one) for one in found], warnings

    async def news(self, mark: TrailMark | None) -> TrailNews:
        """See `EngineFace.decision_news`."""

        def look() -> TrailNews:
            news = self.log.news(mark)
            return replace(news, recorded=tuple(map(self._opened_line, news.recorded)))

        return await asyncio.to_thread(look)

    async def check(self, anchors: Sequence[Anchor]) -> AuditReport:
        """A look at every line of it, and whether it still holds what the anchors remember."""
        report = await asyncio.to_thread(self.log.check, anchors)
        return (
            report
            if report.beginning is None
            else replace(report, beginning=self._opened_beginning(report.beginning))
        )

    async def begin_anew(
        self, report: AuditReport, reason: str, *, at: datetime, repo: str, by: str
    ) -> NewBeginning:
        """Put what is left of it away and go on without.

        Raises:
            InputError: there is no reason, or the log is intact; nothing was done.
            StoreError: it could not be done; may be said again.
        """
        if not reason.strip():
            raise InputError("a new beginning needs a reason", hint="say why with --reason")
        if not report.faults:
            raise InputError(
                "the audit trail is intact; it does not begin anew",
                hint="use 'aio-tui decisions archive' to put what is complete away",
            )
        begun = await asyncio.to_thread(
            self.log.begin_anew, report, at=at, repo=repo, by=by, reason=self.kept(reason)
        )
        return self._opened_beginning(begun)

    async def hashes(self) -> list[str]:
        """Those of all numbered decisions, oldest first."""
        return await asyncio.to_thread(self.log.hashes)

    async def archive(
        self, task_ids: Sequence[TaskId], *, at: datetime, repo: str, by: str
    ) -> list[str]:
        """Move the files of these tasks, and those of months gone by, into the archive. The names
        of the files that were moved.
        """
        return await asyncio.to_thread(
            self.log.archive, list(task_ids), before=f"{at:%Y-%m}", at=at, repo=repo, by=by
        )

    def opened(self, decision: Decision) -> Decision:
        """A decision that the log gave, as it reads. The chain is over what is sealed, so it can
        be verified without a key.
        """
        read = self._secrecy.codec.open
        return replace(decision, value=read(decision.value), reason=read(decision.reason))

    def _cleaned(self, decision: Decision) -> Decision:
        value, reason = self.kept(decision.value), self.kept(decision.reason)
        return replace(decision, value=value, reason=reason)

    def _opened_line(self, line: RecordedDecision) -> RecordedDecision:
        return replace(line, decision=self.opened(line.decision))

    def _opened_beginning(self, begun: NewBeginning) -> NewBeginning:
        return replace(begun, decision=self.opened(begun.decision))
