"""Orders that are given while the command of an iteration is at work."""

from __future__ import annotations

from engine.app.engine import Engine
from engine.domain.facts import IterationStarted
from engine.domain.ids import TaskId
from engine.domain.orders import Order, OrderRecord, OrderStatus
from engine.domain.run import RunOptions
from tests.support.engines import bash, cure, until_fact, until_output, worsen

ADD = TaskId("add")
STAYS = RunOptions(stays=True)
SLOW = [worsen("add", "begun"), bash("sleep 60"), cure("add")]
"""What the agent does at `ADD`: its command is at work until it is ended."""


async def begin(engine: Engine, iteration: int = 1) -> None:
    """Run, and return once the command of an iteration is at work."""
    engine.start(STAYS)
    await until_fact(engine, IterationStarted)
    await until_output(engine, ADD, iteration, "sleep 60")


async def applied(engine: Engine, order: Order) -> OrderRecord:
    """The order, which must take effect."""
    record = await engine.give(order, by="olive")
    assert record.status is OrderStatus.APPLIED, record.outcome
    return record
