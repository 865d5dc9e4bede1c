"""Whether a hook's program may be trusted to be the operator's own."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from engine.domain.settings import HookSettings
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What will be started, or why it will not."""

    program: str
    problem: str = ""
    hint: str = ""


def condition_of(hook: HookSettings, repo: Path) -> Condition:
    """Look at the program: found, executable, and nobody else's to change.

    A name with `/` is relative to `repo`, another one is looked for on the PATH.
    """
    word = hook.command[0]
    found = str(repo / Path(word).expanduser()) if "/" in word else shutil.which(word)
    if found is None:
        return Condition(program=word, problem="it is not on the PATH", hint="name it by its path")
    try:
        path = Path(found).resolve(strict=True)
        status, folder = path.stat(), path.parent.stat()
    except OSError as error:
        return Condition(
            program=found,
            problem=f"it cannot be looked at ({error.strerror})",
            hint="correct command",
        )
    if not stat.S_ISREG(status.st_mode) or not os.access(path, os.X_OK):
        return Condition(program=found, problem="it is not executable", hint=f"chmod u+x {found}")
    if status.st_uid not in (os.getuid(), 0):
        return Condition(
            program=found,
            problem=f"it belongs to user {status.st_uid}",
            hint="it must be yours or root's",
        )
    if _others_may_write(status) or (
        _others_may_write(folder) and not folder.st_mode & stat.S_ISVTX
    ):
        return Condition(
            program=found,
            problem="everybody may write it or its folder",
            hint=f"chmod o-w {found} {path.parent}",
        )
    return Condition(program=found)


def _others_may_write(status: os.stat_result) -> bool:
    return bool(status.st_mode & stat.S_IWOTH)
