"""Tasks that no worker holds any more: parked with their question, paused as asked, or handed over
to the operator.
"""

from __future__ import annotations

from engine.domain.escalation import EscalationState
from engine.domain.facts import IterationAbandoned
from engine.domain.state import TaskState, Trigger
from engine.domain.work import WorkItem
from engine.loop.withdrawing import withdraw_open
from engine.ports.store import Transaction

_OPEN = frozenset({EscalationState.OPEN})


def park(tx: Transaction, item: WorkItem) -> WorkItem:
    """Let a waiting task wait without a worker; if it was answered meanwhile, it is ready."""
    item = tx.update_task(item.task_id, orchestrator_id=None)
    if item.taken_by:
        given_up = IterationAbandoned(
            iteration=item.iteration_count + 1, cause=f"taken over by {item.taken_by}"
        )
        tx.append_facts(given_up, task_id=item.task_id, project=item.project)
        return hand_over(tx, item)
    if tx.escalations(states=_OPEN, task_id=item.task_id):
        return item
    item = tx.move(item.task_id, Trigger.UNPARK, reason="answered while no worker held it")
    return pause_if_asked(tx, item)


def pause_if_asked(tx: Transaction, item: WorkItem) -> WorkItem:
    """The operator asked for a pause, or for the task itself, while a worker held it: now it is at
    a safe point. Of a task that has ended meanwhile nothing more is asked.
    """
    if not item.is_pause_requested or item.state is TaskState.WAITING:
        return item
    if item.state is not TaskState.QUEUED:
        return tx.update_task(item.task_id, is_pause_requested=False, taken_by="")
    if item.taken_by:
        return hand_over(tx, item)
    item = tx.update_task(item.task_id, is_pause_requested=False)
    return tx.move(item.task_id, Trigger.PAUSE, reason="as asked")


def hand_over(tx: Transaction, item: WorkItem) -> WorkItem:
    """Let the operator who asked for the task have it; its open questions are withdrawn.

    Raises:
        IllegalTransitionError: there is nothing to work on.
    """
    item = tx.move(
        item.task_id,
        Trigger.TAKE,
        reason=f"by {item.taken_by}",
        changes={"is_pause_requested": False},
    )
    withdraw_open(tx, item.task_id, "the operator works on it by hand")
    return item
