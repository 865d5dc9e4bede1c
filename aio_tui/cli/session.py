"""What most commands begin with: an open engine."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import operator, settings_of
from aio_tui.cli.output import next_document, print_json, print_lines, warn
from engine.app.engine import Engine, open_engine
from engine.domain.orders import Order, OrderRecord, OrderStatus


@asynccontextmanager
async def engine_of(args: argparse.Namespace) -> AsyncIterator[Engine]:
    """The engine's face for one command; takes no tasks by itself."""
    async with open_engine(settings_of(args)) as engine:
        yield engine


async def give(args: argparse.Namespace, *orders: Order) -> Exit:
    """Give orders one after the other and print what became of them."""
    async with engine_of(args) as engine:
        records = [await engine.give(order, by=operator()) for order in orders]
    return tell_settled(args, records)


def tell_settled(args: argparse.Namespace, records: Sequence[OrderRecord]) -> Exit:
    """Print what became of orders."""
    if args.json:
        print_json([_settled(record) for record in records])
    else:
        for record in records:
            _tell(record)
    is_refused = any(record.status is OrderStatus.REFUSED for record in records)
    return Exit.USAGE if is_refused else Exit.DONE


def _tell(record: OrderRecord) -> None:
    if record.status is OrderStatus.REFUSED:
        warn(record.told())
    else:
        print_lines([record.told()])


def _settled(record: OrderRecord) -> dict[str, object]:
    return {
        "order_id": record.order_id,
        "order": record.order.kind,
        "status": record.status,
        "outcome": record.told(),
        "next": next_document(record.next_step),
        "by": record.by,
    }
