"""What taking out and sealing cost: `python -m benchmarks.redaction`.

Peers in the same run: SHA-256 over the same bytes, and writes to a store that does neither. The
text is this repository's own, so the lines that change tell how often harmless text is hit.
"""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.measure import WallClock
from engine.domain.ids import TaskId
from engine.domain.work import NewTask
from engine.redaction.redactor import hipaa_redactor, secrets_redactor
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.guard import TextGuard
from engine.vault.ring import KeyRing

ROOT = Path(__file__).parent.parent
LINE = "tests/unit/test_total.py::test_rounds[2.5-3] PASSED at 4f2a9bd0c1e2 in 0.12 s, 40 of 41"
WRITES = 200


def seconds(work: Callable[[], object], times: int = 1) -> float:
    begun = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - begun) / times


def own_texts() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "*.toml"], cwd=ROOT, capture_output=True, check=True
    )
    return [(ROOT / name).read_text("utf-8") for name in listed.stdout.decode().split()]


def each(redact: Callable[[str], str], texts: list[str]) -> list[str]:
    return [redact(text) for text in texts]


async def write_seconds(path: Path, guard: TextGuard | None) -> float:
    store = await SqliteStore.open(path, clock=WallClock(), guard=guard)
    task = NewTask(task_id=TaskId("a"), project="shop", description="repair a")
    await store.write(lambda tx: tx.add_tasks([task]))
    begun = perf_counter()
    for _ in range(WRITES):
        await store.write(lambda tx: tx.add_note(TaskId("a"), LINE * 10))
    taken = perf_counter() - begun
    await store.close()
    return taken / WRITES


def main() -> None:
    texts = own_texts()
    size = sum(map(len, texts)) / 1e6
    floor = seconds(lambda: [hashlib.sha256(text.encode()).digest() for text in texts])
    for name, redact in (("secrets", secrets_redactor()), ("hipaa", hipaa_redactor({}))):
        whole = seconds(partial(each, redact, texts))
        line = seconds(partial(redact, LINE), 2000)
        hit = sum(
            one != other
            for text in texts
            for one, other in zip(text.splitlines(), redact(text).splitlines(), strict=False)
        )
        lines = sum(text.count("\n") for text in texts)
        print(
            f"{name}: {size / whole:.1f} MB/s ({whole / floor:.0f}x SHA-256), a line"
            f" {line * 1e6:.0f} us, changed {hit} of {lines} lines of this repository"
        )
    codec = KeyRing.fresh().codec()
    sealed = codec.seal(LINE)
    print(
        f"seal a line {seconds(lambda: codec.seal(LINE), 2000) * 1e6:.0f} us,"
        f" open {seconds(lambda: codec.open(sealed), 2000) * 1e6:.0f} us"
    )
    full = TextGuard(redact=hipaa_redactor({}), codec=codec)
    with tempfile.TemporaryDirectory() as folder:
        bare = asyncio.run(write_seconds(Path(folder) / "bare.db", None))
        guarded = asyncio.run(write_seconds(Path(folder) / "guarded.db", full))
    print(f"a durable note {guarded * 1e3:.2f} ms, {guarded / bare:.2f}x one in plain")


if __name__ == "__main__":
    main()
