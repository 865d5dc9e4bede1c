"""What is said of a message to an agent: when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.ids import TaskId
from engine.domain.orders import MessageTask
from engine.domain.state import Trigger
from engine.domain.work import NewTask
from engine.loop.steering_orders import steer
from engine.ports.store import Transaction
from tests.contract.stores import KINDS, LEASE, WORKER, opened
from tests.support.clock import FakeClock

ADD = TaskId("add")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_says_when_it_is_read(kind: str, tmp_path: Path) -> None:
    said: list[str] = []

    def go(tx: Transaction) -> None:
        message = MessageTask(task_id=ADD, text="mind the sign")
        said.append(steer(tx, message)[1])
        tx.claim(WORKER, lease=LEASE)
        for trigger in (Trigger.START, Trigger.VERIFY):
            tx.move(ADD, trigger)
            said.append(steer(tx, message)[1])

    async with opened(kind, tmp_path, FakeClock()) as store:
        new = NewTask(task_id=ADD, project="p", description="d")
        await store.write(lambda tx: tx.add_tasks([new]))
        await store.write(go)
    assert said == [
        "message (no agent is at work, the next reads it)",
        "message",
        "message (the agent is done; it is read only if the task tries again)",
    ]
