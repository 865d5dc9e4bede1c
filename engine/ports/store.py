"""The durable queue: the source of truth.

Reads and writes are plain synchronous verbs on `Reader` and `Transaction`; `Store` runs a function
of them on the thread that owns the database. What one `write` call does is one transaction: all of
it is durable when the call returns, or none of it happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from engine.ports.queue_reading import Reader
from engine.ports.queue_values import (
    FactQuery,
    RunControl,
    StoreInfo,
    TaskQuery,
    TaskSlice,
    UrgentNote,
)
from engine.ports.queue_writing import Transaction

__all__ = [
    "FactQuery",
    "Reader",
    "RunControl",
    "Store",
    "StoreInfo",
    "TaskQuery",
    "TaskSlice",
    "Transaction",
    "UrgentNote",
]

T = TypeVar("T")


class Store(Protocol):
    """The queue, for the loops and the cockpit."""

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one durable transaction and give its result.

        Writes that wait together share one disk flush. `work` must not block or await, and changes
        nothing but the transaction: it may be run again when a write that shared its flush failed.
        If it raises, nothing of it remains and the error is passed on.

        Raises:
            StoreError: the database cannot be written (locked, read-only, full, damaged).
        """
        ...

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on a consistent view, without waiting for writers.

        Raises:
            StoreError: the database cannot be read.
        """
        ...

    async def wait_for_facts(self, seq: int) -> int:
        """Return the newest journal number as soon as it is above `seq`, whichever process wrote
        it. Cancellation is safe.
        """
        ...

    async def close(self) -> None: ...
