"""Writes to a terminal that may stop reading, without ever waiting for it."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

MOST = 4_000_000
"""Characters that wait to be written; what comes beyond is left out."""


class Writer:
    """A thread of its own writes: a dropped connection stops it, and not the run of this process.
    What is closed takes nothing, and nobody is told.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting: queue.SimpleQueue[str | Callable[[], None]] = queue.SimpleQueue()
        self._size = 0
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> None:
        """As soon as what came before is written; returns at once."""
        if not text or self._size > MOST:
            return
        self._size += len(text)
        self._waiting.put(text)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="plain output", daemon=True)
            self._thread.start()

    async def flush(self, within_s: float) -> None:
        """Wait until all is written, at most so long."""
        if self._thread is None:
            return
        loop, written = asyncio.get_running_loop(), asyncio.Event()
        self._waiting.put(lambda: _tell(loop, written))
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await written.wait()

    def _work(self) -> None:
        while True:
            next_one = self._waiting.get()
            if isinstance(next_one, str):
                self._write(next_one.encode(errors="replace"))
                self._size -= len(next_one)
            else:
                next_one()

    def _write(self, raw: bytes) -> None:
        with suppress(OSError):
            while raw:
                raw = raw[os.write(self._fd, raw) :]


def _tell(loop: asyncio.AbstractEventLoop, written: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop is over: nobody waits
        loop.call_soon_threadsafe(written.set)
