"""The real clock and the real source of ids."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """Time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  this is the one place behind the port

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class RandomIds:
    """Eight random hexadecimal digits after the prefix."""

    def new(self, prefix: str) -> str:
        return f"{prefix}-{secrets.token_hex(4)}"
