"""The writing verbs of the port on a copy of the tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import DuplicateTaskError, StaleClaimError
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.facts import Fact, JournalEntry, TaskAdded
from engine.domain.ids import EscalationId, OrderId, TaskId, WorkerId
from engine.domain.merge import MergeRecord
from engine.domain.orders import OrderRecord, OrderStatus
from engine.domain.state import SATISFIES_DEPENDENTS, TaskState, Trigger
from engine.domain.steps import NextStep
from engine.domain.usage import Usage
from engine.domain.work import Claim, NewTask, WorkItem
from engine.ports.store import RunControl
from engine.store import codec, rules
from engine.store.memory.reading import MemoryReader
from engine.store.memory.tables import Note, UsageRow


class MemoryTransaction(MemoryReader):
    """All verbs of the port. Whoever made the tables keeps or drops them afterwards."""

    def append_facts(
        self, *facts: Fact, task_id: TaskId | None = None, project: str | None = None
    ) -> None:
        for fact in facts:
            self._tables.journal.append(
                JournalEntry(
                    seq=self.last_seq() + 1,
                    at=self._now,
                    task_id=task_id,
                    project=project,
                    fact=fact,
                )
            )

    def add_tasks(self, tasks: Sequence[NewTask]) -> list[WorkItem]:
        queue = self._tables.tasks
        seen = set(queue)
        for task in tasks:
            if task.task_id in seen:
                raise DuplicateTaskError(task.task_id)
            seen.add(task.task_id)
        rules.check_branches(tasks, {item.branch: item.task_id for item in queue.values()})
        rules.check_dependencies(tasks, queue.keys())
        met = {item.task_id for item in queue.values() if item.state in SATISFIES_DEPENDENTS}
        items = [
            rules.queued_item(task, unmet=len(set(task.depends_on) - met), now=self._now)
            for task in tasks
        ]
        for item in items:
            queue[item.task_id] = item
            fact = TaskAdded(priority=item.priority)
            self.append_facts(fact, task_id=item.task_id, project=item.project)
        return items

    def claim(
        self,
        worker: WorkerId,
        *,
        lease: timedelta,
        project: str | None = None,
        only: TaskId | None = None,
    ) -> Claim | None:
        ready = [
            item
            for item in self._in_project(project)
            if (only is None or item.task_id == only) and self._is_ready(item)
        ]
        if not ready:
            return None
        chosen = min(ready, key=lambda item: (not _is_begun(item), item.priority))
        claimed = replace(
            chosen,
            state=TaskState.CLAIMED,
            orchestrator_id=worker,
            fence=chosen.fence + 1,
            lease_expires_at=self._now + lease,
            updated_at=self._now,
        )
        self._tables.tasks[claimed.task_id] = claimed
        fact = rules.moved_fact(chosen, claimed, Trigger.CLAIM, "")
        self.append_facts(fact, task_id=claimed.task_id, project=claimed.project)
        return Claim(item=claimed, worker=worker, fence=claimed.fence)

    def _is_ready(self, item: WorkItem) -> bool:
        is_due = item.not_before is None or item.not_before <= self._now
        return item.is_ready_but_for_time and is_due

    def renew_lease(self, task_id: TaskId, fence: int, *, lease: timedelta) -> None:
        item = self._tables.tasks.get(task_id)
        if item is None:
            raise StaleClaimError(task_id, fence)
        rules.check_fence(item, fence)
        self._tables.tasks[task_id] = replace(item, lease_expires_at=self._now + lease)

    def expired_claims(self) -> list[WorkItem]:
        expired = [
            (item.lease_expires_at, item)
            for item in self._tables.tasks.values()
            if item.state in rules.KEEPS_CLAIM
            and item.lease_expires_at is not None
            and item.lease_expires_at <= self._now
        ]
        return [item for _, item in sorted(expired, key=lambda pair: pair[0])]

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
        values = rules.moved(before, trigger, fence=fence, changes=changes or {})
        after = self._change(before, values)
        self._shift_dependents(task_id, rules.dependency_shift(before.state, after.state))
        fact = rules.moved_fact(before, after, trigger, reason, limit)
        self.append_facts(fact, task_id=task_id, project=before.project)
        return after

    def _shift_dependents(self, task_id: TaskId, shift: int) -> None:
        for dependent in self.dependents(task_id) if shift else ():
            item = self._tables.tasks[dependent]
            unmet = item.unmet_dependencies + shift
            self._tables.tasks[dependent] = replace(item, unmet_dependencies=unmet)

    def update_task(self, task_id: TaskId, *, fence: int | None = None, **changes: Any) -> WorkItem:
        before = self.task(task_id)
        after = self._change(before, rules.changed(before, fence, changes))
        facts = rules.merge_facts(before, after)
        self.append_facts(*facts, task_id=task_id, project=before.project)
        return after

    def _change(self, item: WorkItem, values: Mapping[str, Any]) -> WorkItem:
        changed = replace(item, **{**values, "updated_at": self._now})
        self._tables.tasks[item.task_id] = changed
        return changed

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        item = self.task(checkpoint.task_id)
        past = self._tables.checkpoints.get(item.task_id, ())
        if checkpoint.iteration_count != len(past) + 1:
            raise rules.wrong_iteration(item.task_id, checkpoint.iteration_count, len(past) + 1)
        recorded = replace(checkpoint, usage=_exact(checkpoint.usage))
        self._tables.checkpoints[item.task_id] = (*past, recorded)
        self._change(
            item,
            {
                "iteration_count": checkpoint.iteration_count,
                "interruptions": 0,
                "session_ref": checkpoint.session_ref,
                "head_commit": checkpoint.commit,
                "last_verdict": checkpoint.verdict.kind,
            },
        )

    def add_usage(
        self, task_id: TaskId, *, iteration: int, agent: str, model: str, usage: Usage
    ) -> None:
        project = self.task(task_id).project
        row = UsageRow(
            task_id=task_id, project=project, at=self._now, agent=agent, usage=_exact(usage)
        )
        self._tables.usage.append(row)

    def add_escalation(self, escalation: Escalation) -> None:
        self.task(escalation.task_id)
        if escalation.escalation_id in self._tables.escalations:
            raise rules.already_there("escalation", escalation.escalation_id)
        self._tables.escalations[escalation.escalation_id] = escalation

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
        answered = rules.answered(
            self.escalation(escalation_id),
            state=state,
            answered_by=by,
            reason=reason,
            scope=scope,
            edited=edited,
            answered_at=self._now,
        )
        self._tables.escalations[escalation_id] = answered
        return answered

    def acknowledge_escalation(self, escalation_id: EscalationId, *, by: str) -> Escalation:
        escalation = rules.acknowledged(self.escalation(escalation_id), by=by, at=self._now)
        self._tables.escalations[escalation_id] = escalation
        return escalation

    def mark_told(self, escalation_id: EscalationId) -> Escalation:
        escalation = rules.told(self.escalation(escalation_id), at=self._now)
        self._tables.escalations[escalation_id] = escalation
        return escalation

    def consume_answer(self, escalation_id: EscalationId) -> bool:
        escalation = self.escalation(escalation_id)
        rules.check_consumable(escalation)
        if escalation.consumed_at is not None:
            return False
        self._tables.escalations[escalation_id] = replace(escalation, consumed_at=self._now)
        return True

    def add_order(self, record: OrderRecord) -> None:
        if record.order_id in self._tables.orders:
            raise rules.already_there("order", record.order_id)
        self._tables.orders[record.order_id] = record

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
        self._tables.orders[order_id] = record
        subject = rules.subject_of(record.order, self._owner_of)
        self.append_facts(rules.settled_fact(record), task_id=subject)

    def _owner_of(self, escalation_id: EscalationId) -> TaskId | None:
        escalation = self._tables.escalations.get(escalation_id)
        return None if escalation is None else escalation.task_id

    def add_note(self, task_id: TaskId, note: str, *, is_urgent: bool = False) -> int:
        self.task(task_id)
        tables = self._tables
        tables.notes_added += 1
        added = Note(number=tables.notes_added, text=note, is_urgent=is_urgent)
        tables.unread_notes[task_id] = (*tables.unread_notes.get(task_id, ()), added)
        return added.number

    def mark_notes_read(self, task_id: TaskId, count: int) -> None:
        unread = self._tables.unread_notes.get(task_id, ())
        self._tables.unread_notes[task_id] = unread[max(count, 0) :]

    def mark_told_notes_read(self, task_id: TaskId, numbers: Collection[int]) -> None:
        unread = self._tables.unread_notes.get(task_id, ())
        left = tuple(note for note in unread if note.number not in numbers)
        self._tables.unread_notes[task_id] = left

    def add_merge(self, record: MergeRecord) -> MergeRecord:
        self.task(record.task_id)
        numbered = replace(record, number=len(self._tables.merges) + 1)
        self._tables.merges.append(numbered)
        return numbered

    def update_merge(self, number: int, **changes: Any) -> MergeRecord:
        if not 1 <= number <= len(self._tables.merges):
            raise rules.unknown_merge(number)
        changed = replace(self._tables.merges[number - 1], **changes)
        self._tables.merges[number - 1] = changed
        return changed

    def note_audit_end(self, seq: int, digest: str) -> None:
        if self._tables.audit_end is None or self._tables.audit_end[0] < seq:
            self._tables.audit_end = (seq, digest)

    def set_control(self, control: RunControl) -> None:
        self._tables.control = control


def _is_begun(item: WorkItem) -> bool:
    return item.iteration_count > 0 or item.interruptions > 0


def _exact(usage: Usage) -> Usage:
    """With its money rounded to the unit in which stores add it."""
    units = codec.to_cost_units(usage.cost_usd)
    return replace(usage, cost_usd=codec.from_cost_units(units))
