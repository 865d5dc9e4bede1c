"""Whether somebody is at work in the worktree of a task that was taken over.

Nothing is noted anywhere: a shell that `Ctrl+T` opened, one that an operator went there with, and
the editor that either of them started all have their working folder in the worktree, and are gone
from the process table however they ended.
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.domain.ids import TaskId


def is_at_hand(state: Path, task_id: TaskId) -> bool:
    """Whether a living process that may be looked at works in the task's worktree; False as well
    where the system shows no processes.
    """
    folder = os.path.realpath(state / "worktrees" / task_id)
    inside = folder + os.sep
    return any(place == folder or place.startswith(inside) for place in _working_folders())


def _working_folders() -> list[str]:
    try:
        names = os.listdir("/proc")  # noqa: PTH208  a thousand paths need no objects
    except OSError:
        return []
    found = []
    for name in names:
        if name.isdecimal():
            try:
                found.append(os.readlink(f"/proc/{name}/cwd"))  # noqa: PTH115  as above
            except OSError:
                continue  # gone, a zombie, or another user's
    return found
