"""The operator's own shell, in the terminal that this process has."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aio_tui.text import clean

_FALLBACK = "/bin/sh"
_GRACE_S = 2.0


def greeting(folder: Path, task_id: str, *, then: str) -> list[str]:
    """Whose work lies here, and how one comes back; `then` is what is done there."""
    return [
        f"This is your shell in {folder}, the worktree of {task_id}; its agent is held.",
        f"'exit' comes back, and {task_id} stays yours. {then}",
    ]


async def open_shell(folder: Path, task_id: str, *, then: str) -> int:
    """Say where one is, and run the operator's shell in `folder` until he leaves it; its exit code.
    The event loop goes on meanwhile. Cancelled, it ends the shell as a terminal that goes away
    does.

    Args:
        folder: where it begins.
        task_id: whose worktree that is.
        then: a sentence on what is to be done after it.

    Raises:
        OSError: no shell can be started.
    """
    program = os.environ.get("SHELL") or _FALLBACK
    lines = greeting(folder, task_id, then=then)
    if sys.__stdout__ is not None:
        sys.__stdout__.write("".join(f"{clean(text)}\n" for text in lines))
        sys.__stdout__.flush()
    with _signals_are_for_the_shell(), _foreground_comes_back():
        shell = await asyncio.create_subprocess_exec(
            program, cwd=folder, env={**os.environ, "AIO_TUI_TASK": task_id, "PWD": str(folder)}
        )
        try:
            return await shell.wait()
        finally:
            if shell.returncode is None:
                await _end(shell)


async def _end(shell: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGHUP, signal.SIGKILL):
        with suppress(ProcessLookupError):
            shell.send_signal(number)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await shell.wait()
                return


@contextmanager
def _signals_are_for_the_shell() -> Iterator[None]:
    """A key that interrupts a program in the shell does not end this one. They are heard and
    dropped rather than ignored: what is ignored would be ignored in the shell's programs too.
    """
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def _foreground_comes_back() -> Iterator[None]:
    """Be in front of the terminal again, also if the shell was killed and could not see to it."""
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            fd = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
            try:
                os.tcsetpgrp(fd, os.getpgrp())
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
