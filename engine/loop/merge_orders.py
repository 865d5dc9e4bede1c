"""What operators may order about merges, inside one transaction; git is touched afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.domain.errors import InputError, StateError
from engine.domain.facts import TaskChanged
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.orders import UNDO_WITHIN_S, DiscardWork, MergeTask, RevertMerge
from engine.domain.state import TRANSITIONS, TaskState, Trigger
from engine.domain.steps import NextStep, Step
from engine.domain.work import MergeState, WorkItem, discarded_ref
from engine.loop.undo_choice import NEWEST_ORDERS, is_taken_back
from engine.ports.store import Reader, Transaction

_ON_ITS_WAY = frozenset({MergeState.QUEUED, MergeState.PULL_REQUEST})
_IN_BASE = frozenset({MergeStep.MERGED})


def queue_merge(tx: Transaction, order: MergeTask, now: datetime) -> tuple[WorkItem, str]:
    """Let the merge queue take the task's branch; the task and the outcome in words.

    Raises:
        InputError: it would wait for no time, or too long.
        StateError: there is nothing verified to merge, it is merged, or what was ordered in one go
            with it has been taken back meanwhile.
    """
    if not 0 <= order.after_s <= UNDO_WITHIN_S:
        raise InputError(
            f"a merge cannot begin after {order.after_s:g} s",
            hint=f"say 0 to {UNDO_WITHIN_S:.0f} s",
        )
    item = tx.task(order.task_id)
    if order.together and is_taken_back(tx.newest_orders(NEWEST_ORDERS), order.together):
        raise StateError(
            f"all that was to be merged with {item.task_id!r} has been taken back meanwhile",
            hint=NextStep(words="look at it", step=Step.SHOW_TASK, about=item.task_id),
        )
    if item.merge_state is MergeState.MERGED:
        raise StateError(
            f"task {item.task_id!r} is merged already ({(item.merged_commit or '')[:12]})",
            hint="nothing is to be done",
        )
    if item.state is TaskState.MERGING:
        raise StateError(f"task {item.task_id!r} is merging", hint="wait for the outcome")
    if item.state is not TaskState.COMPLETED or item.head_commit in (None, item.base_commit):
        raise StateError(
            f"task {item.task_id!r} is {item.standing} and has no verified work to merge",
            hint=NextStep(words="look at it", step=Step.SHOW_TASK, about=item.task_id),
        )
    begins_at = now + timedelta(seconds=order.after_s) if order.after_s else None
    item = tx.update_task(
        item.task_id, merge_state=MergeState.QUEUED, error_log="", not_before=begins_at
    )
    _tell(tx, item, "queued")
    return item, f"merges in {order.after_s:g} s" if begins_at else "queued for merging"


def ask_for_revert(tx: Transaction, order: RevertMerge, by: str) -> tuple[WorkItem, str]:
    """Note that the task's merge is to be undone; the task and the outcome in words.

    Raises:
        InputError: no reason is given.
        StateError: it is not merged.
    """
    if not order.reason.strip():
        raise InputError("a revert needs a reason", hint="say it: it stands in the commit")
    item = tx.task(order.task_id)
    merged = last_merge(tx, item)
    if merged is None:
        raise StateError(
            f"task {item.task_id!r} is not merged, so there is nothing to revert",
            hint=NextStep(words="reject it instead", step=Step.REJECT, about=item.task_id),
        )
    tx.update_merge(merged.number, step=MergeStep.REVERTING, reason=order.reason, by=by)
    _tell(tx, item, f"to be reverted: {order.reason}")
    return item, "its merge is to be reverted"


def refuse_rejection_of_merged(reader: Reader, item: WorkItem) -> None:
    """Raises: StateError if the base branch holds the task's work."""
    if item.merge_state is MergeState.MERGED or last_merge(reader, item) is not None:
        raise StateError(
            f"task {item.task_id!r} is merged; a rejection would leave its work in place",
            hint=NextStep(words="revert the merge first", step=Step.REVERT, about=item.task_id),
        )


def throw_away(tx: Transaction, order: DiscardWork, by: str) -> tuple[WorkItem, str, int]:
    """Forget the task's work and end the task; the task, the outcome in words, and the number of
    the note that tells a later iteration.

    Raises:
        StateError: there is none, it is merged or on its way there, or it is still worked on.
    """
    before = tx.task(order.task_id)
    refuse_rejection_of_merged(tx, before)
    if before.merge_state in _ON_ITS_WAY:
        raise StateError(
            f"the work of {before.task_id!r} is on its way into the base branch",
            hint="undo the merge, or close the pull request, first",
        )
    if (before.state, Trigger.DISCARD) not in TRANSITIONS:
        raise StateError(
            f"task {before.task_id!r} is {before.standing}",
            hint="cancel it first; what it has on its branch can be thrown away then",
        )
    if before.head_commit in (None, before.base_commit):
        raise StateError(f"task {before.task_id!r} has no work", hint="nothing is to be done")
    why = f": {order.reason}" if order.reason.strip() else ""
    note = tx.add_note(
        before.task_id,
        f"The operator threw the work of all earlier iterations away{why}. Begin anew.",
    )
    item = tx.move(
        before.task_id,
        Trigger.DISCARD,
        reason=f"by {by}{why}",
        changes={
            "error_log": f"its work was thrown away by {by}{why}",
            "merge_state": None,
            "merged_commit": None,
            "head_commit": None,
            "base_commit": None,
            "is_pause_requested": False,
        },
    )
    kept = f"kept as {discarded_ref(before.branch, before.head_commit or '')}"
    return item, f"the work of {item.task_id} is thrown away; {kept}", note


def last_merge(reader: Reader, item: WorkItem) -> MergeRecord | None:
    """The merge that brought the task's present work into the base branch; None: it is not in."""
    if item.merge_state is not MergeState.MERGED:
        return None
    found = reader.merges(task_id=item.task_id, steps=_IN_BASE)
    return found[-1] if found else None


def _tell(tx: Transaction, item: WorkItem, value: str) -> None:
    fact = TaskChanged(what="merge", value=value)
    tx.append_facts(fact, task_id=item.task_id, project=item.project)
