# ruff: noqa: S608  names in statements are constants of this package; values are bound
"""Writing verbs on what belongs to tasks: checkpoints, usage, questions, orders, notes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import UnknownTaskError
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.merge import MergeRecord
from engine.domain.orders import OrderRecord, OrderStatus
from engine.domain.steps import NextStep
from engine.domain.usage import Usage
from engine.ports.store import RunControl
from engine.store import codec, rules
from engine.store.sqlite import rows
from engine.store.sqlite.guard import Document, Prose
from engine.store.sqlite.queue import QueueWrites


def _insert_into(table: str, columns: str) -> str:
    return f"INSERT INTO {table} ({columns}) VALUES ({rows.marks(columns)})"


_USAGE = "task_id, project, at, agent, model, iteration, " + rows.USAGE_COLUMNS
_INSERT_CHECKPOINT = _insert_into("checkpoints", rows.CHECKPOINT_COLUMNS)
_LAST_ITERATION = (
    "SELECT (SELECT coalesce(max(iteration_count), 0) FROM checkpoints"
    " WHERE task_id = work_items.id) FROM work_items WHERE id = ?"
)
_INSERT_USAGE = _insert_into("usage", _USAGE)
_INSERT_ESCALATION = _insert_into("escalations", rows.ESCALATION_COLUMNS)
_INSERT_ORDER = _insert_into("orders", rows.ORDER_COLUMNS)
_INSERT_MERGE = _insert_into("merges", rows.MERGE_COLUMNS)
_UPDATE_MERGE = "UPDATE merges SET {} WHERE number = ?".format(
    ", ".join(f"{name} = ?" for name in rows.MERGE_COLUMNS.split(", "))
)


class SqliteTransaction(QueueWrites):
    """All verbs of the port on the transaction that is open on the connection."""

    def _project_of(self, task_id: TaskId) -> str:
        row = self._run("SELECT project FROM work_items WHERE id = ?", task_id).fetchone()
        if row is None:
            raise UnknownTaskError(task_id)
        return str(row[0])

    def _has(self, table: str, row_id: str) -> bool:
        return self._run(f"SELECT 1 FROM {table} WHERE id = ?", row_id).fetchone() is not None

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        found = self._run(_LAST_ITERATION, checkpoint.task_id).fetchone()
        if found is None:
            raise UnknownTaskError(checkpoint.task_id)
        (last,) = found
        if checkpoint.iteration_count != last + 1:
            raise rules.wrong_iteration(checkpoint.task_id, checkpoint.iteration_count, last + 1)
        self._run(_INSERT_CHECKPOINT, *rows.checkpoint_row(checkpoint))
        self._run(
            "UPDATE work_items SET iteration_count = ?, interruptions = 0, session_ref = ?,"
            " head_commit = ?, last_verdict = ?, updated_at = ? WHERE id = ?",
            checkpoint.iteration_count,
            checkpoint.session_ref,
            checkpoint.commit,
            checkpoint.verdict.kind.value,
            self._stamp,
            checkpoint.task_id,
        )

    def add_usage(
        self, task_id: TaskId, *, iteration: int, agent: str, model: str, usage: Usage
    ) -> None:
        owner = (task_id, self._project_of(task_id), self._stamp)
        self._run(_INSERT_USAGE, *owner, agent, model, iteration, *rows.usage_row(usage))

    def add_escalation(self, escalation: Escalation) -> None:
        self._project_of(escalation.task_id)
        if self._has("escalations", escalation.escalation_id):
            raise rules.already_there("escalation", escalation.escalation_id)
        self._run(_INSERT_ESCALATION, *rows.escalation_row(escalation))

    def answer_escalation(
        self,
        escalation_id: EscalationId,
        *,
        state: EscalationState,
        by: str,
        reason: str,
        scope: ApprovalScope | None,
        edited: str = "",
    ) -> Escalation:
        escalation = rules.answered(
            self.escalation(escalation_id),
            state=state,
            answered_by=by,
            reason=reason,
            scope=scope,
            edited=edited,
            answered_at=self._now,
        )
        self._run(
            "UPDATE escalations SET state = ?, answered_by = ?, reason = ?, scope = ?,"
            " edited = ?, answered_at = ? WHERE id = ?",
            *(state, by, Prose(reason), scope, Prose(edited), self._stamp, escalation_id),
        )
        return escalation

    def acknowledge_escalation(self, escalation_id: EscalationId, *, by: str) -> Escalation:
        escalation = rules.acknowledged(self.escalation(escalation_id), by=by, at=self._now)
        self._run(
            "UPDATE escalations SET acknowledged_at = coalesce(acknowledged_at, ?),"
            " acknowledged_by = ? WHERE id = ?",
            *(self._stamp, escalation.acknowledged_by, escalation_id),
        )
        return escalation

    def mark_told(self, escalation_id: EscalationId) -> Escalation:
        escalation = rules.told(self.escalation(escalation_id), at=self._now)
        self._run(
            "UPDATE escalations SET told_at = ?, times_told = ? WHERE id = ?",
            *(self._stamp, escalation.times_told, escalation_id),
        )
        return escalation

    def consume_answer(self, escalation_id: EscalationId) -> bool:
        escalation = self.escalation(escalation_id)
        rules.check_consumable(escalation)
        self._run(
            "UPDATE escalations SET consumed_at = coalesce(consumed_at, ?) WHERE id = ?",
            self._stamp,
            escalation_id,
        )
        return escalation.consumed_at is None

    def add_order(self, record: OrderRecord) -> None:
        if self._has("orders", record.order_id):
            raise rules.already_there("order", record.order_id)
        self._run(_INSERT_ORDER, *rows.order_row(record))

    def settle_order(
        self,
        order_id: OrderId,
        status: OrderStatus,
        outcome: str,
        *,
        next_step: NextStep | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> None:
        record = rules.settled(
            self.order(order_id), status, outcome, at=self._now, next_step=next_step, before=before
        )
        kept, step = (Document(codec.to_json(v)) for v in (record.before, next_step or {}))
        self._run(
            "UPDATE orders SET status = ?, outcome = ?, settled_at = ?, before = ?, next_step = ?"
            " WHERE id = ?",
            *(status, Prose(outcome), self._stamp, kept, step, order_id),
        )
        subject = rules.subject_of(record.order, self._owner_of)
        self.append_facts(rules.settled_fact(record), task_id=subject)

    def _owner_of(self, escalation_id: EscalationId) -> TaskId | None:
        row = self._run("SELECT task_id FROM escalations WHERE id = ?", escalation_id).fetchone()
        return None if row is None else TaskId(row[0])

    def add_note(self, task_id: TaskId, note: str, *, is_urgent: bool = False) -> int:
        self._project_of(task_id)
        added = self._run(
            "INSERT INTO notes (task_id, at, note, is_urgent) VALUES (?, ?, ?, ?)",
            *(task_id, self._stamp, Prose(note), int(is_urgent)),
        )
        return int(added.lastrowid or 0)

    def mark_notes_read(self, task_id: TaskId, count: int) -> None:
        self._run(
            "UPDATE notes SET read_at = ? WHERE number IN (SELECT number FROM notes"
            " WHERE task_id = ? AND read_at IS NULL ORDER BY number LIMIT ?)",
            *(self._stamp, task_id, max(count, 0)),
        )

    def mark_told_notes_read(self, task_id: TaskId, numbers: Collection[int]) -> None:
        for number in numbers:
            self._run(
                "UPDATE notes SET read_at = ? WHERE number = ? AND task_id = ? AND read_at IS NULL",
                *(self._stamp, number, task_id),
            )

    def add_merge(self, record: MergeRecord) -> MergeRecord:
        self._project_of(record.task_id)
        added = self._run(_INSERT_MERGE, *rows.merge_row(record))
        return replace(record, number=int(added.lastrowid or 0))

    def update_merge(self, number: int, **changes: Any) -> MergeRecord:
        row = self._run(
            f"SELECT number, {rows.MERGE_COLUMNS} FROM merges WHERE number = ?", number
        ).fetchone()
        if row is None:
            raise rules.unknown_merge(number)
        changed = replace(rows.merge_from_row(row), **changes)
        self._run(_UPDATE_MERGE, *rows.merge_row(changed), number)
        return changed

    def note_audit_end(self, seq: int, digest: str) -> None:
        self._run(
            "UPDATE audit_end SET seq = ?, digest = ? WHERE number = 1 AND seq < ?",
            *(seq, digest, seq),
        )

    def set_control(self, control: RunControl) -> None:
        self._run(
            "UPDATE control SET is_paused = ?, parallel = ?, halted = ?, halted_by = ?"
            " WHERE number = 1",
            int(control.is_paused),
            control.parallel,
            Prose(control.halted),
            control.halted_by,
        )
