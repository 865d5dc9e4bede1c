"""What the engine keeps of each task it is done with: `python -m benchmarks kept`.

One engine works through a queue of small tasks on a real repository: worktrees, commits, session
files, journal, decisions and merges are real; the checks are answered at once. After each part of
them, all garbage collected, the blocks that Python's allocator has handed out are counted (most of
them hold one object), and the bytes that the C library has. Prints one JSON document; what the last
parts added is compared with what the first ones did. `--where` tells which lines of code hold it.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import json
import sys
import tempfile
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.app.configuration import load_settings
from engine.app.engine import Engine
from engine.app.lock import EngineLock
from engine.app.parts import build_parts
from engine.app.system import SystemClock
from engine.domain.run import RunOptions
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, TestOutcome
from engine.loop.verification import Verifier
from engine.loop.verifying.seal import Seal
from engine.store.sqlite import SqliteStore
from tests.support.engines import a_task, make_bench, say

TASKS, PARTS, PARALLEL = 120, 6, 5
_AUTO = '[merge]\npolicy = "auto"\nundo_window_s = 0\n'


def _steps(name: str) -> list[list[dict[str, Any]]]:
    path = f"sums/{name}.py"
    return [[{"create": {"path": path, "file_text": f"{name!r}\n" * 20}}, dict(say())]]


def _resident_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)


class _MallInfo(ctypes.Structure):
    """See mallinfo2(3)."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def _in_use_kb() -> int:
    """What the C library has handed out, large blocks included."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = _MallInfo
    info = mallinfo2()
    return int(info.uordblks + info.hblkhd) // 1024


class QuickCheck:
    """A test for each task: green where its file is there. Answers at once."""

    name, selects_tests = "quick", True

    def __init__(self, names: list[str]) -> None:
        self._names = names

    async def run(self, tree: Path, *, only: tuple[str, ...] = (), **_: object) -> CheckReport:
        """See `Checker.run`."""
        seen = {
            _test(name): TestOutcome.PASSED
            if (tree / "sums" / f"{name}.py").exists()
            else TestOutcome.FAILED
            for name in self._names
            if not only or _test(name) in only
        }
        red = tuple(test for test, outcome in seen.items() if outcome is TestOutcome.FAILED)
        return CheckReport(
            result=CheckResult(
                name=self.name,
                command=("quick",),
                outcome=CheckOutcome.FINDINGS if red else CheckOutcome.CLEAN,
                exit_code=1 if red else 0,
                duration_s=0.1,
                tests_executed=len(seen),
                failures=red,
            ),
            tests=seen,
        )


def _test(name: str) -> str:
    return f"tests/test_{name}.py::test"


class Ledger:
    """What is kept after each part."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self._before: tracemalloc.Snapshot | None = None
        self._types: Counter[str] = Counter()

    def note(self, tasks: int, *, where: bool) -> None:
        gc.collect()
        self.rows.append(
            {
                "tasks": tasks,
                "blocks": sys.getallocatedblocks(),
                "in_use_kb": _in_use_kb(),
                "resident_kb": _resident_kb(),
            }
        )
        print(json.dumps(self.rows[-1]), file=sys.stderr, flush=True)
        if where:
            self._tell()

    def _tell(self) -> None:
        """Which types and which lines have more than after the part before."""
        types = Counter(type(one).__qualname__ for one in gc.get_objects())
        print((types - self._types).most_common(20))
        self._types = types
        ours = (__file__, tracemalloc.__file__)
        now = tracemalloc.take_snapshot().filter_traces(
            [tracemalloc.Filter(False, file) for file in ours]
        )
        if self._before is not None:
            for one in now.compare_to(self._before, "traceback")[:20]:
                print(one)
                print("\n".join(one.traceback.format()))
        self._before = now


@asynccontextmanager
async def engine_with(check: QuickCheck, repo: Path) -> AsyncIterator[Engine]:
    """An engine that works, whose Ralph has nothing but this check."""
    settings, clock = load_settings(repo), SystemClock()
    store = await SqliteStore.open(settings.state / "work.db", clock=clock)
    parts = build_parts(settings, store, clock)
    verifier = Verifier(
        workspace=parts.workspace,
        checkers_in=lambda *_: [check],
        signature=lambda: "quick",
        state=settings.state,
        clock=clock,
        redact=str,
        seal=Seal(b"of a benchmark"),
    )
    engine = Engine(replace(parts, verifier=verifier), EngineLock(settings.state))
    try:
        async with engine.working():
            yield engine
    finally:
        parts.close()
        await store.close()


async def run(folder: Path, tasks: int, parts: int, *, where: bool) -> list[dict[str, float]]:
    names = [f"t{number:05}" for number in range(tasks)]
    bench = make_bench(folder, {name: _steps(name) for name in names})
    bench.configure(parallel=PARALLEL, more=_AUTO)
    ledger = Ledger()
    if where:
        tracemalloc.start(4)
    async with engine_with(QuickCheck(names), bench.repo) as engine:
        for part in range(parts):
            some = names[part::parts]
            await engine.add_tasks([a_task(name, tests=(_test(name),)) for name in some])
            await engine.run(RunOptions())
            await engine.work_through_merges()
            ledger.note(len(some) * (part + 1), where=where)
    return ledger.rows


def told(rows: list[dict[str, float]]) -> dict[str, object]:
    """What a task of the first and of the last parts left; the very first one fills caches."""
    middle = len(rows) // 2

    def of_a_task(name: str, first: dict[str, float], last: dict[str, float]) -> float:
        return round((last[name] - first[name]) / (last["tasks"] - first["tasks"]), 1)

    return {
        "parts": rows,
        **{
            f"{name} kept of a task": {
                "of the first parts": of_a_task(name, rows[0], rows[middle]),
                "of the last parts": of_a_task(name, rows[middle], rows[-1]),
            }
            for name in ("blocks", "in_use_kb", "resident_kb")
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=TASKS)
    parser.add_argument("--parts", type=int, default=PARTS)
    parser.add_argument("--where", action="store_true")
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        work = partial(run, Path(folder), options.tasks, options.parts, where=options.where)
        print(json.dumps(told(asyncio.run(work())), indent=2))


if __name__ == "__main__":
    main()
