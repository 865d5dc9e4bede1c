# ruff: noqa: S608  names in statements are constants of this package; values are bound
"""The reading verbs of the port, in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from engine.domain.action import Severity
from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import UnknownEscalationError, UnknownTaskError
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import JournalEntry
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.orders import OrderRecord
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.work import MergeState, WorkItem
from engine.ports.store import FactQuery, RunControl, TaskQuery, TaskSlice, UrgentNote
from engine.store import codec
from engine.store.rules import ATTENTION, LOOKED_BACK, MOVES, TURNS, unknown_order
from engine.store.sqlite import rows
from engine.store.sqlite.known import KnownQuestions
from engine.store.sqlite.schema import DELAYED, OPEN, OVER, TOUCHED, VERIFIED

if TYPE_CHECKING:
    from engine.ports.metrics import Metrics

_SEVERITY_RANK = "CASE severity {} END".format(
    " ".join(f"WHEN '{level.value}' THEN {-rank}" for rank, level in enumerate(Severity))
)
_HAS_WORD = (
    " AND (instr(folded(id), ?) OR instr(folded(description), ?) OR instr(folded(error_log), ?))"
)
_OPEN_ONES = frozenset({EscalationState.OPEN})
_TASK = f"SELECT {rows.TASK_COLUMNS} FROM work_items WHERE id = ?"
_LISTS: Mapping[str, frozenset[int]] = {
    f"work_items_attention WHERE {TOUCHED}": frozenset({0, 1}),
    f"work_items_open WHERE {OPEN}": frozenset({2}),
    f"work_items_over WHERE {OVER}": frozenset({3}),
}
"""Where tasks of which rank are found in the order of lists."""
_MERGE_LIST: Mapping[str, frozenset[int]] = {
    f"work_items_merge WHERE {VERIFIED}": frozenset({0, 1, 2, 3})
}


def _named(kinds: Iterable[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in sorted(kinds))


def _counting(index: str, condition: str) -> str:
    return (
        f"count(*) FROM work_items INDEXED BY {index}"
        f" WHERE {condition} AND (? IS NULL OR project = ?)"
    )


# No index holds the queued ones alone: they are what is open and was not touched.
_COUNTS = (
    f"SELECT state, {_counting('work_items_attention', TOUCHED)} GROUP BY state"
    f" UNION ALL SELECT state, {_counting('work_items_over', OVER)} GROUP BY state"
    f" UNION ALL SELECT '{TaskState.QUEUED.value}',"
    f" (SELECT {_counting('work_items_open', OPEN)})"
    f" - (SELECT {_counting('work_items_attention', TOUCHED)})"
)
_LAST_SEQ = 2**63 - 1
_OWN = "FROM events INDEXED BY events_task WHERE task_id = known.id AND seq < ?"
# Each task is looked up in the index, one after the other: grouping would read the whole journal.
_STOOD = (
    "WITH RECURSIVE known (id) AS ("
    "SELECT min(task_id) FROM events WHERE task_id IS NOT NULL"
    " UNION ALL SELECT (SELECT min(task_id) FROM events WHERE task_id > known.id)"
    " FROM known WHERE known.id IS NOT NULL)"
    f" SELECT {rows.EVENT_COLUMNS} FROM known CROSS JOIN events WHERE events.seq IN ("
    f"(SELECT max(seq) {_OWN}),"
    f" (SELECT seq {_OWN} AND kind IN ({_named(MOVES)}) ORDER BY seq DESC LIMIT 1),"
    f" (SELECT seq FROM (SELECT seq, kind {_OWN} ORDER BY seq DESC LIMIT {LOOKED_BACK})"
    f" WHERE kind IN ({_named(TURNS)}) LIMIT 1))"
)
_USAGE_SUMS = ", ".join(f"coalesce(sum({name}), 0)" for name in rows.USAGE_COLUMNS.split(", "))


class SqliteReader:
    """A view on the connection's present transaction; `now` is the time of the view."""

    def __init__(
        self, connection: sqlite3.Connection, now: datetime, known: KnownQuestions | None = None
    ) -> None:
        self._connection = connection
        self._known = known
        self._now = now
        self._stamp = codec.to_stamp(now)

    def _run(self, sql: str, *values: object) -> sqlite3.Cursor:
        return rows.run(self._connection, sql, values)

    def task(self, task_id: TaskId) -> WorkItem:
        row = self._run(_TASK, task_id).fetchone()
        if row is None:
            raise UnknownTaskError(task_id)
        return rows.task_from_row(row)

    def tasks(self, query: TaskQuery) -> list[WorkItem]:
        conditions, values = _conditions(query)
        ranks = {ATTENTION[state] for state in query.states or TaskState}
        parts = [
            f"SELECT {rows.TASK_COLUMNS}, attention, number FROM work_items INDEXED BY {source}"
            f" AND attention IN ({', '.join(map(str, sorted(ranks & listed)))}) AND {conditions}"
            for source, listed in (_MERGE_LIST if query.merge_states else _LISTS).items()
            if ranks & listed
        ]
        found = self._run(
            f"{' UNION ALL '.join(parts)} ORDER BY attention, priority, number LIMIT ?",
            *values * len(parts),
            query.limit,
        )
        return [rows.task_from_row(row) for row in found]

    def find_tasks(
        self,
        words: Sequence[str],
        *,
        project: str | None,
        before: int | None,
        look_at: int,
        limit: int,
    ) -> TaskSlice:
        if before is None:
            (newest,) = self._run("SELECT coalesce(max(number), 0) FROM work_items").fetchone()
            before = newest + 1
        first = before - look_at
        found = self._run(
            f"SELECT {rows.TASK_COLUMNS}, number FROM work_items"
            " WHERE number < ? AND number >= ? AND (? IS NULL OR project = ?)"
            f"{_HAS_WORD * len(words)} ORDER BY number DESC LIMIT ?",
            before,
            first,
            project,
            project,
            *(word for word in words for _ in range(3)),
            limit,
        ).fetchall()
        goes_on_at = found[-1][-1] if len(found) == limit else first
        return TaskSlice(
            items=[rows.task_from_row(row) for row in found],
            before=goes_on_at if goes_on_at > 1 else None,
        )

    def metrics(self, project: str, *, since: datetime | None = None) -> Metrics:
        from engine.store.sqlite.metrics import read_metrics  # late: one screen asks

        return read_metrics(self._run, project, since)

    def counts(self, project: str | None = None) -> Mapping[TaskState, int]:
        counted = self._run(_COUNTS, *(project,) * 8)
        return {TaskState(state): count for state, count in counted if count}

    def merge_counts(self, project: str | None = None) -> Mapping[MergeState, int]:
        counted = self._run(
            f"SELECT merge_state, {_counting('work_items_merge', VERIFIED)} GROUP BY merge_state",
            project,
            project,
        )
        return {MergeState(state): count for state, count in counted}

    def dependents(self, task_id: TaskId) -> list[TaskId]:
        found = self._run(
            "SELECT work_items.id FROM dependencies JOIN work_items ON id = dependencies.task_id"
            " WHERE dependencies.depends_on = ? ORDER BY number",
            task_id,
        )
        return [TaskId(dependent) for (dependent,) in found]

    def branches(self, task_id: TaskId) -> list[WorkItem]:
        found = self._run(
            f"SELECT {rows.TASK_COLUMNS} FROM work_items INDEXED BY work_items_branched"
            " WHERE branched_from = ? ORDER BY number",
            task_id,
        )
        return [rows.task_from_row(row) for row in found]

    def checkpoints(self, task_id: TaskId) -> list[Checkpoint]:
        found = self._run(
            f"SELECT {rows.CHECKPOINT_COLUMNS} FROM checkpoints WHERE task_id = ?"
            " ORDER BY iteration_count",
            task_id,
        )
        return [rows.checkpoint_from_row(row) for row in found]

    def escalation(self, escalation_id: EscalationId) -> Escalation:
        row = self._run(
            f"SELECT {rows.ESCALATION_COLUMNS} FROM escalations WHERE id = ?", escalation_id
        ).fetchone()
        if row is None:
            raise UnknownEscalationError(escalation_id)
        return rows.escalation_from_row(row)

    def escalations(
        self,
        *,
        states: frozenset[EscalationState] = frozenset(),
        task_id: TaskId | None = None,
        limit: int = 1000,
    ) -> list[Escalation]:
        order = f"{_SEVERITY_RANK}, number"
        if self._known is not None and task_id is None and states == _OPEN_ONES:
            return self._known.open_ones(self._connection, order, limit)
        conditions, values = ["1"], list[object]()
        if states:
            conditions.append(f"state IN ({rows.marks_for(states)})")
            values.extend(states)
        if task_id is not None:
            conditions.append("task_id = ?")
            values.append(task_id)
        found = self._run(
            f"SELECT {rows.ESCALATION_COLUMNS} FROM escalations"
            f" WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?",
            *values,
            limit,
        )
        return [rows.escalation_from_row(row) for row in found]

    def order(self, order_id: OrderId) -> OrderRecord:
        row = self._run(f"SELECT {rows.ORDER_COLUMNS} FROM orders WHERE id = ?", order_id)
        found = row.fetchone()
        if found is None:
            raise unknown_order(order_id)
        return rows.order_from_row(found)

    def pending_orders(self) -> list[OrderRecord]:
        found = self._run(
            f"SELECT {rows.ORDER_COLUMNS} FROM orders INDEXED BY orders_pending"
            " WHERE status = 'pending' ORDER BY number"
        )
        return [rows.order_from_row(row) for row in found]

    def newest_orders(self, limit: int) -> list[OrderRecord]:
        found = self._run(
            f"SELECT {rows.ORDER_COLUMNS} FROM orders ORDER BY number DESC LIMIT ?", limit
        )
        return [rows.order_from_row(row) for row in found]

    def facts_after(self, seq: int, *, limit: int = 1000) -> list[JournalEntry]:
        found = self._run(
            f"SELECT {rows.EVENT_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
            seq,
            limit,
        )
        return [rows.entry_from_row(row) for row in found]

    def facts(self, query: FactQuery) -> list[JournalEntry]:
        order = "DESC" if query.is_newest_first else "ASC"
        span: list[object] = [query.after, _LAST_SEQ if query.before is None else query.before]
        if query.task_id is None and query.landmarks:
            parts = [_journal("landmark = ? AND", order) for _ in query.landmarks]
            bound = [v for mark in query.landmarks for v in (mark, *span, query.limit)]
            sql = f"{' UNION ALL '.join(parts)} ORDER BY seq {order} LIMIT ?"
            found = self._run(sql, *bound, query.limit).fetchall()
        else:
            conditions, values = "", list[object]()
            if query.task_id is not None:
                conditions, values = "task_id = ? AND", [query.task_id]
            if query.landmarks:
                conditions += f" landmark IN ({rows.marks_for(query.landmarks)}) AND"
                values.extend(query.landmarks)
            found = self._run(_journal(conditions, order), *values, *span, query.limit).fetchall()
        entries = [rows.entry_from_row(row) for row in found]
        return entries[::-1] if query.is_newest_first else entries

    def tasks_told_of(self, *, after: int, before: int) -> dict[TaskId, int]:
        found = self._run(
            "SELECT task_id, MIN(seq) FROM events WHERE task_id IS NOT NULL AND seq > ? AND seq < ?"
            " GROUP BY task_id ORDER BY 2",
            after,
            before,
        )
        return {TaskId(task_id): seq for task_id, seq in found}

    def stood_by(self, before: int) -> list[list[JournalEntry]]:
        found: dict[str, list[JournalEntry]] = {}
        for row in self._run(_STOOD, before, before, before):
            entry = rows.entry_from_row(row)
            found.setdefault(entry.task_id or "", []).append(entry)
        return [sorted(entries, key=lambda entry: entry.seq) for entries in found.values()]

    def task_facts(self, task_id: TaskId, *, limit: int = 1000) -> list[JournalEntry]:
        found = self._run(
            f"SELECT {rows.EVENT_COLUMNS} FROM events WHERE task_id = ? ORDER BY seq DESC LIMIT ?",
            task_id,
            limit,
        )
        return [rows.entry_from_row(row) for row in found][::-1]

    def newest_fact(self, kind: str) -> JournalEntry | None:
        found = self._run(
            f"SELECT {rows.EVENT_COLUMNS} FROM events WHERE kind = ? ORDER BY seq DESC LIMIT 1",
            kind,
        ).fetchone()
        return rows.entry_from_row(found) if found else None

    def facts_of_kind(self, kind: str, *, since: datetime | None = None) -> list[JournalEntry]:
        found = self._run(
            f"SELECT {rows.EVENT_COLUMNS} FROM events WHERE kind = ? AND at >= ? ORDER BY seq",
            kind,
            codec.to_stamp(since) if since else "",
        )
        return [rows.entry_from_row(row) for row in found]

    def last_seq(self) -> int:
        (seq,) = self._run("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        return int(seq)

    def usage(
        self,
        *,
        task_id: TaskId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Usage:
        conditions, values = ["1"], list[object]()
        if task_id is not None:
            conditions.append("task_id = ?")
            values.append(task_id)
        if since is not None:
            conditions.append("at >= ?")
            values.append(codec.to_stamp(since))
        if until is not None:
            conditions.append("at <= ?")
            values.append(codec.to_stamp(until))
        row = self._run(
            f"SELECT {_USAGE_SUMS} FROM usage WHERE {' AND '.join(conditions)}", *values
        ).fetchone()
        return rows.usage_from_row(row)

    def usage_by_task(
        self,
        project: str | None = None,
        *,
        since: datetime | None = None,
        agent: str | None = None,
    ) -> Mapping[TaskId, Usage]:
        found = self._run(
            f"SELECT task_id, {_USAGE_SUMS} FROM usage"
            " WHERE (? IS NULL OR project = ?) AND (? IS NULL OR agent = ?) AND at >= ?"
            " GROUP BY task_id",
            project,
            project,
            agent,
            agent,
            codec.to_stamp(since) if since else "",
        )
        return {TaskId(row[0]): rows.usage_from_row(row[1:]) for row in found}

    def notes(self, task_id: TaskId) -> list[str]:
        found = self._run(
            "SELECT note FROM notes WHERE task_id = ? AND read_at IS NULL ORDER BY number", task_id
        )
        return [note for (note,) in found]

    def urgent_notes(self, task_id: TaskId) -> list[UrgentNote]:
        found = self._run(
            "SELECT number, note FROM notes"
            " WHERE task_id = ? AND read_at IS NULL AND is_urgent = 1 ORDER BY number",
            task_id,
        )
        return [UrgentNote(number=number, text=text) for number, text in found]

    def merges(
        self, *, task_id: TaskId | None = None, steps: frozenset[MergeStep] = frozenset()
    ) -> list[MergeRecord]:
        conditions, values = ["1"], list[object]()
        if task_id is not None:
            conditions.append("task_id = ?")
            values.append(task_id)
        if steps:
            conditions.append(f"step IN ({rows.marks_for(steps)})")
            values.extend(steps)
        found = self._run(
            f"SELECT number, {rows.MERGE_COLUMNS} FROM merges"
            f" WHERE {' AND '.join(conditions)} ORDER BY number",
            *values,
        )
        return [rows.merge_from_row(row) for row in found]

    def audit_end(self) -> tuple[int, str] | None:
        seq, digest = self._run("SELECT seq, digest FROM audit_end WHERE number = 1").fetchone()
        return (seq, digest) if seq else None

    def control(self) -> RunControl:
        is_paused, parallel, halted, by = self._run(
            "SELECT is_paused, parallel, halted, halted_by FROM control WHERE number = 1"
        ).fetchone()
        return RunControl(is_paused=bool(is_paused), parallel=parallel, halted=halted, halted_by=by)

    def pragma(self, name: str) -> object:
        """The first value that a PRAGMA without argument gives."""
        (value,) = self._run(f"PRAGMA {name}").fetchone()
        return value

    def row_count(self, table: str) -> int:
        """Rows of one of the tables."""
        (count,) = self._run(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)

    def next_ready_at(self, project: str | None = None) -> datetime | None:
        row = self._run(
            f"SELECT wakes_at FROM work_items INDEXED BY work_items_delayed WHERE {DELAYED}"
            " AND wakes_at > ? AND (? IS NULL OR project = ?) ORDER BY wakes_at LIMIT 1",
            self._stamp,
            project,
            project,
        ).fetchone()
        return codec.from_stamp(row[0]) if row else None


def _journal(conditions: str, order: str) -> str:
    """A part of the journal, bounded below, above and in number."""
    return (
        f"SELECT * FROM (SELECT {rows.EVENT_COLUMNS} FROM events WHERE {conditions}"
        f" seq > ? AND seq < ? ORDER BY seq {order} LIMIT ?)"
    )


def _conditions(query: TaskQuery) -> tuple[str, list[object]]:
    conditions, values = ["1"], list[object]()
    if query.project is not None:
        conditions.append("project = ?")
        values.append(query.project)
    if query.states:
        conditions.append(f"state IN ({rows.marks_for(query.states)})")
        values.extend(query.states)
    if query.merge_states:
        conditions.append(f"merge_state IN ({rows.marks_for(query.merge_states)})")
        values.extend(query.merge_states)
    if query.text:
        conditions.append("(instr(folded(id), ?) OR instr(folded(description), ?))")
        values.extend([query.text.casefold()] * 2)
    return " AND ".join(conditions), values
