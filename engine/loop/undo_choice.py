"""Which of an operator's orders the next undo takes back, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engine.domain.ids import OrderId
from engine.domain.orders import (
    UNDO_WITHIN_S,
    AcknowledgeEscalation,
    MergeTask,
    Order,
    OrderRecord,
    OrderStatus,
    UndoableOrder,
    UndoOrder,
)

NEWEST_ORDERS = 2_000
"""What was ordered in one go, and its undoing, may be many."""


def next_to_undo(newest: Sequence[OrderRecord], by: str, now: datetime) -> list[OrderRecord]:
    """What `by` ordered last, in one go, and did not try to take back yet; empty: nothing.

    What could not be taken back is not tried again: the order before comes next, unless it is too
    old for that. An order of a kind that never can be is chosen as well, so that its undoing is
    refused in words and no earlier order is taken for the last one; of several in a row the newest.

    Args:
        newest: orders, the newest first.
        by: the operator.
        now: the time.
    """
    tried = {record.order.order_id for record in newest if isinstance(record.order, UndoOrder)}
    own = [
        record
        for record in newest
        if record.by == by and record.status is OrderStatus.APPLIED and _is_an_act(record.order)
    ]
    dealt_with = {_go(record) for record in own if record.order_id in tried}
    is_told = False
    for record in own:
        is_told = not can_be_undone(record) and (is_told or record.order_id in tried)
        if not is_told and _go(record) not in dealt_with:
            if record is not own[0] and _is_too_old(record, now):
                return []
            return [other for other in own if _go(other) == _go(record)]
    return []


def can_be_undone(record: OrderRecord) -> bool:
    """Whether there is an undoing of such an order; whether it is too late is seen later."""
    return isinstance(record.order, UndoableOrder) and bool(record.before)


def _is_an_act(order: Order) -> bool:
    return not isinstance(order, UndoOrder | AcknowledgeEscalation)


def _is_too_old(record: OrderRecord, now: datetime) -> bool:
    at = record.settled_at
    return at is not None and (now - at).total_seconds() > UNDO_WITHIN_S


def rest_of_go(newest: Sequence[OrderRecord], tried: Sequence[OrderRecord]) -> list[OrderRecord]:
    """Orders of the go of those that were `tried` which have been applied meanwhile."""
    goes, ids = {_go(record) for record in tried}, {record.order_id for record in tried}
    return [
        record
        for record in newest
        if _go(record) in goes
        and record.order_id not in ids
        and record.status is OrderStatus.APPLIED
    ]


def is_taken_back(newest: Sequence[OrderRecord], together: str) -> bool:
    """Whether any order of that go was, and with it all of them."""
    taken_back = _taken_back(newest)
    return any(_go(record) == together for record in newest if record.order_id in taken_back)


def _taken_back(newest: Sequence[OrderRecord]) -> set[OrderId]:
    return {
        record.order.order_id
        for record in newest
        if isinstance(record.order, UndoOrder) and record.status is OrderStatus.APPLIED
    }


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
