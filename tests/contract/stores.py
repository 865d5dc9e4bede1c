"""Both stores and the values that contract tests put into them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.domain.action import Action, ActionKind, Severity
from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.ids import EscalationId, OrderId, TaskId, WorkerId
from engine.domain.orders import Order, OrderRecord
from engine.domain.state import Trigger
from engine.domain.usage import Usage
from engine.domain.verdict import CheckOutcome, CheckResult, Reason, Verdict, VerdictKind
from engine.domain.work import Claim, NewTask
from engine.ports.store import Store, Transaction
from engine.store.memory import MemoryStore
from engine.store.sqlite import SqliteStore
from tests.support.clock import FakeClock

KINDS = ("memory", "sqlite")
LEASE = timedelta(seconds=60)
WORKER = WorkerId("worker-1")


@asynccontextmanager
async def opened(kind: str, folder: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """A fresh store of the kind."""
    store: Store
    if kind == "memory":
        store = MemoryStore(clock)
    else:
        store = await SqliteStore.open(folder / "state" / "work.db", clock=clock)
    try:
        yield store
    finally:
        await store.close()


def task(name: str, *needs: str, **fields: Any) -> NewTask:
    """A task of project `shop` that depends on `needs`."""
    values = {"project": "shop", "description": f"repair {name}", **fields}
    return NewTask(task_id=TaskId(name), depends_on=tuple(map(TaskId, needs)), **values)


def take(tx: Transaction, **wanted: Any) -> Claim | None:
    """Claim the next one for `WORKER`."""
    return tx.claim(WORKER, lease=LEASE, **wanted)


def taken(tx: Transaction, **wanted: Any) -> Claim:
    """The same where one must be ready."""
    claim = take(tx, **wanted)
    assert claim is not None
    return claim


def drive(tx: Transaction, name: str, *triggers: Trigger) -> None:
    """Move the task through `triggers` as the engine."""
    for trigger in triggers:
        if trigger is Trigger.CLAIM:
            taken(tx, only=TaskId(name))
        else:
            tx.move(TaskId(name), trigger)


def complete(tx: Transaction, name: str) -> None:
    """From the queue to COMPLETED."""
    drive(tx, name, Trigger.ACCEPT, Trigger.COMPLETE)


VERDICT = Verdict(
    kind=VerdictKind.FAIL,
    reasons=(Reason(rule="target-test-red", message="1 of 2 target tests fails", evidence="é\n"),),
    checks=(
        CheckResult(
            name="pytest",
            command=("python", "-m", "pytest"),
            outcome=CheckOutcome.FINDINGS,
            exit_code=1,
            duration_s=1.25,
            tests_executed=12,
            failures=("tests/test_cart.py::test_total",),
            tail="E  assert 3 == 4",
        ),
        CheckResult(
            name="types",
            command=(),
            outcome=CheckOutcome.TIMEOUT,
            exit_code=None,
            duration_s=60.0,
            explanation="stopped after 60 s",
        ),
    ),
    tree_hash="4b825dc6",
    base_commit="0a1b2c3d",
    changed_files=("cart.py",),
)


def used(cost: str = "0.000123", *, tokens: int = 100) -> Usage:
    """A model call of that price."""
    return Usage(
        input_tokens=tokens,
        output_tokens=7,
        cache_read_tokens=3,
        cache_write_tokens=2,
        calls=1,
        cost_usd=Decimal(cost),
    )


def checkpoint(name: str, number: int, clock: FakeClock, **fields: Any) -> Checkpoint:
    """Iteration `number` of the task."""
    text = f"# Session of {name}\n\niteration {number}\n"
    values: dict[str, Any] = {
        "project": "shop",
        "timestamp": clock.now(),
        "verdict": VERDICT,
        "session_ref": f"session-{name}-{number}.md",
        "session_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "session_text": text,
        "commit": f"c{number:039}",
        "diff_sha256": "d" * 64,
        "has_signal": number % 2 == 0,
        "agent": "scripted",
        "duration_s": 2.5,
        "usage": used(),
        "decision": "again: one target test is red",
    }
    return Checkpoint(task_id=TaskId(name), iteration_count=number, **{**values, **fields})


def escalation(
    name: str, of_task: str, clock: FakeClock, severity: Severity = Severity.HIGH
) -> Escalation:
    """An open question of the task."""
    return Escalation(
        escalation_id=EscalationId(name),
        task_id=TaskId(of_task),
        project="shop",
        iteration=1,
        action=Action(kind=ActionKind.RUN_COMMAND, target="rm -rf build", detail=""),
        rule="destructive",
        why="removes a folder",
        effect="build/ is gone",
        severity=severity,
        state=EscalationState.OPEN,
        raised_at=clock.now(),
    )


def order(name: str, what: Order, clock: FakeClock) -> OrderRecord:
    """The order as given by an operator."""
    return OrderRecord(order_id=OrderId(name), order=what, by="ada", given_at=clock.now())
