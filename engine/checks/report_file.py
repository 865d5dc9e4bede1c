"""A report in a file, believed only if the run that is judged wrote it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from engine.checks.tool import UnreadableError


class ReportFile:
    """Looks at `path` before the run, to know a stale report from a fresh one.

    Args:
        path: where the report is to be; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = self._identity()

    def written(self, cap_bytes: int) -> bytes | None:
        """What the run wrote; None if it wrote nothing.

        Raises:
            UnreadableError: it is stale, no plain file, or larger than `cap_bytes`.
        """
        after = self._identity()
        if after is None:
            return None
        name = self._path.name
        if after == self._before:
            raise UnreadableError(f"{name} was there before the run and was not written again")
        if not stat.S_ISREG(after[0]):
            raise UnreadableError(f"{name} is not a plain file")
        if after[1] > cap_bytes:
            raise UnreadableError(f"{name} is larger than {cap_bytes} bytes")
        try:
            return _read(self._path, cap_bytes)
        except OSError as error:
            raise UnreadableError(f"{name} cannot be read: {error.strerror}") from error

    def _identity(self) -> tuple[int, int, int, int] | None:
        try:
            found = self._path.lstat()
        except OSError:
            return None
        return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino


def _read(path: Path, cap_bytes: int) -> bytes:
    """Without following a link and without waiting for a pipe that came in the meantime."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(cap_bytes)
