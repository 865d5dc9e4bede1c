"""Reading that costs something: seldom while it goes on, and once more when it has calmed down."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_SHARE = 10
"""Reading takes at most one part in so many of the time."""


class Sparing(Generic[T]):
    """Holds what was read last.

    Args:
        fetch: reads it.
        pause_s: the least time between two readings.
    """

    def __init__(self, fetch: Callable[[], Awaitable[T]], *, pause_s: float) -> None:
        self._fetch = fetch
        self._pause_s = pause_s
        self._held: T | None = None
        self._next_at = 0.0
        self._is_behind = False

    async def read(self) -> T:
        """What there is now, or what there was a short while ago."""
        began = time.monotonic()
        if self._held is not None and began < self._next_at:
            self._is_behind = True
            return self._held
        self._is_behind = False
        self._held = await self._fetch()
        now = time.monotonic()
        self._next_at = now + max(self._pause_s, (now - began) * _SHARE)
        return self._held

    @property
    def is_due(self) -> bool:
        """Whether something was asked for, not read, and may be read now."""
        return self._is_behind and time.monotonic() >= self._next_at
