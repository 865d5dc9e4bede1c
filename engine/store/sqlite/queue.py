# ruff: noqa: S608  names in statements are constants of this package; values are bound
"""Writing verbs on tasks: add, claim, move, change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from engine.domain.errors import DuplicateTaskError, StaleClaimError
from engine.domain.facts import Fact, TaskAdded, TaskMoved
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import SATISFIES_DEPENDENTS, TaskState, Trigger
from engine.domain.work import Claim, NewTask, WorkItem
from engine.store import codec, rules
from engine.store.sqlite import rows
from engine.store.sqlite.reading import SqliteReader
from engine.store.sqlite.schema import BEGUN, DELAYED, READY

_APPEND = "INSERT INTO events (at, task_id, project, kind, version, payload) VALUES (?,?,?,?,?,?)"
_WAKE = (
    "UPDATE work_items INDEXED BY work_items_delayed SET wakes_at = NULL"
    f" WHERE {DELAYED} AND wakes_at <= ?"
)
_LEASED_STATES = ", ".join(f"'{state.value}'" for state in sorted(rules.KEEPS_CLAIM))
_LEASED_RANKS = ", ".join(str(rank) for rank in {rules.ATTENTION[s] for s in rules.KEEPS_CLAIM})
_EXPIRED = (
    f"SELECT {rows.TASK_COLUMNS} FROM work_items INDEXED BY work_items_attention"
    f" WHERE attention IN ({_LEASED_RANKS}) AND state IN ({_LEASED_STATES})"
    " AND lease_expires_at <= ? ORDER BY lease_expires_at, number"
)


def claim_sql(*, by_project: bool) -> str:
    """The statement that takes the next ready task; its inner SELECT reads one index entry."""
    index = "work_items_ready_in_project" if by_project else "work_items_ready"
    condition = "project = ? AND " if by_project else ""
    return _claim_sql(
        f"SELECT number FROM work_items INDEXED BY {index} WHERE {condition}{READY}"
        f" ORDER BY {'project, ' if by_project else ''}{BEGUN} DESC, priority, number LIMIT 1"
    )


def _claim_sql(chosen: str) -> str:
    return (
        "UPDATE work_items SET state = 'claimed', status = 'in_progress',"
        f" attention = {rules.ATTENTION[TaskState.CLAIMED]}, orchestrator_id = ?,"
        " fence = fence + 1, lease_expires_at = ?, updated_at = ?"
        f" WHERE number = ({chosen}) RETURNING {rows.TASK_COLUMNS}"
    )


_CLAIM_ANY = claim_sql(by_project=False)
_CLAIM_IN_PROJECT = claim_sql(by_project=True)
_CLAIM_ONE = _claim_sql(f"SELECT number FROM work_items WHERE id = ? AND {READY}")
_CLAIM_ONE_IN_PROJECT = _claim_sql(
    f"SELECT number FROM work_items WHERE id = ? AND project = ? AND {READY}"
)
_CLAIM_FACT = codec.encode_fact(
    TaskMoved(
        before=TaskState.QUEUED.value, after=TaskState.CLAIMED.value, trigger=Trigger.CLAIM.value
    )
)


class QueueWrites(SqliteReader):
    """Task verbs of the transaction that is open on the connection."""

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        super().__init__(connection, now)
        self._may_sleepers_wake = True

    def append_facts(
        self, *facts: Fact, task_id: TaskId | None = None, project: str | None = None
    ) -> None:
        for fact in facts:
            self._run(_APPEND, self._stamp, task_id, project, *codec.encode_fact(fact))

    def add_tasks(self, tasks: Sequence[NewTask]) -> list[WorkItem]:
        known = self._known_states(tasks)
        seen = set(known)
        for task in tasks:
            if task.task_id in seen:
                raise DuplicateTaskError(task.task_id)
            seen.add(task.task_id)
        states = self._states_of({needed for task in tasks for needed in task.depends_on})
        rules.check_dependencies(tasks, states.keys())
        met = {task_id for task_id, state in states.items() if state in SATISFIES_DEPENDENTS}
        items = [
            rules.queued_item(task, unmet=len(set(task.depends_on) - met), now=self._now)
            for task in tasks
        ]
        self._insert(items)
        return items

    def _known_states(self, tasks: Sequence[NewTask]) -> Mapping[TaskId, TaskState]:
        return self._states_of(task.task_id for task in tasks)

    def _states_of(self, task_ids: Iterable[TaskId]) -> Mapping[TaskId, TaskState]:
        found = self._run(
            "SELECT id, state FROM work_items WHERE id IN (SELECT value FROM json_each(?))",
            codec.to_json(list(task_ids)),
        )
        return {TaskId(task_id): TaskState(state) for task_id, state in found}

    def _insert(self, items: Sequence[WorkItem]) -> None:
        for item in items:
            self._run(*_insertion(item))
        self._connection.executemany(
            "INSERT INTO dependencies (task_id, depends_on) VALUES (?, ?)",
            [(item.task_id, needed) for item in items for needed in item.depends_on],
        )
        self._connection.executemany(
            _APPEND,
            [
                (
                    self._stamp,
                    item.task_id,
                    item.project,
                    *codec.encode_fact(TaskAdded(priority=item.priority)),
                )
                for item in items
            ],
        )

    def claim(
        self,
        worker: WorkerId,
        *,
        lease: timedelta,
        project: str | None = None,
        only: TaskId | None = None,
    ) -> Claim | None:
        if self._may_sleepers_wake:
            self._connection.execute(_WAKE, (self._stamp,))
            self._may_sleepers_wake = False
        claimant = (worker, codec.to_stamp(self._now + lease), self._stamp)
        sql, chosen = _CLAIM_ANY, tuple[str, ...]()
        if only is not None:
            sql, chosen = _CLAIM_ONE, (only,)
        if project is not None:
            sql = _CLAIM_IN_PROJECT if only is None else _CLAIM_ONE_IN_PROJECT
            chosen = (*chosen, project)
        claimed = self._connection.execute(sql, (*claimant, *chosen)).fetchall()
        if not claimed:
            return None
        item = rows.task_from_row(claimed[0])
        self._connection.execute(_APPEND, (self._stamp, item.task_id, item.project, *_CLAIM_FACT))
        return Claim(item=item, worker=worker, fence=item.fence)

    def renew_lease(self, task_id: TaskId, fence: int, *, lease: timedelta) -> None:
        renewed = self._run(
            "UPDATE work_items SET lease_expires_at = ? WHERE id = ? AND fence = ?"
            f" AND orchestrator_id IS NOT NULL AND state IN ({_LEASED_STATES})",
            codec.to_stamp(self._now + lease),
            task_id,
            fence,
        )
        if not renewed.rowcount:
            raise StaleClaimError(task_id, fence)

    def expired_claims(self) -> list[WorkItem]:
        return [rows.task_from_row(row) for row in self._run(_EXPIRED, self._stamp)]

    def move(
        self,
        task_id: TaskId,
        trigger: Trigger,
        *,
        reason: str = "",
        fence: int | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> WorkItem:
        before = self.task(task_id)
        after = self._change(
            before, rules.moved(before, trigger, fence=fence, changes=changes or {})
        )
        shift = rules.dependency_shift(before.state, after.state)
        if shift:
            self._run(
                "UPDATE work_items SET unmet_dependencies = unmet_dependencies + ?"
                " WHERE id IN (SELECT task_id FROM dependencies WHERE depends_on = ?)",
                shift,
                task_id,
            )
        fact = TaskMoved(
            before=before.state.value, after=after.state.value, trigger=trigger.value, reason=reason
        )
        self.append_facts(fact, task_id=task_id, project=before.project)
        return after

    def update_task(self, task_id: TaskId, *, fence: int | None = None, **changes: Any) -> WorkItem:
        item = self.task(task_id)
        return self._change(item, rules.changed(item, fence, changes))

    def _change(self, item: WorkItem, values: dict[str, Any]) -> WorkItem:
        """Set the fields; anything may make a sleeping task ready, so the next claim looks."""
        self._may_sleepers_wake = True
        values["updated_at"] = self._now
        columns = rows.task_columns(values)
        self._run(_update_sql(tuple(columns)), *columns.values(), item.task_id)
        return replace(item, **values)


@cache
def _update_sql(columns: tuple[str, ...]) -> str:
    return f"UPDATE work_items SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?"


def _insertion(item: WorkItem) -> tuple[Any, ...]:
    columns = rows.task_columns({name: getattr(item, name) for name in rows.TASK_FIELDS})
    return (_insert_sql(tuple(columns)), *columns.values())


@cache
def _insert_sql(columns: tuple[str, ...]) -> str:
    return f"INSERT INTO work_items ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
