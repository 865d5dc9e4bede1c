"""The cockpit while a thousand questions wait, beside the same with one.

The real program on a real database of a thousand tasks, in a pty, while another process appends a
fact five times a second; milliseconds from a key to the end of the update that shows it.
Run: python -m benchmarks waiting
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import percentile
from benchmarks.terminal import OURS, ROOT, program, waits_for_cursor
from tests.support.engines import Bench, make_bench
from tests.support.race import ask

TASKS, PRESSES, FACTS_PER_S = 1_000, 200, 5
GOAL = 1.5
"""p95 with a thousand over p95 with one."""
_TALKER = """
import asyncio, sys
from pathlib import Path
from engine.domain.facts import WarningRaised
from engine.store.sqlite.store import SqliteStore
from engine.app.system import SystemClock

async def main():
    store = await SqliteStore.open(Path(sys.argv[1]), clock=SystemClock())
    number = 0
    while True:
        number += 1
        fact = WarningRaised(text=f"talk {number}")
        await store.write(lambda tx: tx.append_facts(fact))
        await asyncio.sleep(1 / float(sys.argv[2]))

asyncio.run(main())
"""


@contextmanager
def talking(bench: Bench) -> Iterator[None]:
    """Another process that gives the cockpit something to read again."""
    arguments = [str(bench.brain / "state" / "work.db"), str(FACTS_PER_S)]
    talker = subprocess.Popen([sys.executable, "-c", _TALKER, *arguments], cwd=ROOT)
    try:
        yield
    finally:
        talker.kill()
        talker.wait()


def measured(waiting: int) -> dict[str, float]:
    """With so many open questions."""
    with tempfile.TemporaryDirectory() as folder:
        bench = make_bench(Path(folder))
        ask(bench, TASKS, open_questions=waiting)
        os.environ["BENCH_REPO"] = str(bench.repo)
        with program("program") as terminal:
            terminal.read_until(b"for you")
            terminal.drain(1.0)
            os.write(terminal.fd, b"2")
            terminal.drain(1.0)
            with talking(bench):
                terminal.drain(2.0)
                before, began = terminal.cpu_s(), time.perf_counter()
                waits = sorted(waits_for_cursor(terminal, OURS, PRESSES))
                cpu = (terminal.cpu_s() - before) / (time.perf_counter() - began)
            memory = terminal.resident_mb()
    return {
        "key_p50_ms": statistics.median(waits),
        "key_p95_ms": percentile(waits, 0.95),
        "key_max_ms": waits[-1],
        "cpu_percent": cpu * 100,
        "resident_mb": memory,
    }


def main() -> None:
    """Print both, and their ratio."""
    one, thousand = measured(1), measured(TASKS)
    for name, value in one.items():
        ratio = thousand[name] / value if value else float("inf")
        print(f"  {name:14} one {value:8.1f}   a thousand {thousand[name]:8.1f}   {ratio:5.2f}x")
    ratio = thousand["key_p95_ms"] / one["key_p95_ms"]
    print(f"  key p95 at most {GOAL}x: {'reached' if ratio <= GOAL else 'MISSED'}")


if __name__ == "__main__":
    main()
