"""Keeping the beginning and the end of a program's output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class HeadAndTail:
    """Collects bytes; memory stays below about twice the cap, however much comes."""

    def __init__(self, cap_bytes: int) -> None:
        self._head_cap = cap_bytes // 2
        self._tail_cap = cap_bytes - self._head_cap
        self._head = bytearray()
        self._tail = bytearray()
        self.total_bytes = 0

    def add(self, chunk: bytes) -> None:
        self.total_bytes += len(chunk)
        room = self._head_cap - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        self._tail += chunk[-self._tail_cap :] if self._tail_cap else b""
        if len(self._tail) > 2 * self._tail_cap:
            del self._tail[: -self._tail_cap]

    @property
    def is_truncated(self) -> bool:
        return self.total_bytes > self._head_cap + self._tail_cap

    def kept(self) -> bytes:
        """All of it, or head and tail with a line between that tells how much is missing."""
        if not self.is_truncated:
            return bytes(self._head + self._tail)
        dropped = self.total_bytes - self._head_cap - self._tail_cap
        tail = self._tail[-self._tail_cap :] if self._tail_cap else b""
        return bytes(self._head) + f"\n[... {dropped} bytes dropped ...]\n".encode() + tail


class Capture(asyncio.SubprocessProtocol):
    """Receives what a child writes and learns of its end."""

    def __init__(
        self, *, cap_bytes: int, is_merged: bool, on_output: Callable[[bytes], None] | None
    ) -> None:
        loop = asyncio.get_running_loop()
        self.stdout = HeadAndTail(cap_bytes)
        self.stderr = HeadAndTail(0 if is_merged else cap_bytes)
        self.exited: asyncio.Future[None] = loop.create_future()
        """Done when the first process has ended."""
        self.closed: asyncio.Future[None] = loop.create_future()
        """Done when it has ended and nobody holds its pipes."""
        self.fault: Exception | None = None
        """What `on_output` raised; output is no longer passed on after that."""
        self._on_output = on_output

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        chunk = data if isinstance(data, bytes) else data.encode()
        (self.stderr if fd == 2 else self.stdout).add(chunk)
        if self._on_output is not None and self.fault is None:
            try:
                self._on_output(chunk)
            except Exception as exc:  # noqa: BLE001  re-raised by the runner once the child is gone
                self.fault = exc

    def process_exited(self) -> None:
        if not self.exited.done():
            self.exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
