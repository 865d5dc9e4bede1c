"""Who waits for the journal to grow, and the watch on the file that wakes them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.domain.errors import StoreError
from engine.store.sqlite.lane import Loop, Settlement

_DEBOUNCE_MS = 50
_BUSY_STEP_MS, _IDLE_STEP_MS = 20, 50
"""How often the watch looks up while something goes on, and while nothing does."""
_FIRST_LOOKS, _FIRST_STEP_S = 25, 0.02
"""Looks before the watch stands: loading it takes as long as many of them, which no start and no
short command should wait for.
"""
_LOOK_AGAIN_MS = (50, 100, 200, 400, 800, 1600, 3200)
"""Pauses between looks after an event. A commit raises its event when it writes to the log, but
others see it only after the flush that follows, which may be slow and raises none.
"""


class Waiters:
    """Futures that are due once the journal's newest number is above theirs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest = 0
        self._waiting: dict[asyncio.Future[int], tuple[int, Loop]] = {}

    @property
    def newest(self) -> int:
        """The highest number that was committed and seen."""
        return self._newest

    def add(self, seq: int) -> asyncio.Future[int]:
        """A future of the running loop that gets the newest number once it is above `seq`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        with self._lock:
            if self._newest > seq:
                future.set_result(self._newest)
            else:
                self._waiting[future] = (seq, loop)
        return future

    def drop(self, future: asyncio.Future[int]) -> None:
        """Forget one who gave up."""
        with self._lock:
            self._waiting.pop(future, None)

    def due(self, newest: int) -> list[tuple[Loop, Settlement]]:
        """Note that the journal reaches to `newest`; what is to be delivered for it."""
        with self._lock:
            self._newest = max(self._newest, newest)
            waiting = self._waiting
            ready = [future for future, (seq, _) in waiting.items() if seq < self._newest]
            return [(waiting.pop(future)[1], (future, self._newest, None)) for future in ready]

    def give_up(self, error: StoreError) -> list[tuple[Loop, Settlement]]:
        """Everybody, with an error."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        return [(loop, (future, None, error)) for future, (_, loop) in waiting.items()]


class FileWatch:
    """Calls `on_change` from a thread of its own after other processes wrote to the database.

    It starts with the first `start` and ends with `stop`; until then it costs nothing.
    """

    def __init__(self, path: Path, on_change: Callable[[], None]) -> None:
        self._path = path
        self._on_change = on_change
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch; nothing happens if it was begun before."""
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(target=self._watch, name="store-watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the watch and wait for its thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        for _ in range(_FIRST_LOOKS):
            if self._stop.wait(_FIRST_STEP_S):
                return
            self._on_change()
        from watchfiles._rust_notify import RustNotify

        with RustNotify([str(self._path.parent)], False, False, 0, False, True) as notify:
            pauses = self._look()  # what was written before the watch stood has raised no event
            while not self._stop.is_set():
                pause = next(pauses, 0)
                step = _BUSY_STEP_MS if pause else _IDLE_STEP_MS
                seen = notify.watch(_DEBOUNCE_MS, step, pause, self._stop)
                if seen == "timeout":
                    self._on_change()
                elif isinstance(seen, set) and self._concerns(seen):
                    pauses = self._look()

    def _look(self) -> Iterator[int]:
        """Look now; the pauses after which to look again unless something happens before."""
        self._on_change()
        return iter(_LOOK_AGAIN_MS)

    def _concerns(self, changes: set[tuple[int, str]]) -> bool:
        return any(Path(changed).name.startswith(self._path.name) for _, changed in changes)
