"""Files that are whole at every moment, also after a crash: the old content, or the new."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Give the file this content and these access rights. It is on disk when this returns.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def mode_of(path: Path) -> int:
    """Its access rights, or for one that is not there yet those of a file that all may read."""
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644


def sync_folder(folder: Path) -> None:
    """The names in the folder are on disk when this returns.

    Raises:
        OSError: the folder cannot be opened or the disk failed.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
