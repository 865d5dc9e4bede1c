# ruff: noqa: S608  names in statements are constants of this package; values are bound
"""Writing verbs on tasks: add, claim, move, change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from engine.domain.errors import DuplicateTaskError, StaleClaimError
from engine.domain.facts import Fact, Landmark, TaskAdded, TaskMoved, landmark_of
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import SATISFIES_DEPENDENTS, TaskState, Trigger
from engine.domain.work import Claim, NewTask, WorkItem
from engine.store import codec, rules
from engine.store.sqlite import rows
from engine.store.sqlite.guard import Document
from engine.store.sqlite.reading import SqliteReader
from engine.store.sqlite.schema import BEGUN, DELAYED, READY, RESERVE_BYTES, TOUCHED

_APPEND = (
    "INSERT INTO events (at, task_id, project, kind, version, payload, landmark)"
    " VALUES (?,?,?,?,?,?,?)"
)
_WAKE = (
    "UPDATE work_items INDEXED BY work_items_delayed SET wakes_at = NULL"
    f" WHERE {DELAYED} AND wakes_at <= ?"
)
_LEASED_STATES = ", ".join(f"'{state.value}'" for state in sorted(rules.KEEPS_CLAIM))
_EXPIRED = (
    f"SELECT {rows.TASK_COLUMNS} FROM work_items INDEXED BY work_items_attention"
    f" WHERE {TOUCHED} AND state IN ({_LEASED_STATES})"
    " AND lease_expires_at <= ? ORDER BY lease_expires_at, number"
)


_AFTERWARDS = {
    "state": f"'{TaskState.CLAIMED.value}'",
    "orchestrator_id": "?",
    "fence": "fence + 1",
    "lease_expires_at": "?",
    "updated_at": "?",
}
_CHOOSE = "SELECT {}, number FROM work_items WHERE ".format(
    ", ".join(_AFTERWARDS.get(column, column) for column in rows.TASK_COLUMNS.split(", "))
)


def choice_sql(*, by_project: bool) -> str:
    """The statement that finds the next ready task, as it will be when it is claimed.

    It reads one index entry for each project that it looks at: the given one, or all that have
    ready tasks. Its parameters are those of `_AFTERWARDS`, in the order of the columns.
    """
    return f"{_CHOOSE} number = {_first_of('?') if by_project else _FIRST_OF_ALL}"


def _first_of(project: str) -> str:
    return (
        f"(SELECT number FROM work_items INDEXED BY work_items_ready WHERE project = {project}"
        f" AND {READY} ORDER BY project, {BEGUN} DESC, priority, number LIMIT 1)"
    )


_PROJECT = f"SELECT min(project) FROM work_items INDEXED BY work_items_ready WHERE {READY}"
_FIRST_OF_ALL = (
    f"(WITH RECURSIVE projects (name) AS ({_PROJECT} UNION ALL"
    f" SELECT ({_PROJECT} AND project > name) FROM projects WHERE name IS NOT NULL)"
    f" SELECT number FROM projects JOIN work_items ON number = {_first_of('name')}"
    f" ORDER BY {BEGUN} DESC, priority, number LIMIT 1)"
)
_CHOOSE_ANY = choice_sql(by_project=False)
_CHOOSE_IN_PROJECT = choice_sql(by_project=True)
_CHOOSE_ONE = f"{_CHOOSE} id = ? AND {READY}"
_CHOOSE_ONE_IN_PROJECT = f"{_CHOOSE_ONE} AND project = ?"
CLAIM = (
    "UPDATE work_items SET state = 'claimed', status = 'in_progress',"
    f" attention = {rules.ATTENTION[TaskState.CLAIMED]}, updated_at = ?, orchestrator_id = ?,"
    " lease_expires_at = ?, fence = fence + 1, reserve = NULL WHERE number = ?"
)
"""Under the write lock that was taken before the choice. With RETURNING in place of the choice it
took half as long again: what is returned goes through a table of its own.
"""
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
        self.newest = 0
        """Number of the newest journal entry that this transaction appended; 0: none."""

    def append_facts(
        self, *facts: Fact, task_id: TaskId | None = None, project: str | None = None
    ) -> None:
        for fact in facts:
            kind, version, payload = codec.encode_fact(fact)
            row = (kind, version, Document(payload))
            self._append(task_id, project, row, landmark_of(fact))

    def _append(
        self,
        task_id: TaskId | None,
        project: str | None,
        fact: tuple[str, int, str],
        landmark: Landmark | None = None,
    ) -> None:
        appended = self._run(_APPEND, self._stamp, task_id, project, *fact, landmark)
        self.newest = cast("int", appended.lastrowid)

    def add_tasks(self, tasks: Sequence[NewTask]) -> list[WorkItem]:
        known = self._known_states(tasks)
        seen = set(known)
        for task in tasks:
            if task.task_id in seen:
                raise DuplicateTaskError(task.task_id)
            seen.add(task.task_id)
        rules.check_branches(tasks, self._owners_of(task.branch_name for task in tasks))
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

    def _owners_of(self, branches: Iterable[str]) -> Mapping[str, TaskId]:
        found = self._run(
            "SELECT branch, id FROM work_items WHERE branch IN (SELECT value FROM json_each(?))",
            codec.to_json(list(branches)),
        )
        return {branch: TaskId(task_id) for branch, task_id in found}

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
        for item in items:
            self.append_facts(
                TaskAdded(priority=item.priority), task_id=item.task_id, project=item.project
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
        held = (self._stamp, worker, codec.to_stamp(self._now + lease))
        sql, which = _choice(project, only)
        chosen = self._connection.execute(sql, held + which).fetchone()
        if chosen is None:
            return None
        item = rows.task_from_row(chosen)
        self._connection.execute(CLAIM, (*held, chosen[-1]))
        self._append(item.task_id, item.project, _CLAIM_FACT)
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
        limit: str = "",
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
        fact = rules.moved_fact(before, after, trigger, reason, limit)
        self.append_facts(fact, task_id=task_id, project=before.project)
        return after

    def update_task(self, task_id: TaskId, *, fence: int | None = None, **changes: Any) -> WorkItem:
        before = self.task(task_id)
        after = self._change(before, rules.changed(before, fence, changes))
        facts = rules.merge_facts(before, after)
        self.append_facts(*facts, task_id=task_id, project=before.project)
        return after

    def _change(self, item: WorkItem, values: dict[str, Any]) -> WorkItem:
        """Set the fields; anything may make a sleeping task ready, so the next claim looks."""
        self._may_sleepers_wake = True
        values["updated_at"] = self._now
        columns = rows.task_columns(values)
        if "state" in values and rows.is_open(values["state"]) == rows.is_open(item.state):
            del columns["is_open"]  # naming it would write its indexes anew
        self._run(_update_sql(tuple(columns)), *columns.values(), item.task_id)
        return WorkItem(**{**rows.task_fields(item), **values})


def _choice(project: str | None, only: TaskId | None) -> tuple[str, tuple[str, ...]]:
    if only is None:
        return (_CHOOSE_ANY, ()) if project is None else (_CHOOSE_IN_PROJECT, (project,))
    if project is None:
        return _CHOOSE_ONE, (only,)
    return _CHOOSE_ONE_IN_PROJECT, (only, project)


@cache
def _update_sql(columns: tuple[str, ...]) -> str:
    return f"UPDATE work_items SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?"


def _insertion(item: WorkItem) -> tuple[Any, ...]:
    columns = rows.task_columns(rows.task_fields(item))
    columns["reserve"] = bytes(RESERVE_BYTES)
    return (_insert_sql(tuple(columns)), *columns.values())


@cache
def _insert_sql(columns: tuple[str, ...]) -> str:
    return f"INSERT INTO work_items ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
