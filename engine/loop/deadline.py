"""An iteration's time limit that stands still while the task waits for the operator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Deadline:
    """Seconds of work an iteration may use."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timeout: asyncio.Timeout | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Raise TimeoutError inside the block once the seconds are used up."""
        async with asyncio.timeout(self._seconds) as self._timeout:
            yield

    @asynccontextmanager
    async def standing_still(self) -> AsyncIterator[None]:
        """Time inside this block does not count."""
        loop = asyncio.get_running_loop()
        timeout, began = self._timeout, loop.time()
        due = timeout.when() if timeout is not None else None
        if timeout is not None:
            timeout.reschedule(None)
        try:
            yield
        finally:
            if timeout is not None and due is not None and not timeout.expired():
                timeout.reschedule(due + loop.time() - began)
