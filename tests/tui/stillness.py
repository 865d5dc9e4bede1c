"""When an app under Pilot has done all that its keys led to: a fact of its event loop, not a time.

Textual's own wait sleeps a fiftieth of a second at least, two for each key, and takes an app for
idle that uses little processor time. One that others keep from the processor does so in the midst
of its work.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

_SOON_S = 1 / 50
"""A timer that ends within this belongs to what goes on."""


async def until_still(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Return once the loop has nothing to run and no timer ends soon; in place of Textual's wait.

    Args:
        min_sleep: has no meaning here.
        max_sleep: seconds after which an app that never rests is left to itself.
    """
    loop: Any = asyncio.get_running_loop()
    latest = time.monotonic() + max_sleep
    turns_of_rest = 0
    while turns_of_rest < 2 and time.monotonic() < latest:
        await asyncio.sleep(0)
        if loop._ready:
            turns_of_rest = 0
        elif (wait_s := _next_end(loop) - loop.time()) < _SOON_S:
            await asyncio.sleep(max(0.0, wait_s))
            turns_of_rest = 0
        else:
            turns_of_rest += 1


def _next_end(loop: Any) -> float:
    """When the next timer ends, by the loop's clock."""
    ends = (each.when() for each in loop._scheduled if not each.cancelled())
    return min(ends, default=float("inf"))
