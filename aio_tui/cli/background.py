"""Going on without a terminal: a run that begins so, and one whose operator leaves it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import call_of
from aio_tui.cli.output import print_lines
from engine.app.engine import Engine, open_engine
from engine.app.lock import EngineLock
from engine.domain.errors import EngineError, EngineRunningError
from engine.domain.settings import Settings
from engine.domain.state import HELD
from engine.domain.transcript import EntryKind
from engine.ports.cockpit import RunState

_LOG_NAME = "background.log"
_UP_WITHIN_S, _LOOK_EVERY_S = 20.0, 0.05
_FIRST_WORD_WITHIN_S, _ASK_EVERY_S = 15.0, 0.2
"""A model that says nothing for so long is waited for no longer: nothing speaks against the run."""
_AT_REST = frozenset({RunState.IDLE, RunState.PAUSED, RunState.HALTED})
_OF_AGENT = frozenset({EntryKind.TEXT, EntryKind.TOOL})
_ON_WAITING = frozenset({"--wait", "--wait-for", "--stay"})


async def run_in_background(settings: Settings, options: Sequence[str]) -> Exit:
    """Start `aio-tui run --headless` with `options` in a session of its own. Returns once an
    agent has said something, or there is nothing for one to do: a key that lacks is known by then.

    Raises:
        EngineRunningError: an engine works on this repository already.
        EngineError: it could not begin or ended at once; the message has its last words.
    """
    lock = EngineLock(settings.state)
    if lock.is_held_elsewhere():
        pid = lock.holder().get("pid", "?")
        raise EngineRunningError(
            f"an engine already runs for this repository (pid {pid})",
            hint="'aio-tui' attaches to it, 'aio-tui stop' ends its run",
        )
    log = settings.state / "logs" / _LOG_NAME
    process = _start(settings, [*options, *_wait(settings, options)], log)
    is_up = await _comes_up(lock, process)
    if is_up:
        await _says_something(settings, process)
    if is_up and process.poll() is None:
        print_lines([f"The run goes on without this terminal (pid {process.pid})."])
        call = call_of(settings)
        print_lines([f"'{call}' shows it, '{call} stop' ends it."])
        return Exit.DONE
    if process.poll() in (Exit.DONE, Exit.WAITING):
        print_lines(["The run has come to its end already.", _last_line(log)])
        return Exit(process.returncode)
    became = "did not begin" if process.poll() is None else "ended at once"
    raise EngineError(
        f"the run {became}: {_last_line(log)}",
        hint=f"look at {log}, or run 'aio-tui run --headless' to see it here",
    )


async def _comes_up(lock: EngineLock, process: subprocess.Popen[bytes]) -> bool:
    """Whether its engine works, or has."""
    for _ in range(int(_UP_WITHIN_S / _LOOK_EVERY_S)):
        if _is_at_work(lock, process.pid):
            return True
        if process.poll() is not None:
            break
        await asyncio.sleep(_LOOK_EVERY_S)
    return False


async def _says_something(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    """Returns when an agent has, when there is nothing for one to do, or when the run has ended;
    after a while at the latest.
    """
    async with open_engine(settings) as guest:
        now = asyncio.get_running_loop().time
        until = now() + _FIRST_WORD_WITHIN_S
        while now() < until:
            if process.poll() is not None or await _is_well(guest):
                return
            await asyncio.sleep(_ASK_EVERY_S)


async def _is_well(guest: Engine) -> bool:
    overview = await guest.overview()
    if overview.run in _AT_REST:
        return True
    for item in overview.tasks:
        if item.state in HELD:
            with suppress(EngineError):  # nothing is written yet
                chunk = await guest.transcript(item.task_id, item.iteration_count + 1)
                if any(entry.kind in _OF_AGENT for entry in chunk.entries):
                    return True
    return False


def _wait(settings: Settings, options: Sequence[str]) -> list[str]:
    """A run in the background waits for answers like one that was left, unless told otherwise."""
    waits_s = int(settings.escalations.run_waits_s)
    is_told = any(option.partition("=")[0] in _ON_WAITING for option in options)
    return [] if is_told or waits_s < 1 else [f"--wait-for={waits_s}"]


def _is_at_work(lock: EngineLock, pid: int) -> bool:
    told = lock.holder() if lock.is_held_elsewhere() else {}
    return told.get("pid") == pid and told.get("run") != RunState.STOPPED


def _start(settings: Settings, options: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "aio_tui.cli.main", "--repo", str(settings.repo)]
    named = ["--project", settings.project]
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        return subprocess.Popen(
            [*command, *named, "run", "--headless", *options],
            cwd=settings.repo,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="backslashreplace").splitlines()
    last = next((text for text in reversed(lines) if text.strip()), "it said nothing")
    return last.removeprefix("aio-tui: ")
