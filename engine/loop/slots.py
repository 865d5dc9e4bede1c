"""How many tasks work at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Slots:
    """A counting gate whose size can change while it is in use.

    A task that waits for the operator gives its slot back and takes one again afterwards, ahead of
    tasks that have not begun.
    """

    def __init__(self, size: int, *, on_freed: Callable[[], None]) -> None:
        self._size = size
        self._taken = 0
        self._returning: deque[asyncio.Future[None]] = deque()
        self._on_freed = on_freed

    @property
    def size(self) -> int:
        return self._size

    @property
    def taken(self) -> int:
        return self._taken

    @property
    def has_room(self) -> bool:
        """Whether a new task may begin; those that come back go first."""
        return self._taken < self._size and not self._returning

    def resize(self, size: int) -> None:
        """Grow at once, or shrink as tasks finish."""
        self._size = size
        self._admit()

    def take(self) -> None:
        """Occupy a slot for a new task; the caller has looked at `has_room`."""
        self._taken += 1

    def free(self) -> None:
        """Give a slot back."""
        self._taken -= 1
        self._admit()
        self._on_freed()

    async def take_again(self) -> None:
        """Wait for a slot after waiting for the operator. Cancellation takes none."""
        if self.has_room:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._returning.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.free()
            elif turn in self._returning:
                self._returning.remove(turn)
            raise

    def _admit(self) -> None:
        while self._returning and self._taken < self._size:
            turn = self._returning.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
