"""Lines that somebody types, or that come through a pipe, without a thread that waits for them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

_LOOK_EVERY_S = 0.2
"""At whether the terminal is back."""
_MOST = 65_536
"""Characters of a line; what is longer is cut."""


class LineReader:
    """Iterates over the lines that come in on `fd`; ends with the input."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._begun = b""
        self._is_reading = False

    def begin(self) -> None:
        """Read from here on; what was typed before comes now."""
        if self._is_reading:
            return
        self._is_reading = True
        try:
            asyncio.get_running_loop().add_reader(self._fd, self._take)
        except (PermissionError, OSError):  # a file: it never lets anybody wait
            while self._take():
                pass

    def _take(self) -> bool:
        """Whether there may be more."""
        if self._is_behind():  # reading would stop this process, and SIGTERM find it so
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._fd)
            loop.call_later(_LOOK_EVERY_S, loop.add_reader, self._fd, self._take)
            return True
        try:
            raw = os.read(self._fd, 65_536)
        except OSError:
            raw = b""
        *lines, self._begun = (self._begun + raw).split(b"\n")
        self._begun = self._begun[:_MOST]
        if not raw and self._begun:
            lines.append(self._begun)
            self._begun = b""
        for line in lines:
            self._queue.put_nowait(line[:_MOST].decode(errors="replace"))
        if not raw:
            self._queue.put_nowait(None)
            asyncio.get_running_loop().remove_reader(self._fd)
        return bool(raw)

    def _is_behind(self) -> bool:
        """Whether the terminal is another job's now."""
        try:
            return os.isatty(self._fd) and os.tcgetpgrp(self._fd) != os.getpgrp()
        except OSError:
            return False

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._queue.get()) is not None:
            yield line
