"""Whether this machine lets anybody work: what is missing is no task's fault."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_LEAST_FREE_BYTES = 1_000_000


def host_problem(state: Path) -> str | None:
    """What stops every task, in one line; None: nothing is seen.

    Args:
        state: the state folder; its disk is the one that worktrees need.
    """
    if shutil.which("git") is None:
        return "git is not on PATH"
    try:
        disk = os.statvfs(state)
    except OSError as error:
        return f"{state} cannot be reached: {error.strerror}"
    if disk.f_bavail * disk.f_frsize < _LEAST_FREE_BYTES:
        return f"the disk of {state} is full"
    return None
