"""Work by hand: the operator takes a task, and gives it back."""

from __future__ import annotations

from engine.domain.errors import StateError
from engine.domain.orders import HandBackTask, TakeTask
from engine.domain.state import HELD, TaskState, Trigger
from engine.domain.steps import NextStep, Step
from engine.domain.work import WorkItem
from engine.loop.parking import hand_over
from engine.ports.store import Transaction


def take(tx: Transaction, order: TakeTask, by: str) -> tuple[WorkItem, str]:
    """Park the task for `by`, now or as soon as its worker has let go; the task, and what was done.

    Raises:
        StateError: somebody else works on it.
        IllegalTransitionError: there is nothing to work on.
    """
    item = tx.task(order.task_id)
    if item.taken_by and item.taken_by != by:
        raise StateError(
            f"task {item.task_id!r} is taken over by {item.taken_by}",
            hint=NextStep(words="it can be given back", step=Step.HAND_BACK, about=item.task_id),
        )
    if item.state is TaskState.TAKEN:
        return item, "yours already"
    if item.orchestrator_id is not None or item.state in HELD:
        item = tx.update_task(order.task_id, taken_by=by, is_pause_requested=True)
        return item, "yours as soon as its worker has let go"
    return hand_over(tx, tx.update_task(order.task_id, taken_by=by)), "yours"


def hand_back(tx: Transaction, order: HandBackTask, by: str) -> tuple[WorkItem, str]:
    """Queue the task again on top of what the operator did; the next iteration is told of it. It
    gets one iteration more, so that his work is judged also where all had been used.

    Raises:
        IllegalTransitionError: it is not taken over.
    """
    before = tx.task(order.task_id)
    has_changed = order.commit != (before.head_commit or order.base_commit)
    changes = {
        "base_commit": before.base_commit or order.base_commit,
        "head_commit": order.commit,
        "taken_by": "",
        "error_log": "",
        "not_before": None,
        "interruptions": 0,
        "iterations_granted": before.iterations_granted + 1,
    }
    reason = f"by {by}" + (f": {order.note}" if order.note else "")
    item = tx.move(order.task_id, Trigger.HAND_BACK, reason=reason, changes=changes)
    if has_changed or order.note.strip():
        tx.add_note(order.task_id, _told(order, by, has_changed=has_changed))
    outcome = f"queued again with the work of {by}" if has_changed else "queued again as it was"
    return item, outcome


def _told(order: HandBackTask, by: str, *, has_changed: bool) -> str:
    told = f"The operator ({by}) took this task over and worked on it by hand."
    if has_changed:
        paths = ", ".join(order.changed) or "no file in the end"
        told += (
            f" It is committed as {order.commit[:12]} and changes {paths}."
            " Build on that work: do not undo it."
        )
    else:
        told += " No file was changed."
    return f"{told} {order.note.strip()}".strip()
