"""A waiting task that no worker holds any more."""

from __future__ import annotations

from engine.domain.escalation import EscalationState
from engine.domain.state import Trigger
from engine.domain.work import WorkItem
from engine.ports.store import Transaction

_OPEN = frozenset({EscalationState.OPEN})


def park(tx: Transaction, item: WorkItem) -> WorkItem:
    """Let it wait without a worker; if it was answered meanwhile, it is ready."""
    item = tx.update_task(item.task_id, orchestrator_id=None)
    if tx.escalations(states=_OPEN, task_id=item.task_id):
        return item
    return tx.move(item.task_id, Trigger.UNPARK, reason="answered while no worker held it")
