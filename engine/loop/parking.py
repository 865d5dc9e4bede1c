"""Tasks that no worker holds any more: parked with their question, or paused as asked."""

from __future__ import annotations

from engine.domain.escalation import EscalationState
from engine.domain.state import TaskState, Trigger
from engine.domain.work import WorkItem
from engine.ports.store import Transaction

_OPEN = frozenset({EscalationState.OPEN})


def park(tx: Transaction, item: WorkItem) -> WorkItem:
    """Let a waiting task wait without a worker; if it was answered meanwhile, it is ready."""
    item = tx.update_task(item.task_id, orchestrator_id=None)
    if tx.escalations(states=_OPEN, task_id=item.task_id):
        return item
    item = tx.move(item.task_id, Trigger.UNPARK, reason="answered while no worker held it")
    return pause_if_asked(tx, item)


def pause_if_asked(tx: Transaction, item: WorkItem) -> WorkItem:
    """The operator asked for a pause while a worker held the task: now it is at a safe point."""
    if not item.is_pause_requested or item.state is TaskState.WAITING:
        return item
    item = tx.update_task(item.task_id, is_pause_requested=False)
    if item.state is not TaskState.QUEUED:
        return item
    return tx.move(item.task_id, Trigger.PAUSE, reason="as asked")
