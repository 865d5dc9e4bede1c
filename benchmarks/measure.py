"""What store benchmarks share: a clock, a raw floor, percentiles."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path


class WallClock:
    """Real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class RawInserts:
    """The floor: one durable insert of `size_bytes` into a bare SQLite table."""

    def __init__(self, path: Path, *, size_bytes: int = 4096) -> None:
        self._text = ("payload " * size_bytes)[:size_bytes]
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)")

    def insert(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO t (text) VALUES (?)", (self._text,))
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def percentile(times: list[float], share: float) -> float:
    """Value below which `share` (0 to 1) of the times lie."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]
