# ruff: noqa: S608  the statements are made of constants
"""Claiming the next ready task: flat with the size of the queue, cheap for many workers.

Beside it, in the same run and interleaved: a bare durable insert of 4 KB, and the bare claim
statement on a database of the same size.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.measure import RawInserts, WallClock, percentile, timed
from engine.domain.ids import TaskId, WorkerId
from engine.domain.work import NewTask
from engine.ports.store import Transaction
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.queue import CLAIM, choice_sql

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS, PER_ROUND = 12, 25
WARM_UP = 250
"""Until each WAL has wrapped once: a log that still grows pays the file system for it."""
WORKERS, PER_WORKER = 32, 250
LEASE = timedelta(minutes=1)


def claim(tx: Transaction) -> None:
    assert tx.claim(WorkerId("w"), lease=LEASE, project="shop") is not None


async def build(path: Path, size: int) -> None:
    """A queue of `size` tasks: 60 % ready, 40 % blocked and more urgent."""
    store = await SqliteStore.open(path, clock=WallClock())
    first = NewTask(task_id=TaskId("t1"), project="shop", description="repair it" * 10)
    await store.write(lambda tx: tx.add_tasks([first]))
    await store.close()
    connection = sqlite3.connect(path)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(work_items)")]
    fresh = {
        "number": "n",
        "id": "'t' || n",
        "priority": "iif(n % 5 < 2, 0, 1 + n % 9)",
        "unmet_dependencies": "n % 5 < 2",
    }
    values = ", ".join(fresh.get(column, column) for column in columns)
    connection.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers"
        f" LIMIT {size - 1}) INSERT INTO work_items ({', '.join(columns)})"
        f" SELECT {values} FROM numbers, work_items WHERE number = 1"
    )
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def one_by_one(path: Path, floor: RawInserts) -> tuple[list[float], list[float], list[float]]:
    """Times in ms: claims through the store, bare inserts, bare claim statements."""
    bare_path = path.with_suffix(".bare.db")
    shutil.copyfile(path, bare_path)
    bare = sqlite3.connect(bare_path, isolation_level=None)
    bare.execute("PRAGMA synchronous = FULL")
    choice = choice_sql(by_project=True)

    def claim_bare() -> None:
        bare.execute("BEGIN IMMEDIATE")
        (*_, number) = bare.execute(choice, ("2026", "w", "2026", "shop")).fetchone()
        bare.execute(CLAIM, ("2026", "w", "2026", number))
        bare.execute("COMMIT")

    store = await SqliteStore.open(path, clock=WallClock())
    claims, inserts, statements = list[float](), list[float](), list[float]()
    try:
        for _ in range(WARM_UP):
            await store.write(claim)
            claim_bare()
            floor.insert()
        for _ in range(ROUNDS):
            inserts += [timed(floor.insert) for _ in range(PER_ROUND)]
            for _ in range(PER_ROUND):
                began = time.perf_counter()
                await store.write(claim)
                claims.append((time.perf_counter() - began) * 1000)
            statements += [timed(claim_bare) for _ in range(PER_ROUND)]
    finally:
        bare.close()
        await store.close()
        bare_path.unlink()
    return claims, inserts, statements


async def together(path: Path, group_size: int) -> tuple[float, list[float]]:
    """Claims per second of all workers, and each one's wait in ms."""
    store = await SqliteStore.open(path, clock=WallClock(), group_size=group_size)
    waits: list[float] = []

    async def worker() -> None:
        for _ in range(PER_WORKER):
            began = time.perf_counter()
            await store.write(claim)
            waits.append((time.perf_counter() - began) * 1000)

    try:
        await store.write(claim)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(worker())
        return len(waits) / (time.perf_counter() - began), waits
    finally:
        await store.close()


async def run(folder: Path) -> None:
    floor = RawInserts(folder / "floor.db")
    medians: list[float] = []
    print("tasks      claim p50  p95 ms | raw 4 KB insert p50 | ratio | bare claim p50 ms")
    for size in SIZES:
        path = folder / f"queue-{size}.db"
        await build(path, size)
        claims, inserts, statements = await one_by_one(path, floor)
        raw, median = percentile(inserts, 0.5), percentile(claims, 0.5)
        medians.append(median / raw)
        print(
            f"{size:>9}  {median:9.3f} {percentile(claims, 0.95):7.3f} | {raw:19.3f} |"
            f" {median / raw:5.2f} | {percentile(statements, 0.5):.3f}"
        )
    floor.close()
    print(f"largest over smallest ratio to the raw insert: {max(medians) / min(medians):.2f}")
    results = {size: await together(folder / "queue-100000.db", size) for size in (1, 64)}
    for size, (rate, waits) in results.items():
        print(
            f"{WORKERS} workers, group of {size:>2}: {rate:7.0f} claims/s, wait p50"
            f" {percentile(waits, 0.5):.2f} p99 {percentile(waits, 0.99):.2f}"
            f" worst {max(waits):.2f} ms"
        )
    print(f"group commit gives {results[64][0] / results[1][0]:.1f}x")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


if __name__ == "__main__":
    main()
