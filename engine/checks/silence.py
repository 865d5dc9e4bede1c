"""Ending a program that has fallen silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from engine.domain.errors import EngineError
from engine.domain.values import dataclass
from engine.ports.process import ProcessResult

_POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """When a program is taken to hang."""

    file: Path
    """Grows with everything that the program gets done."""
    least_s: float
    """For how long it may stay as it is in any case, in seconds."""
    limit: Callable[[], float | None]
    """For how long it may in all, in seconds; None: nothing runs that can hang. Asked only when
    the least time is over.
    """


async def run_unless_silent(
    program: Coroutine[None, None, ProcessResult], silence: Silence | None
) -> ProcessResult | None:
    """Run `program` to its end; None: it fell silent and was ended. Without `silence` it may be.

    Raises:
        EngineError: it could not be started.
    """
    if silence is None:
        return await program
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(_outcome(program))
        size, since_s = -1, time.monotonic()
        while not running.done():
            await asyncio.wait({running}, timeout=_POLL_S)
            now = _size(silence.file)
            if now != size:
                size, since_s = now, time.monotonic()
            elif _is_over(silence, time.monotonic() - since_s):
                running.cancel()
                await asyncio.wait({running})
    if running.cancelled():
        return None
    outcome = running.result()
    if isinstance(outcome, EngineError):
        raise outcome
    return outcome


def _is_over(silence: Silence, elapsed_s: float) -> bool:
    if elapsed_s <= silence.least_s:
        return False
    limit_s = silence.limit()
    return limit_s is not None and elapsed_s > limit_s


async def _outcome(program: Coroutine[None, None, ProcessResult]) -> ProcessResult | EngineError:
    """A task group would wrap what is raised."""
    try:
        return await program
    except EngineError as error:
        return error


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
