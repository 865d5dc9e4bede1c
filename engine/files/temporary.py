"""Folders of this user in the system's temporary folder, which do not outlive their process for
long: a lock on the folder, which the kernel drops however the process ends, tells the living from
the dead, and `sweep` removes the dead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_TRIES = 8


class Held(NamedTuple):
    """A folder that nobody sweeps."""

    path: Path
    lock: int
    """A descriptor; -1: others were quicker each time, so it is held by its process's number."""

    def remove(self) -> None:
        """With all that is in it, and let it go; what cannot be removed is for who sweeps later."""
        _remove(self.path)
        if self.lock >= 0:
            os.close(self.lock)


def hold(kind: str) -> Held:
    """A new folder, for its owner alone.

    Raises:
        OSError: none can be made.
    """
    prefix = f"{_own()}{kind}-{os.getpid()}-"
    for _ in range(_TRIES):
        path = Path(tempfile.mkdtemp(prefix=prefix))
        lock = _locked(path)
        if lock is not None:
            return Held(path, lock)
    return Held(Path(tempfile.mkdtemp(prefix=prefix)), -1)


@contextmanager
def temporary_folder(kind: str, *, inside: Path | None = None) -> Iterator[Path]:
    """A folder for a while. `inside` one that is held it needs no lock of its own."""
    if inside is not None:
        with tempfile.TemporaryDirectory(prefix=f"{kind}-", dir=inside) as folder:
            yield Path(folder)
        return
    held = hold(kind)
    try:
        yield held.path
    finally:
        held.remove()


def sweep(*, most: int | None = None) -> None:
    """Remove what processes of this user left that did not live to remove theirs; `most`: no more
    than so many, where somebody waits.
    """
    for path in _found()[:most]:
        lock = _locked(path)
        if lock is not None:
            _remove(path)
            os.close(lock)


def _own() -> str:
    return f"aio-tui-{os.getuid()}-"


def _found() -> list[Path]:
    try:
        with os.scandir(tempfile.gettempdir()) as entries:
            return [Path(entry.path) for entry in entries if _is_left(entry)]
    except OSError:
        return []  # there is no temporary folder


def _is_left(entry: os.DirEntry[str]) -> bool:
    """Whether it may be. A process whose number its name has holds no lock if it is of a version
    that knew of none.
    """
    if not entry.name.startswith(_own()):
        return False
    pid = entry.name.removeprefix(_own()).split("-")[1:2]
    if pid and pid[0].isdecimal() and Path(f"/proc/{pid[0]}").exists():
        return False
    with suppress(OSError):
        is_ours = entry.stat(follow_symlinks=False).st_uid == os.getuid()
        return is_ours and entry.is_dir(follow_symlinks=False)
    return False


def _locked(path: Path) -> int | None:
    """The lock on a folder that is there and nobody else's; None: it is not."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = os.path.samestat(os.fstat(lock), path.lstat())
    except OSError:
        is_there = False
    if not is_there:
        os.close(lock)
        return None
    return lock


def _remove(path: Path) -> None:
    """Also what somebody shut himself out of."""
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        for parent, names, _ in os.walk(path):
            for folder in (Path(parent), *(Path(parent) / name for name in names)):
                with suppress(OSError):
                    if not folder.is_symlink():
                        folder.chmod(stat.S_IRWXU)
        shutil.rmtree(path, ignore_errors=True)
