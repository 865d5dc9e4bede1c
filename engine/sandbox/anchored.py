"""Opens a path whose links were followed before, and refuses every link that came since.

Between the check of a path and its use an agent's own process may swap a folder for a symlink.
Each folder is therefore opened from its parent, from the root on, and none may be a link.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def opened_folder(path: Path, *, creates: bool = False) -> Iterator[int]:
    """A descriptor of the folder `path`, an absolute path without links.

    Raises:
        OSError: it is missing (with `creates` it is made), or a link lies on the way.
    """
    handle = os.open("/", _FOLDER)
    try:
        for name in path.parts[1:]:
            inner = _enter(name, handle, creates=creates)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def _enter(name: str, folder: int, *, creates: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not creates:
            raise
    except NotADirectoryError:
        if os.path.islink(f"/proc/self/fd/{folder}/{name}"):  # noqa: PTH114 - no Path by descriptor
            raise OSError(errno.ELOOP, f"{name!r} became a link after it was checked") from None
        raise
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=folder)
    return os.open(name, _FOLDER, dir_fd=folder)
