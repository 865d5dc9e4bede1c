"""What every command begins with: the settings, the operator's name, an open engine."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, warn
from engine.app import Engine, load_settings, open_engine
from engine.domain.orders import Order, OrderRecord, OrderStatus
from engine.domain.settings import Settings


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings of the repository that the command line names."""
    return load_settings(args.repo, project=args.project)


def operator() -> str:
    """Who gives the orders: the login name of this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


@asynccontextmanager
async def engine_of(args: argparse.Namespace) -> AsyncIterator[Engine]:
    """The engine's face for one command; takes no tasks by itself."""
    async with open_engine(settings_of(args)) as engine:
        yield engine


async def give(args: argparse.Namespace, *orders: Order) -> Exit:
    """Give orders one after the other and print what became of them."""
    async with engine_of(args) as engine:
        records = [await engine.give(order, by=operator()) for order in orders]
    if args.json:
        print_json([_settled(record) for record in records])
    else:
        for record in records:
            _tell(record)
    is_refused = any(record.status is OrderStatus.REFUSED for record in records)
    return Exit.USAGE if is_refused else Exit.DONE


def _tell(record: OrderRecord) -> None:
    if record.status is OrderStatus.REFUSED:
        warn(record.outcome)
    else:
        print_lines([record.outcome])


def _settled(record: OrderRecord) -> dict[str, object]:
    return {
        "order_id": record.order_id,
        "order": record.order.kind,
        "status": record.status,
        "outcome": record.outcome,
        "by": record.by,
    }
