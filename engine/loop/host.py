"""Whether this machine lets anybody work: what is missing is no task's fault."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from engine.domain.verdict import CheckOutcome, Verdict

_LEAST_FREE_BYTES = 1_000_000
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM = tuple(os.strerror(code).lower() for code in _FULL)
_LINE_CHARS = 200


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


def lack_of_room(error: Exception) -> str:
    """What `error` says of a disk that is full, in one line; empty: it is about something else."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
    return line_of_no_room(str(error))


def broken_by_lack_of_room(verdict: Verdict) -> str:
    """What a check that could not do its work said of a disk that is full; empty: none did."""
    for check in verdict.checks:
        if check.outcome is CheckOutcome.BROKEN:
            said = line_of_no_room(f"{check.explanation}\n{check.tail}")
            if said:
                return f"check {check.name} could not do its work: {said}"
    return ""


def line_of_no_room(text: str) -> str:
    """The first line of `text` that says that a disk is full; empty: none does."""
    for line in text.splitlines():
        if any(words in line.lower() for words in _NO_ROOM):
            return line.strip()[:_LINE_CHARS]
    return ""
