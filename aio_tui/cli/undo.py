"""`aio-tui undo`: takes the operator's last order back."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import operator
from aio_tui.cli.session import engine_of, tell_settled
from engine.domain.ids import OrderId
from engine.domain.orders import UndoOrder


async def undo(args: argparse.Namespace) -> Exit:
    """Take back an order, or the operator's last one."""
    async with engine_of(args) as engine:
        if args.order_id is None:
            record = await engine.undo(by=operator())
        else:
            order = UndoOrder(order_id=OrderId(args.order_id))
            record = await engine.give(order, by=operator())
    return tell_settled(args, [record])
