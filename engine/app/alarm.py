"""Looking again at a time or for news, whichever is first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from engine.domain.errors import EngineError
from engine.loop.scope import alongside
from engine.ports.clock import Clock
from engine.ports.store import Store

_PAUSE_S = 0.2
"""Between two looks: a busy journal grows hundreds of times a second."""
_TRY_AGAIN_S = 5.0
"""After what did not work."""


async def look_whenever(
    look: Callable[[], Awaitable[datetime | None]],
    store: Store,
    clock: Clock,
    *,
    on_failure: Callable[[EngineError], Awaitable[None]],
    on_recovery: Callable[[], None],
) -> None:
    """Look at once, then whenever the journal grows or the time comes that the last look gave,
    until cancelled. A look that fails is tried again; `on_failure` hears of the first in a row.
    """
    is_failing = False
    while True:
        try:
            seq = await store.read(lambda reader: reader.last_seq())
            at = await look()
            if is_failing:
                on_recovery()
            is_failing = False
            await news_or_time(store, clock, seq, at)
        except EngineError as error:
            if not is_failing:
                await on_failure(error)
            is_failing = True
            await clock.sleep(_TRY_AGAIN_S)


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
