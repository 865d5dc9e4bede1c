"""One run of pytest, stopped from outside when one of its steps takes too long.

Code under test may take every signal and every thread that a limit inside its process would need.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path

from engine.checks.probe_log import ProbeEvent, ProbeLog, ProbeReader
from engine.domain.errors import EngineError
from engine.domain.values import dataclass
from engine.ports.process import ProcessResult

_POLL_S = 0.05
_KNOWN_TO_HANG_S = 10.0
_SIGNALLED = 128
"""A shell adds it to the number of the signal that ended its program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a step may take."""

    step_s: float
    """A test, the import of a file, the way out after the last test; in seconds."""
    known: frozenset[str] = frozenset()
    """Tests that are known to hang: they get 10 s at most."""

    def of(self, step: str) -> float:
        """The limit of a test, file or other step, in seconds."""
        return min(self.step_s, _KNOWN_TO_HANG_S) if step in self.known else self.step_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How a run ended."""

    ended: ProcessResult | None
    """None: it was stopped because of `overdue`."""
    log: ProbeLog
    overdue: tuple[str, ...]
    """Tests, or the file that was imported, that were over their limit; the empty string stands for
    the way out after the last test.
    """

    @property
    def exit_code(self) -> int | None:
        """As if there were no shell between; negative: ended by that signal. None: stopped."""
        code = self.ended.exit_code if self.ended else None
        return _SIGNALLED - code if code is not None and code > _SIGNALLED else code


class Watch:
    """Follows the log of one run and knows since when each step runs."""

    def __init__(self, log_file: Path, key: str, limits: Limits) -> None:
        self._log_file = log_file
        self._reader = ProbeReader(key)
        self._limits = limits
        self._offset = 0
        self._since_s: dict[str, float] = {}
        self._import = ""

    async def follow(self, program: Coroutine[None, None, ProcessResult]) -> Watched:
        """Run `program` to its end, or end it.

        Raises:
            EngineError: it could not be started.
        """
        overdue: tuple[str, ...] = ()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(_ended(program))
            while not running.done():
                await asyncio.wait({running}, timeout=_POLL_S)
                overdue = self._overdue()
                if overdue and running.cancel():
                    await asyncio.wait({running})
        self._read()
        log = self._reader.log()
        if running.cancelled():
            return Watched(ended=None, log=log, overdue=overdue)
        ended = running.result()
        if isinstance(ended, EngineError):
            raise ended
        return Watched(ended=ended, log=log, overdue=())

    def _overdue(self) -> tuple[str, ...]:
        self._read()
        now_s = time.monotonic()
        return tuple(
            step
            for step, since_s in self._since_s.items()
            if now_s - since_s > self._limits.of(step)
        )

    def _read(self) -> None:
        raw = _read_from(self._log_file, self._offset)
        self._offset += len(raw)
        for event in self._reader.feed(raw):
            self._note(event)

    def _note(self, event: ProbeEvent) -> None:
        now_s = time.monotonic()
        match event.event:
            case "importing":
                self._since_s.pop(self._import, None)
                self._import = event.path
                self._since_s[event.path] = now_s
            case "imported":
                self._since_s.pop(self._import, None)
            case "started":
                self._since_s.pop(self._import, None)
                self._since_s[event.id] = now_s
            case "ended" | "passed":
                self._since_s.pop(event.id, None)
            case "failed" if event.is_crash:
                self._since_s.pop(event.id, None)
            case "finished":
                self._since_s = {"": now_s}
            case _:
                pass


async def _ended(program: Coroutine[None, None, ProcessResult]) -> ProcessResult | EngineError:
    """A task group would wrap the error into a group."""
    try:
        return await program
    except EngineError as error:
        return error


def _read_from(file: Path, offset: int) -> bytes:
    """What is in `file` after `offset`; nothing if code under test took the file away."""
    try:
        with file.open("rb") as stream:
            stream.seek(offset)
            return stream.read()
    except OSError:
        return b""
