"""A program that has imported what engines need, and forks itself into those that are to die: to
import it takes an interpreter most of the processor time that such an engine lives for.

It reads one order a line, JSON as `Forge` writes it, and answers with the exit code.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.support.crash import ROOT

DYING = ("tests.crash.dying_engine", "tests.crash.dying_merger")
"""Modules with `async def main(*arguments)`."""
_LIVES_AT_MOST_S = 120.0
"""What did not kill itself by then is aborted."""


class Forge:
    """The program, seen from a test."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, module: str, *arguments: str, log: Path) -> int:
        """The exit code of a process in a session of its own, as `subprocess` counts; what it says
        is added to `log`.
        """
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        order = {
            "module": module,
            "arguments": arguments,
            "log": str(log),
            "environment": dict(os.environ),
        }
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()
        return int(self._program.stdout.readline())

    def close(self) -> None:
        self._program.communicate()


def _serve() -> None:
    mains = {name: import_module(name).main for name in DYING}
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(mains[order["module"]], order)
        sys.stdout.write(f"{_end_of(child)}\n")
        sys.stdout.flush()


def _end_of(child: int) -> int:
    descriptor = os.pidfd_open(child)
    ended, _, _ = select.select([descriptor], [], [], _LIVES_AT_MOST_S)
    os.close(descriptor)
    if not ended:
        os.kill(child, signal.SIGABRT)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _become(main: Any, order: Mapping[str, Any]) -> None:
    """Never returns."""
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(order["environment"])
        time.tzset()
        asyncio.run(main(*order["arguments"]))
        code = 0
    except BaseException:  # noqa: BLE001  told in the log, whatever it was
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
