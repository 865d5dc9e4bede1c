"""A thread that owns a connection, and the way answers come back to event loops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

Loop = asyncio.AbstractEventLoop
Settlement = tuple["asyncio.Future[Any]", Any, BaseException | None]
"""A future with its result, or with its error."""


@dataclass(slots=True, eq=False)
class Job:
    """A function somebody waits for."""

    work: Callable[[Any], Any]
    future: asyncio.Future[Any] | None
    """None: nobody waits for the outcome."""
    loop: Loop | None
    value: Any = None
    error: BaseException | None = None

    @property
    def is_given_up(self) -> bool:
        """Nobody would learn of it: a claim made now would have no worker."""
        return self.future is not None and self.future.cancelled()


class Lane:
    """Runs `handle` on the jobs that wait, at most `batch` at a time, on one thread of its own.

    `handle` fills in value or error of each job, delivers them, and never raises.
    """

    def __init__(self, name: str, handle: Callable[[list[Job]], None], *, batch: int) -> None:
        self._handle = handle
        self._batch = batch
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Any], Any]) -> asyncio.Future[Any]:
        """Queue `work`; the future belongs to the running loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.put(Job(work, future, loop))
        return future

    def post(self, work: Callable[[Any], Any]) -> None:
        """Queue `work` from any thread; nobody learns its outcome."""
        self._jobs.put(Job(work, None, None))

    def stop(self) -> None:
        """Let the thread end after the jobs that are queued now."""
        self._jobs.put(None)

    def join(self) -> None:
        """Wait for the end of the thread."""
        self._thread.join()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            jobs, is_last = self._gather(job)
            self._handle(jobs)
            if is_last:
                return

    def _gather(self, first: Job) -> tuple[list[Job], bool]:
        """`first` and those that wait behind it; and whether the lane is to stop after them."""
        jobs = [first]
        with suppress(Empty):
            while len(jobs) < self._batch:
                job = self._jobs.get_nowait()
                if job is None:
                    return jobs, True
                jobs.append(job)
        return jobs, False


def settlements_of(jobs: Sequence[Job]) -> list[tuple[Loop, Settlement]]:
    """What the finished jobs have to tell to those who wait."""
    return [
        (job.loop, (job.future, job.value, job.error))
        for job in jobs
        if job.loop is not None and job.future is not None
    ]


def deliver(settlements: Sequence[tuple[Loop, Settlement]]) -> None:
    """Settle the futures, each on its own loop, with one wake-up per loop."""
    by_loop: dict[Loop, list[Settlement]] = {}
    for loop, settlement in settlements:
        by_loop.setdefault(loop, []).append(settlement)
    for loop, group in by_loop.items():
        # A loop that is closed has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, group)


def _settle(group: Sequence[Settlement]) -> None:
    for future, value, error in group:
        if future.done():
            continue
        if error is None:
            future.set_result(value)
        elif isinstance(error, StopIteration):
            future.set_exception(RuntimeError("the work raised StopIteration"))
        else:
            future.set_exception(error)
