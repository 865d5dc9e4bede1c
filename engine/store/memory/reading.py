"""The reading verbs of the port on plain containers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

from engine.domain.action import Severity
from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import UnknownEscalationError, UnknownTaskError
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import JournalEntry, landmark_of
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.orders import OrderRecord, OrderStatus
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.work import MergeState, WorkItem
from engine.ports.metrics import Metrics
from engine.ports.store import FactQuery, RunControl, TaskQuery, TaskSlice, UrgentNote
from engine.store.memory.metrics import read_metrics
from engine.store.memory.tables import Tables
from engine.store.rules import ATTENTION, LOOKED_BACK, MOVES, TURNS, unknown_order

_SEVERITY_RANK = {level: -rank for rank, level in enumerate(Severity)}


class MemoryReader:
    """A view on tables that nobody changes meanwhile; `now` is the time of the view."""

    def __init__(self, tables: Tables, now: datetime) -> None:
        self._tables = tables
        self._now = now

    def task(self, task_id: TaskId) -> WorkItem:
        try:
            return self._tables.tasks[task_id]
        except KeyError:
            raise UnknownTaskError(task_id) from None

    def tasks(self, query: TaskQuery) -> list[WorkItem]:
        found = [item for item in self._tables.tasks.values() if _matches(item, query)]
        found.sort(key=lambda item: (ATTENTION[item.state], item.priority))
        return found[: query.limit]

    def find_tasks(
        self,
        words: Sequence[str],
        *,
        project: str | None,
        before: int | None,
        look_at: int,
        limit: int,
    ) -> TaskSlice:
        items = list(self._tables.tasks.values())
        end = len(items) + 1 if before is None else before
        places = range(end - 1, max(end - look_at, 1) - 1, -1)
        found = [at for at in places if _has_words(items[at - 1], words, project)][:limit]
        goes_on_at = found[-1] if len(found) == limit else end - look_at
        return TaskSlice(
            items=[items[at - 1] for at in found], before=goes_on_at if goes_on_at > 1 else None
        )

    def metrics(self, project: str, *, since: datetime | None = None) -> Metrics:
        return read_metrics(self._tables, project, since)

    def counts(self, project: str | None = None) -> Mapping[TaskState, int]:
        return dict(Counter(item.state for item in self._in_project(project)))

    def merge_counts(self, project: str | None = None) -> Mapping[MergeState, int]:
        items = self._in_project(project)
        return dict(Counter(item.merge_state for item in items if item.merge_state is not None))

    def dependents(self, task_id: TaskId) -> list[TaskId]:
        return [item.task_id for item in self._in_project(None) if task_id in item.depends_on]

    def branches(self, task_id: TaskId) -> list[WorkItem]:
        return [item for item in self._tables.tasks.values() if item.branched_from == task_id]

    def checkpoints(self, task_id: TaskId) -> list[Checkpoint]:
        return list(self._tables.checkpoints.get(task_id, ()))

    def escalation(self, escalation_id: EscalationId) -> Escalation:
        try:
            return self._tables.escalations[escalation_id]
        except KeyError:
            raise UnknownEscalationError(escalation_id) from None

    def escalations(
        self,
        *,
        states: frozenset[EscalationState] = frozenset(),
        task_id: TaskId | None = None,
        limit: int = 1000,
    ) -> list[Escalation]:
        found = [
            escalation
            for escalation in self._tables.escalations.values()
            if (not states or escalation.state in states)
            and (task_id is None or escalation.task_id == task_id)
        ]
        found.sort(key=lambda escalation: _SEVERITY_RANK[escalation.severity])
        return found[:limit]

    def order(self, order_id: OrderId) -> OrderRecord:
        try:
            return self._tables.orders[order_id]
        except KeyError:
            raise unknown_order(order_id) from None

    def pending_orders(self) -> list[OrderRecord]:
        return [o for o in self._tables.orders.values() if o.status is OrderStatus.PENDING]

    def newest_orders(self, limit: int) -> list[OrderRecord]:
        return list(self._tables.orders.values())[::-1][:limit]

    def facts_after(self, seq: int, *, limit: int = 1000) -> list[JournalEntry]:
        start = max(seq, 0)  # entry n stands at index n-1
        return self._tables.journal[start : start + limit]

    def facts(self, query: FactQuery) -> list[JournalEntry]:
        end = None if query.before is None else max(query.before - 1, 0)
        span = self._tables.journal[max(query.after, 0) : end]  # entry n stands at index n-1
        wanted = (
            entry
            for entry in (reversed(span) if query.is_newest_first else span)
            if query.task_id in (None, entry.task_id)
            and (not query.landmarks or landmark_of(entry.fact) in query.landmarks)
        )
        found = list(islice(wanted, query.limit))
        return found[::-1] if query.is_newest_first else found

    def tasks_told_of(self, *, after: int, before: int) -> dict[TaskId, int]:
        span = self._tables.journal[max(after, 0) : max(before - 1, 0)]
        found: dict[TaskId, int] = {}
        for entry in span:
            if entry.task_id is not None:
                found.setdefault(TaskId(entry.task_id), entry.seq)
        return found

    def stood_by(self, before: int) -> list[list[JournalEntry]]:
        own: dict[str, list[JournalEntry]] = {}
        for entry in self._tables.journal[: max(before - 1, 0)]:
            if entry.task_id is not None:
                own.setdefault(entry.task_id, []).append(entry)
        return [_telling(own[task_id]) for task_id in sorted(own)]

    def task_facts(self, task_id: TaskId, *, limit: int = 1000) -> list[JournalEntry]:
        newest = (entry for entry in reversed(self._tables.journal) if entry.task_id == task_id)
        return list(islice(newest, limit))[::-1]

    def newest_fact(self, kind: str) -> JournalEntry | None:
        found = (entry for entry in reversed(self._tables.journal) if kind == entry.fact.KIND)
        return next(found, None)

    def facts_of_kind(self, kind: str, *, since: datetime | None = None) -> list[JournalEntry]:
        return [
            entry
            for entry in self._tables.journal
            if kind == entry.fact.KIND and (since is None or entry.at >= since)
        ]

    def last_seq(self) -> int:
        return len(self._tables.journal)

    def usage(
        self,
        *,
        task_id: TaskId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Usage:
        return _sum(
            row.usage
            for row in self._tables.usage
            if (task_id is None or row.task_id == task_id)
            and (since is None or row.at >= since)
            and (until is None or row.at <= until)
        )

    def usage_by_task(
        self,
        project: str | None = None,
        *,
        since: datetime | None = None,
        agent: str | None = None,
    ) -> Mapping[TaskId, Usage]:
        sums: dict[TaskId, Usage] = {}
        for row in self._tables.usage:
            if (
                (project is None or row.project == project)
                and (agent is None or row.agent == agent)
                and (since is None or row.at >= since)
            ):
                sums[row.task_id] = sums.get(row.task_id, Usage()) + row.usage
        return sums

    def notes(self, task_id: TaskId) -> list[str]:
        return [note.text for note in self._tables.unread_notes.get(task_id, ())]

    def urgent_notes(self, task_id: TaskId) -> list[UrgentNote]:
        return [
            UrgentNote(number=note.number, text=note.text)
            for note in self._tables.unread_notes.get(task_id, ())
            if note.is_urgent
        ]

    def merges(
        self, *, task_id: TaskId | None = None, steps: frozenset[MergeStep] = frozenset()
    ) -> list[MergeRecord]:
        return [
            record
            for record in self._tables.merges
            if (task_id is None or record.task_id == task_id)
            and (not steps or record.step in steps)
        ]

    def audit_end(self) -> tuple[int, str] | None:
        return self._tables.audit_end

    def control(self) -> RunControl:
        return self._tables.control

    def next_ready_at(self, project: str | None = None) -> datetime | None:
        times = (
            item.not_before
            for item in self._in_project(project)
            if item.is_ready_but_for_time and item.not_before is not None
        )
        return min((at for at in times if at > self._now), default=None)

    def _in_project(self, project: str | None) -> Iterable[WorkItem]:
        tasks = self._tables.tasks.values()
        return tasks if project is None else [item for item in tasks if item.project == project]


def _telling(entries: Sequence[JournalEntry]) -> list[JournalEntry]:
    moves = [entry for entry in entries if entry.fact.KIND in MOVES]
    turns = [entry for entry in entries[-LOOKED_BACK:] if entry.fact.KIND in TURNS]
    told = {entry.seq: entry for entry in (*moves[-1:], *turns[-1:], entries[-1])}
    return [told[seq] for seq in sorted(told)]


def _sum(usages: Iterable[Usage]) -> Usage:
    return sum(usages, start=Usage())


def _matches(item: WorkItem, query: TaskQuery) -> bool:
    text = query.text.casefold()
    return (
        (query.project is None or item.project == query.project)
        and (not query.states or item.state in query.states)
        and (not query.merge_states or item.merge_state in query.merge_states)
        and (text in item.task_id.casefold() or text in item.description.casefold())
    )


def _has_words(item: WorkItem, words: Sequence[str], project: str | None) -> bool:
    texts = [text.casefold() for text in (item.task_id, item.description, item.error_log)]
    is_there = all(any(word in text for text in texts) for word in words)
    return is_there and project in (None, item.project)
