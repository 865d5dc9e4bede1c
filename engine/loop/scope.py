"""Background work that lives exactly as long as a block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any


@asynccontextmanager
async def alongside(work: Coroutine[Any, Any, None], *, name: str) -> AsyncIterator[None]:
    """Run `work` beside the block; cancelled when the block ends. If `work` fails, the block is
    cancelled and the failure raised. Errors come out as they are, in no group.
    """
    with ungrouped():
        async with asyncio.TaskGroup() as group:
            companion = group.create_task(work, name=name)
            try:
                yield
            finally:
                companion.cancel()


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await `work` whole, however often the caller is cancelled meanwhile; that counts afterwards.

    Raises:
        asyncio.CancelledError: the caller was cancelled; `work` is done all the same.
    """
    last_work = asyncio.get_running_loop().create_task(work)
    was_cancelled = False
    while not last_work.done():
        try:
            await asyncio.wait([last_work])
        except asyncio.CancelledError:
            was_cancelled = True
    last_work.result()
    if was_cancelled:
        raise asyncio.CancelledError


@contextmanager
def ungrouped() -> Iterator[None]:
    """A task group's first error instead of the group: callers catch it by its type."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise _first(group) from group


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
