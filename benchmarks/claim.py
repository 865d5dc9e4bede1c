# ruff: noqa: S608  the statements are made of constants
"""Claiming the next ready task: flat with the size of the queue, cheap for many workers.

Beside it, in the same run and taking turns: a bare durable insert of 4 KB; the same claim without
the way to the writing thread and back, on a copy of the database; and that way alone, an empty job.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from benchmarks.measure import RawInserts, WallClock, percentile, timed
from engine.domain.ids import TaskId, WorkerId
from engine.domain.work import NewTask
from engine.ports.store import Transaction
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.connection import connect
from engine.store.sqlite.lane import Job, Lane, deliver, settlements_of
from engine.store.sqlite.writer import GroupWriter

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 300
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


async def one_by_one(path: Path, floor: RawInserts) -> dict[str, list[float]]:
    """Times in ms by name."""
    copy = path.with_suffix(".copy.db")
    shutil.copyfile(path, copy)
    connection = connect(copy, read_only=False, busy_timeout_s=1)
    writer = GroupWriter(connection, copy, WallClock())
    hop = Lane("hop", lambda jobs: deliver(settlements_of(jobs)), batch=1)
    store = await SqliteStore.open(path, clock=WallClock())
    times: dict[str, list[float]] = {name: [] for name in ("raw", "claim", "direct", "hop")}
    try:
        for turn in range(WARM_UP + ROUNDS):
            if turn == WARM_UP:
                for series in times.values():
                    series.clear()
            times["raw"].append(timed(floor.insert))
            times["claim"].append(await awaited(lambda: store.write(claim)))
            times["direct"].append(timed(lambda: writer.run([Job(claim, None, None)])))
            writer.tidy()
            times["hop"].append(await awaited(lambda: hop.submit(id)))
    finally:
        connection.close()
        hop.stop()
        hop.join()
        await store.close()
        copy.unlink()
    return times


async def awaited(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


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
    ratios: list[float] = []
    print("p50 in ms    claim  (p95) | without hop | empty hop | raw insert | claim / raw")
    for size in SIZES:
        path = folder / f"queue-{size}.db"
        await build(path, size)
        times = await one_by_one(path, floor)
        half = {name: percentile(series, 0.5) for name, series in times.items()}
        ratios.append(half["claim"] / half["raw"])
        print(
            f"{size:>9} {half['claim']:8.3f} ({percentile(times['claim'], 0.95):.2f}) |"
            f" {half['direct']:11.3f} | {half['hop']:9.3f} | {half['raw']:10.3f} |"
            f" {ratios[-1]:.2f}, without hop {half['direct'] / half['raw']:.2f}"
        )
    floor.close()
    print(f"largest over smallest ratio to the raw insert: {max(ratios) / min(ratios):.2f}")
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
