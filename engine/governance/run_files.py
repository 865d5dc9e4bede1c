"""The text of files that a command runs: read when it is judged, within bounds, never kept.

Nothing is cached from one judgement to the next: a file is read again each time, because neither
its time nor its size proves that it is the same. Between the judgement and the run the file can
still be changed by a program that runs at the same time; only a sandbox closes that gap.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

MAX_BYTES = 262_144
"""Of one file; a longer one is not read."""
MAX_FILES = 24
MAX_BYTES_TOGETHER = 1_048_576


@dataclass(frozen=True, slots=True)
class Source:
    """A file that would be run.

    Attributes:
        text: what it says; None: it is no text, or it was not read.
        is_program: it is compiled code.
    """

    text: str | None
    is_program: bool = False


@dataclass(slots=True)
class RunFiles:
    """Reads the files of one judgement and counts what it read."""

    _read: dict[Path, Source | None] = field(default_factory=dict)
    _bytes: int = 0

    def source(self, path: Path) -> Source | None:
        """What is at `path`, links followed; None: nothing is there, so nothing would run."""
        if path not in self._read:
            if len(self._read) >= MAX_FILES:
                return Source(None)
            self._read[path] = self._source(path)
        return self._read[path]

    def _source(self, path: Path) -> Source | None:
        try:
            content = _content(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return Source(None)
        self._bytes += len(content)
        if len(content) > MAX_BYTES or self._bytes > MAX_BYTES_TOGETHER:
            return Source(None)
        if b"\0" in content:
            return Source(None, is_program=content.startswith(_PROGRAMS))
        try:
            return Source(content.decode())
        except UnicodeDecodeError:
            return Source(None)


_PROGRAMS = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"PK\x03\x04", b"\x00asm")


def _content(path: Path) -> bytes:
    """Of a plain file; a pipe or device would never end, and a folder is what a language makes
    of it.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            return _PROGRAMS[0] + b"\0"
        if not stat.S_ISREG(mode):
            raise OSError("no plain file")
        return os.read(handle, MAX_BYTES + 1)
    finally:
        os.close(handle)
