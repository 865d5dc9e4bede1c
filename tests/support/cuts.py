"""A run whose operator loses his SSH connection again and again."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from tests.acceptance.program import AIO_TUI, Site
from tests.support.ssh import SshServer
from tests.support.terminal import WIDE, Terminal, is_running, terminal, wait_until

_SEEN_WITHIN_S = 20.0
"""What a machine under load may need to show what has just been recorded."""
_PROVED = frozenset({"passed", "completed"})


def lose_connections(here: Site, server: SshServer, moments_s: Sequence[float]) -> list[str]:
    """Begin a run over SSH, cut the connection after each of `moments_s`, and come back each time.

    Returns what a screen showed that the records deny; empty: every one told the truth. The run
    has come to its end by then, and so has its process.
    """
    lies: list[str] = []
    pids: set[int] = set()
    for number, moment_s in enumerate(moments_s):
        words = ["run"] if number == 0 else []
        with _session(here, server, words) as screen:
            screen.wait_for("Mend ")
            if number == 0:
                screen.wait_until(lambda: _holder(here.repo) is not None, "the engine")
            holder = _holder(here.repo)
            if holder is not None:
                pids.add(holder)
            if not wait_until(lambda: not _lies(here, screen), within_s=_SEEN_WITHIN_S):
                lies += _lies(here, screen)
            threading.Event().wait(moment_s)  # the moment of the cut is what is varied here
            os.kill(screen.pid, signal.SIGKILL)
    assert wait_until(lambda: not any(is_running(pid) for pid in pids), within_s=120)
    return lies


def random_moments(count: int, seed: int) -> list[float]:
    """Up to a second each."""
    source = random.Random(seed)  # noqa: S311  moments, not secrets
    return [source.random() for _ in range(count)]


def _session(
    here: Site, server: SshServer, words: Sequence[str]
) -> AbstractContextManager[Terminal]:
    surroundings = [f"{name}={value}" for name, value in here.environment.items()]
    program = shlex.join(["env", "-i", *surroundings, AIO_TUI, "--repo", str(here.repo), *words])
    return terminal(
        server.command(program), folder=here.repo, environment=here.environment, size=WIDE
    )


def _lies(here: Site, screen: Terminal) -> list[str]:
    """Tasks whose state on the screen is that of no moment while it was looked at."""
    before = {task["task_id"]: task["state"] for task in here.told("task", "list")}
    shown = screen.screen
    after = {task["task_id"]: task["state"] for task in here.told("task", "list")}
    queue = [line.partition("▏")[0] for line in shown.splitlines()]
    found = []
    for task_id in before:
        rows = [row for row in queue if f"Mend {task_id}" in row]
        is_proved = {before[task_id] in _PROVED, after[task_id] in _PROVED}
        if not rows:
            found.append(f"{task_id} is not shown")
        elif ("PASS" in rows[0]) not in is_proved:
            found.append(f"{task_id} was {before[task_id]}, then {after[task_id]}: {rows[0]}")
    return found


def _holder(repo: Path) -> int | None:
    try:
        return int(json.loads((repo / ".aibrain/state/engine.lock").read_bytes())["pid"])
    except (OSError, ValueError, KeyError):
        return None
