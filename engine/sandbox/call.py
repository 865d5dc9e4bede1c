"""One started program and everything it started, from its beginning to its certain end."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.domain.errors import EngineError
from engine.domain.values import dataclass
from engine.sandbox import processes
from engine.sandbox.capture import Capture

GRACE_S = 2.0
"""Between TERM and KILL."""
_DRAIN_S = 0.5
"""How long output is waited for when a process that could not be found still holds a pipe."""
_POLL_S = 0.01
_KILL_ROUNDS = 200
_SHORT_CALL_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to start."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    stdin: bytes
    is_merged: bool
    """Standard error goes where standard output goes."""
    lent_files: Sequence[int] = ()
    """Open descriptors that the program gets too."""


class Call:
    """A program in a session of its own, known by its mark."""

    def __init__(self, mark: str, capture: Capture) -> None:
        self._mark = mark
        self._capture = capture
        self._transport: asyncio.SubprocessTransport | None = None
        self._pid: int | None = None
        self._started_s = time.monotonic()
        self._known: set[tuple[int, int]] = set()

    @property
    def exit_code(self) -> int | None:
        return self._transport.get_returncode() if self._transport else None

    async def start(self, command: Command) -> None:
        """Start it. A cancellation counts once the program has started: asyncio would wait for
        the end of all that it has begun meanwhile, having killed none but its first process.

        Raises:
            EngineError: the program could not be started.
        """
        await _whole(self._start(command))

    async def _start(self, command: Command) -> None:
        try:
            self._transport, _ = await asyncio.get_running_loop().subprocess_exec(
                lambda: self._capture,
                *command.argv,
                cwd=command.cwd,
                env=command.env,
                stdin=asyncio.subprocess.PIPE if command.stdin else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT if command.is_merged else asyncio.subprocess.PIPE,
                start_new_session=True,
                pass_fds=tuple(command.lent_files),
            )
        except (OSError, ValueError) as exc:
            raise _start_error(command, exc) from exc
        self._pid = self._transport.get_pid()
        _feed(self._transport, command.stdin)

    async def finish(self) -> None:
        """End it and all it left behind, whatever cancellations come meanwhile; they are passed
        on afterwards.
        """
        await _whole(self._end())

    async def _end(self) -> None:
        try:
            if not self._is_over:
                await self._ask_to_end()
        finally:
            remaining = self._kill()
        try:
            await self._insist(remaining)
            await self._drain()
        finally:
            if self._transport is not None:
                self._transport.close()
        await self._drain()

    async def _ask_to_end(self) -> None:
        self._terminate()
        for _ in range(int(GRACE_S / _POLL_S)):
            if self._is_over and not self._alive():
                return
            await asyncio.sleep(_POLL_S)

    async def _insist(self, remaining: int) -> None:
        for _ in range(_KILL_ROUNDS if remaining else 0):
            await asyncio.sleep(_POLL_S)
            if not self._kill():
                return

    async def _drain(self) -> None:
        if self._transport is not None:
            await asyncio.wait({self._capture.closed}, timeout=_DRAIN_S)

    @property
    def _is_over(self) -> bool:
        return self._pid is None or self._capture.exited.done()

    def _terminate(self) -> None:
        """TERM to all that belongs to the call."""
        frozen = processes.freeze(self._alive)
        for number in (signal.SIGTERM, signal.SIGCONT):
            for process in frozen:
                processes.send(process.pid, number)
            if self._pid is not None:
                processes.send_group(self._pid, number)

    def _kill(self) -> int:
        """KILL to all that belongs to the call; how many were found alive."""
        frozen = processes.freeze(self._alive)
        for process in frozen:
            processes.send(process.pid, signal.SIGKILL)
        if self._pid is not None:
            processes.send_group(self._pid, signal.SIGKILL)
        return len(frozen)

    def _alive(self) -> list[processes.Process]:
        """The call's living processes; always empty on systems without /proc."""
        if not processes.is_supported():
            return []
        is_short = time.monotonic() - self._started_s < _SHORT_CALL_S
        found = processes.find_call(self._mark, self._pid, self._known, is_short=is_short)
        self._known.update(process.identity for process in found)
        return found


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Await `work` to its end; a cancellation that comes meanwhile is passed on afterwards."""
    task = asyncio.get_running_loop().create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as exc:
            cancelled = exc
    failure = task.exception()
    if cancelled is not None:
        raise cancelled from failure
    if failure is not None:
        raise failure


def _feed(transport: asyncio.SubprocessTransport, stdin: bytes) -> None:
    pipe = transport.get_pipe_transport(0)
    if isinstance(pipe, asyncio.WriteTransport):
        pipe.write(stdin)
        pipe.close()


def _start_error(command: Command, exc: Exception) -> EngineError:
    program = command.argv[0] if command.argv else ""
    if not command.cwd.is_dir():
        return EngineError(
            f"{program!r} could not be started: folder {str(command.cwd)!r} is not there",
            hint="look whether the worktree was removed",
        )
    if isinstance(exc, FileNotFoundError):
        return EngineError(
            f"program {program!r} was not found", hint="install it, or put its folder on PATH"
        )
    return EngineError(
        f"program {program!r} could not be started: {exc}",
        hint="look at its permissions and its arguments",
    )
