"""One engine per repository: a lock that the kernel drops when its process ends."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.domain.errors import EngineRunningError, StoreError

LOCK_NAME = "engine.lock"
_LENGTH = 160
"""Bytes of what the file says: more than it ever has to."""


_ENDED = "stopped"
"""The run of a holder that has begun none, or has ended it."""


class EngineLock:
    """Held by the process whose engine works on a repository.

    The file names its holder and what it does; it stays behind when the holder ends, without the
    lock, and means nothing then.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / LOCK_NAME
        self._fd: int | None = None

    def take(self) -> None:
        """Become the holder.

        Raises:
            EngineRunningError: another process is; its pid is in the message.
            StoreError: the lock file cannot be made.
        """
        fd = self._open()
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            pid = self.holder().get("pid", "?")
            raise EngineRunningError(
                f"an engine already runs for this repository (pid {pid})",
                hint="'aio-tui' attaches to it; 'aio-tui run' waits until it has ended",
            ) from None
        self._fd = fd
        self.tell(run=_ENDED)

    def tell(self, *, run: str, until: datetime | None = None) -> None:
        """Write into the file what this holder is doing, and until when it waits for answers."""
        if self._fd is None:
            return
        told = {"pid": os.getpid(), "run": run}
        if until is not None:
            told["until"] = until.isoformat()
        os.pwrite(self._fd, json.dumps(told).encode().ljust(_LENGTH), 0)

    @property
    def waits_until(self) -> datetime | None:
        """Until when the last holder said that it waits for answers; None: it did not."""
        try:
            return datetime.fromisoformat(self.holder()["until"])
        except (KeyError, TypeError, ValueError):
            return None

    def release(self) -> None:
        """Let others have it; nothing happens if it is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def is_held_elsewhere(self) -> bool:
        """Whether another process holds it now."""
        if self._fd is not None or not self._path.exists():
            return False
        fd = self._open()
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def was_cut_off(self) -> bool:
        """Whether the last holder ended without ending its run, as by `kill -9`."""
        return not self.is_held_elsewhere() and self.holder().get("run", _ENDED) != _ENDED

    def holder(self) -> Mapping[str, Any]:
        """What the last holder wrote; empty if it cannot be read."""
        try:
            told = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _open(self) -> int:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"the state folder {self._path.parent} cannot be used: {error.strerror}",
                hint="make it writable for you, or choose another repository",
            ) from error
