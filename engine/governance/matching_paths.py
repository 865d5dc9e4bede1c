"""Paths that a command touches, against globs of a contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from fnmatch import fnmatchcase
from pathlib import Path

from engine.governance.scene import paths_in_options
from engine.governance.shell_values import INSIDE, Command
from engine.governance.shell_words import is_hidden

_GLOB = re.compile(r"[*?\[]")
_STAY_SHALLOW = ("cd", "pushd", "popd", "echo", "printf", "mkdir", "pwd", "test", "[", "[[", "git")
"""Programs that do not go down into a folder they are given."""
_MAX_WORD = 4096


class Touch(Enum):
    """How sure it is that a path is touched."""

    SURE = auto()
    PERHAPS = auto()


def touches(
    command: Command, globs: tuple[str, ...], worktree: Path, folders: tuple[Path, ...]
) -> Iterator[tuple[Touch, str]]:
    """The globs that paths of the command match, or may match below a folder it names."""
    if not globs:
        return
    for word in _words(command):
        if is_hidden(word):
            yield Touch.PERHAPS, globs[0]
            continue
        for folder in folders or (worktree,):
            for glob in globs:
                touch = _touch(word, glob, worktree, folder, command.program in _STAY_SHALLOW)
                if touch is not None:
                    yield touch, glob


def glob_matching(path: Path, globs: tuple[str, ...], worktree: Path) -> str | None:
    """The first of `globs` that a resolved path matches."""
    inner = _relative(path, worktree)
    shown = (str(path), *((inner,) if inner is not None else ()))
    return next((glob for glob in globs if any(fnmatchcase(one, glob) for one in shown)), None)


def _words(command: Command) -> Iterator[str]:
    yield from command.operands
    yield from (value for _, value in paths_in_options(command))
    yield from (redirect.target for redirect in command.redirects)
    if "/" in command.name:
        yield command.name


def _touch(word: str, glob: str, worktree: Path, folder: Path, is_shallow: bool) -> Touch | None:
    if not word or len(word) > _MAX_WORD or "\n" in word:
        return None
    literal = word.replace(INSIDE, "x")
    wild = _GLOB.search(literal)
    head = literal[: wild.start()].rpartition("/")[0] if wild else literal
    try:
        path = (folder / (head or ".")).resolve()
    except (OSError, RuntimeError):
        return Touch.PERHAPS
    if not wild and glob_matching(path, (glob,), worktree):
        return Touch.SURE
    beneath = _beneath(path, glob, worktree)
    return Touch.PERHAPS if beneath and (wild or not is_shallow) else None


def _beneath(path: Path, glob: str, worktree: Path) -> bool:
    """Whether something that matches the glob may lie in the folder `path`."""
    if not path.is_dir():
        return False
    wild = _GLOB.search(glob)
    head = Path(glob[: wild.start()].rpartition("/")[0] if wild else glob)
    return (worktree / head).is_relative_to(path) or bool(
        wild and path.is_relative_to(worktree / head)
    )


def _relative(path: Path, worktree: Path) -> str | None:
    return str(path.relative_to(worktree)) if path.is_relative_to(worktree) else None
