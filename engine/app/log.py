"""Where the engine and the libraries below it write their log: a file, never the screen."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.ports.secrecy import OPEN, Secrecy

LOG_NAME = "engine.log"
_KEPT_BYTES = 5_000_000
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _LogFile(logging.FileHandler):
    """A full disk costs lines of the log; the screen gets no traceback about them."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  overrides
        """Nothing depends on the log."""


class _Lines(logging.Formatter):
    """Without what may not be written; sealed, a message is one line."""

    def __init__(self, secrecy: Secrecy) -> None:
        super().__init__(_FORMAT)
        self._secrecy = secrecy

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        return self._secrecy.codec.seal(self._secrecy.redact(super().format(record)))


@contextmanager
def logging_to(folder: Path, secrecy: Secrecy = OPEN) -> Iterator[None]:
    """Warnings and errors of this process go to `engine.log` in `folder` inside the block.

    A file beyond 5 MB becomes `engine.log.1`, in the place of the one before. A folder that cannot
    be written leaves logging as it is: nothing depends on it.
    """
    handler = _handler(folder, secrecy)
    if handler is None:
        yield
        return
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        with suppress(OSError):  # what the disk had no room for
            handler.close()


def _handler(folder: Path, secrecy: Secrecy) -> logging.Handler | None:
    path = folder / LOG_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _KEPT_BYTES:
            path.replace(path.with_name(f"{LOG_NAME}.1"))
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600))
        handler = _LogFile(path, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Lines(secrecy))
    return handler
