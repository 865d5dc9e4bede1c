"""Orders go to the engine, and what became of them comes back as a line."""

from __future__ import annotations

from collections.abc import Sequence

from aio_tui.widgets.line import Line, line
from aio_tui.wording import Tone
from engine.domain.errors import EngineError
from engine.domain.orders import Order, OrderStatus
from engine.ports.cockpit import EngineFace


def name_of(orders: Sequence[Order]) -> str:
    """Such as `approve escalation`, or `merge task (3)` for several of a kind."""
    kind = orders[0].kind.replace("_", " ")
    return kind if len(orders) == 1 else f"{kind} ({len(orders)})"


async def settle(orders: Sequence[Order], face: EngineFace, *, by: str) -> Line:
    """Give the orders, all of one kind, one after another, and wait until each is applied or
    refused: what to tell the operator. Of several the first that went wrong is told.
    """
    good: list[str] = []
    bad: list[str] = []
    for order in orders:
        is_applied, told = await _settle(order, face, by)
        (good if is_applied else bad).append(told)
    if not bad:
        outcome = good[0] if len(orders) == 1 else "applied"
        return line((f"✓ {name_of(orders)} {outcome}", Tone.GOOD))
    less = f" ({len(bad)} of {len(orders)} went wrong)" if len(orders) > 1 else ""
    return line((f"✗ {name_of(orders[:1])} {bad[0]}{less}", Tone.BAD))


async def _settle(order: Order, face: EngineFace, by: str) -> tuple[bool, str]:
    """Whether it was applied, and what to tell."""
    try:
        record = await face.give(order, by=by)
    except EngineError as error:
        return False, f"failed: {error}"
    is_applied = record.status is OrderStatus.APPLIED
    return is_applied, f"{record.status.value}: {record.outcome}"
