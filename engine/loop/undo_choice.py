"""Which of an operator's orders the next undo takes back, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.domain.orders import MergeTask, OrderRecord, OrderStatus, UndoableOrder, UndoOrder


def next_to_undo(newest: Sequence[OrderRecord], by: str) -> list[OrderRecord]:
    """What `by` ordered last, in one go, and did not take back yet; empty: nothing.

    Args:
        newest: orders, the newest first.
        by: the operator.
    """
    taken_back = {
        record.order.order_id
        for record in newest
        if isinstance(record.order, UndoOrder) and record.status is OrderStatus.APPLIED
    }
    own = [
        record
        for record in newest
        if record.by == by and isinstance(record.order, UndoableOrder) and record.before
    ]
    dealt_with = {_go(record) for record in own if record.order_id in taken_back}
    for record in own:
        if _go(record) not in dealt_with:
            return [other for other in own if _go(other) == _go(record)]
    return []


def _go(record: OrderRecord) -> str:
    """Equal for orders that were given in one go."""
    order = record.order
    return order.together if isinstance(order, MergeTask) and order.together else record.order_id


def told_as_one(undone: Sequence[OrderRecord]) -> OrderRecord:
    """What became of the undo of one go; applied if any of it was taken back."""
    applied = [record for record in undone if record.status is OrderStatus.APPLIED]
    refused = [record for record in undone if record.status is not OrderStatus.APPLIED]
    if len(undone) == 1:
        return undone[0]
    if not applied:
        return replace(refused[0], outcome=f"none of {len(undone)} merges: {refused[0].outcome}")
    if not refused:
        said = f"all {len(applied)} merges are taken back: their work waits to be merged again"
        return replace(applied[0], outcome=said)
    said = (
        f"{len(applied)} of {len(undone)} merges are taken back; of the others the first: "
        f"{refused[0].outcome}"
    )
    return replace(applied[0], outcome=said, next_step=refused[0].next_step)
