"""Orders go to the engine, and what became of them comes back as a line."""

from __future__ import annotations

from aio_tui.widgets.line import Line, line
from aio_tui.wording import Tone
from engine.domain.errors import EngineError
from engine.domain.orders import Order, OrderStatus
from engine.ports.cockpit import EngineFace


def name_of(order: Order) -> str:
    """Such as `approve escalation`."""
    return order.kind.replace("_", " ")


async def settle(order: Order, face: EngineFace, *, by: str) -> Line:
    """Give the order and wait until it is applied or refused: what to tell the operator."""
    try:
        record = await face.give(order, by=by)
    except EngineError as error:
        return line((f"✗ {name_of(order)} failed: {error}", Tone.BAD))
    is_applied = record.status is OrderStatus.APPLIED
    mark, tone = ("✓", Tone.GOOD) if is_applied else ("✗", Tone.BAD)
    return line((f"{mark} {name_of(order)} {record.status.value}: {record.outcome}", tone))
