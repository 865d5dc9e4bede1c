"""Persisting one iteration through `engine.loop.record`, beside the least the system needs.

The session file has about 4 KB, the verdict one red check with its tail. The floor is an atomic
file of the same size (temp, fsync, rename) plus one durable insert of 4 KB, both bare; all three
take turns. Git's diff is known beforehand: it is not part of persisting.
Run: python -m benchmarks persist
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.measure import RawInserts, percentile, timed
from benchmarks.session_file import raw_atomic
from benchmarks.writes import session_text, verdict
from engine.app.parts import Backends, build_parts, build_services
from engine.app.system import SystemClock
from engine.domain.ids import TaskId, WorkerId
from engine.domain.settings import Settings
from engine.domain.state import Trigger
from engine.domain.usage import Usage
from engine.domain.work import Claim, NewTask
from engine.loop.answers import Answers
from engine.loop.memory import Memory
from engine.loop.past import Past
from engine.loop.record import Iteration, record
from engine.loop.services import LoopServices
from engine.loop.slots import Slots
from engine.loop.turn import TurnResult
from engine.ports.store import Transaction
from engine.ports.workspace import Worktree
from engine.session.state import SessionState
from engine.store.codec import to_json
from engine.store.sqlite import SqliteStore
from engine.workspace.git import GitWorkspace

WARM_UP, ROUNDS = 100, 400
TASK = TaskId("bench")
NO_PAST = Past(
    checkpoints=(),
    steps=(),
    notes=(),
    messages=frozenset(),
    rejected_trees=frozenset(),
    usage=Usage(),
)
ENDLESS = 10_000


class KnownDiff(GitWorkspace):
    """A workspace whose diff is there already."""

    async def diff(self, base: str, head: str) -> str:
        return f"diff of {head}"


def take(tx: Transaction) -> Claim:
    """Claim the task and bring it to where an iteration ends."""
    claim = tx.claim(WorkerId("w"), lease=timedelta(minutes=1))
    assert claim is not None
    tx.move(TASK, Trigger.START, fence=claim.fence)
    tx.move(TASK, Trigger.VERIFY, fence=claim.fence)
    return claim


def iteration(claim: Claim, number: int, memory: Memory) -> Iteration:
    """One that ended with a red test and a report of about 3.5 KB."""
    text = session_text(number)[:3500]
    worktree = Worktree(
        path=Path("none"), branch="fix/bench", base_commit="b" * 40, head_commit=f"{number:040x}"
    )
    return Iteration(
        claim=claim,
        item=claim.item,
        number=number,
        past=NO_PAST,
        memory=memory,
        worktree=worktree,
        result=TurnResult(text=text, stop_reason="end_turn", usage=Usage(input_tokens=9000)),
        verdict=verdict(number),
        agent="anthropic",
        duration_s=12.5,
        limit=None,
    )


class Persisting:
    """The real path, one iteration after the other of one task."""

    def __init__(self, services: LoopServices) -> None:
        self._services = services
        self._state = SessionState(TASK, "shop", folder=services.settings.brain, recorded=0)
        self.number = 0
        self.content_bytes = 0

    async def once(self) -> float:
        """Milliseconds from the verdict to the durable record."""
        claim = await self._services.store.write(take)
        self.number += 1
        memory = Memory(item=claim.item, state=self._state, settings=self._services.settings)
        done = iteration(claim, self.number, memory)
        began = time.perf_counter()
        await record(self._services, done)
        took_ms = (time.perf_counter() - began) * 1000
        self.content_bytes += self.file.stat().st_size + len(to_json(done.verdict))
        return took_ms

    @property
    def file(self) -> Path:
        return self._services.settings.brain / f"session-{TASK}-{self.number}.md"


def services_of(settings: Settings, store: SqliteStore) -> LoopServices:
    clock = SystemClock()
    parts = build_parts(settings, store, clock)
    slots = Slots(1, on_freed=lambda: None)
    backends = Backends(settings, clock)
    services = build_services(parts, backends, answers=Answers(), slots=slots)
    parts.close()
    return replace(services, workspace=KnownDiff(settings, parts.runner))


async def stored_bytes(store: SqliteStore, settings: Settings) -> int:
    files = sum(file.stat().st_size for file in settings.brain.glob("session-*.md"))
    return files + (await store.info()).size_bytes


async def run(folder: Path) -> None:
    settings = Settings(repo=folder, project="shop", stall_after=ENDLESS)
    store = await SqliteStore.open(settings.state / "work.db", clock=SystemClock())
    task = NewTask(
        task_id=TASK, project="shop", description=session_text(0)[:2500], max_iterations=ENDLESS
    )
    await store.write(lambda tx: tx.add_tasks([task]))
    real = Persisting(services_of(settings, store))
    await real.once()
    (folder / "raw").mkdir()
    write_raw = raw_atomic(folder / "raw", real.file.read_bytes(), sync_folder=False)
    floor = RawInserts(folder / "floor.db")
    times, files, inserts = list[float](), list[float](), list[float]()
    for number in range(WARM_UP + ROUNDS):
        if number == WARM_UP:
            times, files, inserts = [], [], []
            before, real.content_bytes = await stored_bytes(store, settings), 0
        files.append(timed(write_raw))
        inserts.append(timed(floor.insert))
        times.append(await real.once())
    grown = await stored_bytes(store, settings) - before
    await store.close()
    floor.close()
    print(f"  session file of {real.file.stat().st_size} bytes")
    report(times, files, inserts)
    print(f"  stored bytes per byte of session text and verdict: {grown / real.content_bytes:.2f}")


def report(times: list[float], files: list[float], inserts: list[float]) -> None:
    sums = [file + insert for file, insert in zip(files, inserts, strict=True)]
    for name, series in {
        "raw tmp + fsync + rename": files,
        "raw durable insert": inserts,
        "their sum": sums,
        "record()": times,
    }.items():
        ratio = percentile(series, 0.5) / percentile(sums, 0.5)
        print(
            f"  {name:26} p50 {percentile(series, 0.5):7.3f} ms"
            f"  p99 {percentile(series, 0.99):7.3f} ms  {ratio:5.2f}x"
        )


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".") as name:
        asyncio.run(run(Path(name).resolve()))


if __name__ == "__main__":
    main()
