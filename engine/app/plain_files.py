"""Reading files that others may have put there: regular ones only, never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def blocks_of(path: Path, size_bytes: int) -> Iterator[bytes]:
    """The file in pieces of at most `size_bytes`; nothing of what cannot be read."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            while block := os.read(descriptor, size_bytes):
                yield block
    except OSError:
        return
    finally:
        os.close(descriptor)
