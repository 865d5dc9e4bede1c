"""The store in memory, as the rest of the engine sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from engine.domain.errors import StoreError
from engine.ports.clock import Clock
from engine.ports.store import Reader, Transaction
from engine.store.memory.reading import MemoryReader
from engine.store.memory.tables import Tables
from engine.store.memory.writing import MemoryTransaction

T = TypeVar("T")


class MemoryStore:
    """Keeps everything until the process ends. For one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tables = Tables()
        self._waiting: dict[asyncio.Future[int], int] = {}
        self._is_closed = False

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """See `engine.ports.store.Store.write`."""
        self._check_open()
        draft = self._tables.copy()
        value = work(MemoryTransaction(draft, self._clock.now()))
        self._tables = draft
        self._wake()
        return value

    async def read(self, query: Callable[[Reader], T]) -> T:
        """See `engine.ports.store.Store.read`."""
        self._check_open()
        return query(MemoryReader(self._tables, self._clock.now()))

    async def wait_for_facts(self, seq: int) -> int:
        """See `engine.ports.store.Store.wait_for_facts`."""
        self._check_open()
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = seq
        self._wake()
        try:
            return await waiter
        finally:
            self._waiting.pop(waiter, None)

    async def close(self) -> None:
        """Refuse further work and let nobody wait on; a second call does nothing."""
        self._is_closed = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(StoreError("the store was closed", hint="make a new one"))

    def _wake(self) -> None:
        newest = len(self._tables.journal)
        for waiter, seq in self._waiting.items():
            if newest > seq and not waiter.done():
                waiter.set_result(newest)

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreError("the store is closed", hint="make a new one")
