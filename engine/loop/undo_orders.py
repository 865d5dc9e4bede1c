"""Taking back the last thing that was done, while nothing has come of it.

What cannot be taken back is refused with the reason: what an agent was told, what has landed in the
base branch, an iteration that was given up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from engine.domain.errors import StateError
from engine.domain.facts import RunPaused, RunResumed, TaskChanged
from engine.domain.orders import (
    UNDO_WITHIN_S,
    ApproveEscalation,
    CancelTask,
    DenyEscalation,
    DiscardWork,
    HaltRun,
    MergeTask,
    MessageTask,
    Order,
    OrderRecord,
    OrderStatus,
    OverrideVerdict,
    RevertMerge,
    SetParallelism,
    SetPriority,
    ShiftPriority,
    SteerTask,
    StopRun,
    UndoableOrder,
    UndoOrder,
)
from engine.domain.state import TaskState, Trigger
from engine.domain.steps import NextStep, Step
from engine.domain.verdict import VerdictKind
from engine.domain.words import order_words
from engine.domain.work import MergeState, WorkItem
from engine.loop.undo_opposites import opposite_of
from engine.ports.store import Reader, Transaction

_BACK: Mapping[TaskState, Trigger] = {
    TaskState.PAUSED: Trigger.PAUSE,
    TaskState.BLOCKED: Trigger.BLOCK,
    TaskState.FAILED: Trigger.EXHAUST,
    TaskState.CANCELLED: Trigger.CANCEL,
}
"""How a task gets from QUEUED to where it was. From any other state it is ready again."""
_LOST = {
    TaskState.CLAIMED: "its iteration had been given up and is begun anew",
    TaskState.RUNNING: "its iteration had been given up and is begun anew",
    TaskState.VERIFYING: "its iteration had been given up and is begun anew",
    TaskState.WAITING: "its question had been withdrawn; the agent asks anew",
}


def state_before(reader: Reader, order: Order) -> dict[str, Any]:
    """What an undoable order is about to change, and what another one could set again; of the rest
    nothing.
    """
    match order:
        case CancelTask() | OverrideVerdict() | MergeTask() | DiscardWork():
            item = reader.task(order.task_id)
            return {
                "state": item.state.value,
                "error_log": item.error_log,
                "iterations_granted": item.iterations_granted,
                "merge_state": item.merge_state.value if item.merge_state else None,
                "is_pause_requested": item.is_pause_requested,
                "fence": item.fence,
                "base_commit": item.base_commit,
                "head_commit": item.head_commit,
            }
        case SetPriority() | ShiftPriority():
            return {"priority": reader.task(order.task_id).priority}
        case SetParallelism():
            return {"parallel": reader.control().parallel}
        case HaltRun() | StopRun():
            return {"is_paused": reader.control().is_paused}
        case _:
            return {}


def undo(
    tx: Transaction, order: UndoOrder, now: datetime, by: str
) -> tuple[Order, WorkItem | None, str]:
    """Take the named order back: that order, its task, and what was done.

    Raises:
        InputError: no such order was given.
        StateError: it cannot be taken back, or not any more.
    """
    record = tx.order(order.order_id)
    undone = _undoable(record, now)
    match undone:
        case CancelTask():
            return undone, *_undo_cancel(tx, undone, record, by)
        case OverrideVerdict(verdict=VerdictKind.PASS):
            return undone, *_undo_pass(tx, undone, record, by)
        case OverrideVerdict():
            return undone, *_undo_rejection(tx, undone, record, by)
        case MergeTask():
            return undone, *_undo_merge(tx, undone, record)
        case DiscardWork():
            return undone, *_undo_discard(tx, undone, record, by)
        case StopRun() | HaltRun():
            control = replace(tx.control(), halted="", halted_by="")
            tx.set_control(replace(control, is_paused=bool(record.before["is_paused"])))
            tx.append_facts(RunResumed())
            if record.before["is_paused"]:
                tx.append_facts(RunPaused(cause="as before"))
                return undone, None, "the run is paused, as it was before"
            return undone, None, "all may go on; iterations that were given up are begun anew"
        case _:
            assert_never(undone)


def _undoable(record: OrderRecord, now: datetime) -> UndoableOrder:
    what = f"'{order_words(record.order.kind)}'"
    if record.status is not OrderStatus.APPLIED or record.settled_at is None:
        raise StateError(f"{what} was not applied", hint="there is nothing to undo")
    if not isinstance(record.order, UndoableOrder) or not record.before:
        task_id = getattr(record.order, "task_id", None)
        about = f" of {task_id}" if task_id else ""
        raise StateError(
            f"the order {what}{about} cannot be undone: {_why_never(record.order)}",
            hint=opposite_of(record),
        )
    if (now - record.settled_at).total_seconds() > UNDO_WITHIN_S:
        raise StateError(
            f"{what} was applied more than {UNDO_WITHIN_S:.0f} s ago",
            hint=opposite_of(record),
        )
    return record.order


def _why_never(order: Order) -> str:
    match order:
        case ApproveEscalation() | DenyEscalation() | MessageTask() | SteerTask():
            return "it is what the agent was told"
        case RevertMerge():
            return "it is a commit on the base branch"
        case _:
            return "it is taken back by another order"


def _undo_cancel(
    tx: Transaction, undone: CancelTask, record: OrderRecord, by: str
) -> tuple[WorkItem, str]:
    _need(tx.task(undone.task_id), record, TaskState.CANCELLED)
    item = _back(tx, undone.task_id, record, by)
    was = TaskState(record.before["state"])
    more = f"; {_LOST[was]}" if was in _LOST else ""
    return item, f"{item.task_id} is {item.standing} again{more}"


def _undo_pass(
    tx: Transaction, undone: OverrideVerdict, record: OrderRecord, by: str
) -> tuple[WorkItem, str]:
    item = tx.task(undone.task_id)
    _need(item, record, TaskState.PASSED, TaskState.COMPLETED)
    if item.merge_state in (MergeState.MERGED, MergeState.PULL_REQUEST):
        raise StateError(
            f"the work of {item.task_id!r} has left: {item.standing}",
            hint=NextStep(words="revert it instead", step=Step.REVERT, about=item.task_id),
        )
    item = _back(tx, undone.task_id, record, by)
    return item, f"{item.task_id} is {item.standing} again"


def _undo_rejection(
    tx: Transaction, undone: OverrideVerdict, record: OrderRecord, by: str
) -> tuple[WorkItem, str]:
    _need(tx.task(undone.task_id), record, TaskState.QUEUED)
    tx.mark_told_notes_read(undone.task_id, [int(record.before.get("note", 0))])
    changes = {"iterations_granted": record.before["iterations_granted"], "error_log": ""}
    reason = f"rejection undone by {by}"
    item = tx.move(undone.task_id, Trigger.ACCEPT, reason=reason, changes=changes)
    return item, f"the work of {item.task_id} is verified again"


def _undo_discard(
    tx: Transaction, undone: DiscardWork, record: OrderRecord, by: str
) -> tuple[WorkItem, str]:
    _need(tx.task(undone.task_id), record, TaskState.CANCELLED)
    before = record.before
    tx.mark_told_notes_read(undone.task_id, [int(before.get("note", 0))])
    item = _back(tx, undone.task_id, record, by)
    commits = {name: before[name] for name in ("base_commit", "head_commit")}
    item = tx.update_task(item.task_id, **commits)
    if before["state"] == TaskState.COMPLETED:
        item = tx.move(item.task_id, Trigger.ACCEPT, reason=f"undone by {by}")
    return item, f"the work of {item.task_id} is there again"


def _undo_merge(tx: Transaction, undone: MergeTask, record: OrderRecord) -> tuple[WorkItem, str]:
    item = tx.task(undone.task_id)
    _refuse_once_merging(item)
    _need(item, record, TaskState.COMPLETED)
    if item.merge_state is not MergeState.QUEUED:
        raise StateError(
            f"{item.task_id!r} is in line no longer", hint="give an order that does the opposite"
        )
    was = record.before["merge_state"]
    state = MergeState(was) if was and was != MergeState.QUEUED else MergeState.WAITING
    item = tx.update_task(undone.task_id, merge_state=state, not_before=None)
    fact = TaskChanged(what="merge", value="not wanted after all")
    tx.append_facts(fact, task_id=item.task_id, project=item.project)
    return item, f"{item.task_id} waits to be merged again"


def _refuse_once_merging(item: WorkItem) -> None:
    """Raises: StateError if the merge queue has begun with it, or has done it."""
    if item.merge_state is MergeState.MERGED:
        raise StateError(
            f"{item.task_id!r} is merged as {(item.merged_commit or '')[:12]}",
            hint=NextStep(words="undo that", step=Step.REVERT, about=item.task_id),
        )
    if item.state is TaskState.MERGING:
        raise StateError(
            f"the merge of {item.task_id!r} has begun",
            hint=NextStep(words="undo it once it is merged", step=Step.REVERT, about=item.task_id),
        )


def _need(item: WorkItem, record: OrderRecord, *states: TaskState) -> None:
    """Raises: StateError if anything has come of the order, or been done since."""
    if item.state not in states or item.fence != record.before["fence"]:
        raise StateError(
            f"task {item.task_id!r} is {item.standing}: it has gone on since",
            hint=opposite_of(record),
        )


def _back(tx: Transaction, task_id: Any, record: OrderRecord, by: str) -> WorkItem:
    """From an end to where it was, along the state table."""
    before, reason = record.before, f"undone by {by}"
    item = tx.move(
        task_id,
        Trigger.UNDO,
        reason=reason,
        changes={"error_log": before["error_log"], "merge_state": None},
    )
    trigger = _BACK.get(TaskState(before["state"]))
    if trigger is None and before["is_pause_requested"]:
        trigger = Trigger.PAUSE
    return item if trigger is None else tx.move(task_id, trigger, reason=reason)
