"""Who may read what the engine keeps: its owner."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from engine.domain.settings import Settings

_FOLDERS = ("state", "state/transcripts", "state/logs", "decisions", "archive")
_FILES = ("state/.gitignore",)
_OTHERS = 0o077
_NOT_OURS = frozenset({"worktrees", "scratch", "home", "private"})
"""Below `state`: checkouts and what programs keep. The folder above keeps others out."""


def tighten(settings: Settings) -> None:
    """Close the folders of the engine to others; what belongs to another user stays as it is."""
    for path in (settings.brain / name for name in (*_FOLDERS, *_FILES)):
        with suppress(OSError):
            if path.stat(follow_symlinks=False).st_mode & _OTHERS:
                path.chmod(0o700 if path.is_dir() else 0o600)


def open_to_others(settings: Settings) -> list[str]:
    """Folders and files that somebody else could read or change, relative to the repository."""
    brain = settings.brain
    kept = [*_below(brain / "state"), *_below(brain / "decisions"), *_below(brain / "archive")]
    kept += brain.glob("session-*.md")
    return sorted(path.relative_to(settings.repo).as_posix() for path in kept if _is_open(path))


def _below(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    yield folder
    for place, folders, files in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in _NOT_OURS]
        yield from (Path(place) / name for name in (*folders, *files))


def _is_open(path: Path) -> bool:
    try:
        info = path.lstat()
    except FileNotFoundError:
        return False
    return not stat.S_ISLNK(info.st_mode) and bool(info.st_mode & _OTHERS)
