"""Waiting for a time or for news, whichever is first."""

from __future__ import annotations

import asyncio
from datetime import datetime

from engine.loop.scope import alongside
from engine.ports.clock import Clock
from engine.ports.store import Store

_PAUSE_S = 0.2
"""Between two looks: a busy journal grows hundreds of times a second."""


async def news_or_time(store: Store, clock: Clock, seq: int, at: datetime | None) -> None:
    """Return once the journal has an entry above `seq`, or it is `at`; not before a short pause."""
    wake = asyncio.Event()

    async def listen() -> None:
        await store.wait_for_facts(seq)
        wake.set()

    async def count_down(seconds: float) -> None:
        await clock.sleep(seconds)
        wake.set()

    await clock.sleep(_PAUSE_S)
    async with alongside(listen(), name="news"):
        if at is None:
            await wake.wait()
            return
        seconds = max((at - clock.now()).total_seconds(), 0.01)
        async with alongside(count_down(seconds), name="time"):
            await wake.wait()
