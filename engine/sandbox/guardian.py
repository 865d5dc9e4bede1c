"""A small process of its own that outlives the engine by a moment and cleans up after it.

Asking the kernel instead (PR_SET_PDEATHSIG) was not chosen: it needs code between fork and exec,
which is unsafe beside threads and twice as slow, and it reaches only the first process, not what
that one started.
"""

from __future__ import annotations

import os
import sys
import weakref
from pathlib import Path

from engine.sandbox import processes


class Guardian:
    """Lives as long as this object; ends by itself, sweeping, when the engine's process dies."""

    def __init__(self, mark: str) -> None:
        read_end, write_end = os.pipe()
        try:
            pid = _spawn(mark, read_end)
        except OSError:
            os.close(write_end)
            raise
        finally:
            os.close(read_end)
        self.pid = pid
        self._finalizer = weakref.finalize(self, _dismiss, os.getpid(), pid, write_end)

    def dismiss(self) -> None:
        """Let it go without a sweep."""
        self._finalizer()


def _spawn(mark: str, read_end: int) -> int:
    script = str(Path(processes.__file__))
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", script, mark],
        {"LC_ALL": "C"},  # an empty environment would look like an exec in progress
        file_actions=[
            (os.POSIX_SPAWN_DUP2, read_end, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
        setsid=True,
    )


def _dismiss(owner: int, pid: int, write_end: int) -> None:
    if os.getpid() != owner:
        return
    try:
        os.write(write_end, processes.DISMISSED)
    except BrokenPipeError:
        pass
    finally:
        os.close(write_end)
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return
