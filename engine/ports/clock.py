"""One clock and one id source, so that tests are deterministic and never sleep."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, as everything in the engine sees it."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go back; only differences mean something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`; cancellation is prompt."""
        ...


class Ids(Protocol):
    """Source of names that do not repeat."""

    def new(self, prefix: str) -> str:
        """A fresh id such as `esc-7f3a9c21`; safe as a file name."""
        ...
