"""Recording one iteration: what it costs over a bare insert, and how the file grows.

One write moves the task, adds a checkpoint with a session text of 4 KB and its verdict, usage and
two facts. Beside it, interleaved: a bare durable insert of 4 KB.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from benchmarks.measure import RawInserts, WallClock, percentile, timed
from engine.domain.checkpoint import Checkpoint
from engine.domain.facts import IterationFinished, TaskChanged
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import Trigger
from engine.domain.usage import Usage
from engine.domain.verdict import CheckOutcome, CheckResult, Reason, Verdict, VerdictKind
from engine.domain.work import NewTask
from engine.ports.store import Transaction
from engine.store.codec import to_json
from engine.store.sqlite import SqliteStore

WARM_UP, ROUNDS, PER_ROUND = 200, 20, 20
TASK, CLOCK = TaskId("bench"), WallClock()
USAGE = Usage(input_tokens=9000, output_tokens=700, calls=4, cost_usd=Decimal("0.0375"))
WORDS = Path(__file__).read_text("utf-8").split()


def session_text(number: int) -> str:
    """About 4 KB of words that differ each time."""
    chosen = random.Random(number).choices(WORDS, k=1000)  # noqa: S311  no secret
    return f"# iteration {number}\n{' '.join(chosen)}"[:4096]


def verdict(number: int) -> Verdict:
    """One red check with its tail."""
    check = CheckResult(
        name="pytest",
        command=("python", "-m", "pytest"),
        outcome=CheckOutcome.FINDINGS,
        exit_code=1,
        duration_s=1.5,
        tests_executed=40,
        failures=("tests/test_cart.py::test_total",),
        tail=session_text(-number)[:600],
    )
    return Verdict(
        kind=VerdictKind.FAIL,
        reasons=(Reason(rule="target-test-red", message="1 of 2 target tests fails"),),
        checks=(check,),
        tree_hash=f"{number:040x}",
        base_commit="b" * 40,
        changed_files=("cart.py",),
    )


def checkpoint(number: int) -> Checkpoint:
    return Checkpoint(
        task_id=TASK,
        project="shop",
        iteration_count=number,
        timestamp=CLOCK.now(),
        verdict=verdict(number),
        session_ref=f"session-{TASK}-{number}.md",
        session_sha256=f"{number:064x}",
        session_text=session_text(number),
        commit=f"{number:040x}",
        diff_sha256=f"{number:064x}",
        has_signal=False,
        agent="api",
        duration_s=12.5,
        usage=USAGE,
        decision="again: a target test is red",
    )


def recording(point: Checkpoint) -> Callable[[Transaction], None]:
    """The transaction that ends an iteration."""
    finished = IterationFinished(
        iteration=point.iteration_count,
        verdict=point.verdict.kind.value,
        decision=point.decision,
        duration_s=point.duration_s,
        cost_usd=str(point.usage.cost_usd),
        tokens=point.usage.tokens,
    )
    note = TaskChanged(what="budget", value="14 left")

    def record(tx: Transaction) -> None:
        tx.add_checkpoint(point)
        tx.add_usage(TASK, iteration=point.iteration_count, agent="api", model="m", usage=USAGE)
        tx.move(TASK, Trigger.AGAIN, reason=point.decision)
        tx.append_facts(finished, note, task_id=TASK, project="shop")

    return record


def prepare(tx: Transaction) -> None:
    """Claim the task and bring it to where an iteration ends."""
    tx.claim(WorkerId("w"), lease=timedelta(minutes=1))
    tx.move(TASK, Trigger.START)
    tx.move(TASK, Trigger.VERIFY)


async def run(folder: Path) -> None:
    floor = RawInserts(folder / "floor.db")
    path = folder / "work.db"
    store = await SqliteStore.open(path, clock=CLOCK)
    new = NewTask(task_id=TASK, project="shop", description="repair the cart")
    await store.write(lambda tx: tx.add_tasks([new]))
    times, raw, content_bytes, number, size_before = list[float](), list[float](), 0, 0, 0

    async def record_one() -> None:
        nonlocal number, content_bytes
        number += 1
        await store.write(prepare)
        point = checkpoint(number)
        record = recording(point)
        began = time.perf_counter()
        await store.write(record)
        times.append((time.perf_counter() - began) * 1000)
        content_bytes += len(point.session_text.encode()) + len(to_json(point.verdict))

    for _ in range(WARM_UP):
        floor.insert()
        await record_one()
    size_before = (await store.info()).size_bytes
    times.clear()
    content_bytes = 0
    for _ in range(ROUNDS):
        raw += [timed(floor.insert) for _ in range(PER_ROUND)]
        for _ in range(PER_ROUND):
            await record_one()
    grown = (await store.info()).size_bytes - size_before
    await store.close()
    floor.close()
    report(times, raw, grown / content_bytes)


def report(times: list[float], raw: list[float], stored_per_byte: float) -> None:
    median, floor = percentile(times, 0.5), percentile(raw, 0.5)
    print(
        f"record one iteration: p50 {median:.3f} p99 {percentile(times, 0.99):.3f} ms;"
        f" raw 4 KB insert p50 {floor:.3f} p99 {percentile(raw, 0.99):.3f} ms;"
        f" ratio {median / floor:.2f}"
    )
    print(f"stored bytes per byte of session text and evidence: {stored_per_byte:.2f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


if __name__ == "__main__":
    main()
