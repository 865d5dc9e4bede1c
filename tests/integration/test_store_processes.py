"""Several processes on one database, and processes that die."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.domain.facts import RunResumed
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.store.sqlite import SqliteStore
from tests.contract.stores import task
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[2]
A = TaskId("a")

PREAMBLE = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from engine.domain.facts import RunPaused
from engine.store.sqlite import SqliteStore

class Clock:
    def now(self):
        return datetime.now(UTC)

async def opened():
    return await SqliteStore.open(Path(sys.argv[1]), clock=Clock())
"""

WRITE_FOR_EVER = (
    PREAMBLE
    + """
async def write(store, worker):
    for number in range(1_000_000):
        text = f"{worker}:{number}"
        await store.write(lambda tx: tx.add_note("a", text))
        print(text, flush=True)

async def main():
    store = await opened()
    async with asyncio.TaskGroup() as group:
        for worker in range(4):
            group.create_task(write(store, worker))

asyncio.run(main())
"""
)

CLAIM_ALL = (
    PREAMBLE
    + """
async def main():
    store = await opened()
    print("ready", flush=True)
    sys.stdin.readline()
    while claim := await store.write(lambda tx: tx.claim("w", lease=timedelta(minutes=1))):
        print(claim.item.task_id, claim.fence)
    await store.close()

asyncio.run(main())
"""
)

APPEND_ONE = (
    PREAMBLE
    + """
async def main():
    store = await opened()
    await store.write(lambda tx: tx.append_facts(RunPaused(cause="from afar")))
    await store.close()

asyncio.run(main())
"""
)


def started(code: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def exit_code(code: str, path: Path) -> int:
    with started(code, path) as process:
        process.communicate()
    return process.returncode


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "work.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.open(path, clock=FakeClock())
    yield store
    await store.close()


def acknowledged_before_kill(path: Path, acks: int) -> list[str]:
    """What a writer had confirmed when it was killed with SIGKILL after `acks` lines or more."""
    with started(WRITE_FOR_EVER, path) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acks)]
        writer.kill()
        lines += writer.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


async def test_kill_loses_nothing_that_was_acknowledged(store: SqliteStore, path: Path) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    for acks in (1, 97, 403):
        before = await store.read(lambda reader: reader.notes(A))
        acknowledged = await asyncio.to_thread(acknowledged_before_kill, path, acks)
        written = (await store.read(lambda reader: reader.notes(A)))[len(before) :]
        assert len(acknowledged) >= acks
        assert set(acknowledged) <= set(written)
        # At most one write of each of the four writers was under way.
        assert len(written) - len(acknowledged) <= 4
    assert (await store.info()).integrity == "ok"


async def test_two_processes_never_claim_the_same_task(store: SqliteStore, path: Path) -> None:
    names = [f"t{number}" for number in range(200)]
    await store.write(lambda tx: tx.add_tasks([task(name) for name in names]))

    def claim_in_two() -> list[list[str]]:
        with started(CLAIM_ALL, path) as one, started(CLAIM_ALL, path) as two:
            for process in (one, two):
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
            for process in (one, two):
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            return [process.communicate()[0].splitlines() for process in (one, two)]

    first, second = await asyncio.to_thread(claim_in_two)
    assert sorted(first + second) == sorted(f"{name} 1" for name in names)
    assert await store.read(lambda reader: reader.counts()) == {TaskState.CLAIMED: 200}


async def test_write_of_another_process_wakes_who_waits(store: SqliteStore, path: Path) -> None:
    await store.write(lambda tx: tx.append_facts(RunResumed()))
    for seq in (1, 2):
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            waiting = group.create_task(store.wait_for_facts(seq))
            assert await asyncio.to_thread(exit_code, APPEND_ONE, path) == 0
            assert await waiting == seq + 1


async def test_reader_of_another_store_is_woken_too(store: SqliteStore, path: Path) -> None:
    reading = await SqliteStore.open(path, clock=FakeClock(), read_only=True)
    try:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            waiting = group.create_task(reading.wait_for_facts(0))
            await store.write(lambda tx: tx.append_facts(RunResumed()))
            assert await waiting == 1
    finally:
        await reading.close()
