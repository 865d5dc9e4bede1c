"""Adding lines to one chained file, safely against crashes and other writers."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.audit.lines import GENESIS, chain_of, chained

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WINDOW = 4096
"""Bytes that are read from the end to find the last line; doubled until it is found."""


def append(path: str, contents: Sequence[bytes]) -> None:
    """Chain `contents` to the end of the file and sync it; one sync for all of them.

    A line that a crash left unfinished is closed off first. A write that fails is taken back as
    far as the disk lets it.

    Raises:
        OSError: not everything is on disk.
    """
    with _locked(path) as descriptor:
        size = os.fstat(descriptor).st_size
        tail, newest = _end(descriptor, size)
        block = bytearray(b"\n" if tail not in (b"", b"\n") else b"")
        for content in contents:
            line, newest = chained(content, newest)
            block += line
        try:
            _write(descriptor, block)
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
        if size == 0:
            _sync_folders(Path(path).parent)


@contextmanager
def _locked(path: str) -> Iterator[int]:
    descriptor = _opened(path)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _opened(path: str) -> int:
    try:
        return os.open(path, _FLAGS, 0o600)
    except FileNotFoundError:
        for folder in (Path(path).parent.parent, Path(path).parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, _FLAGS, 0o600)


def _end(descriptor: int, size: int) -> tuple[bytes, str]:
    """The last byte of the file, and the hash of its last intact line."""
    window = _WINDOW
    while True:
        start = max(0, size - window)
        tail = os.pread(descriptor, size - start, start)
        lines = tail.split(b"\n")
        for line in reversed(lines if start == 0 else lines[1:]):
            chain = chain_of(line)
            if chain is not None:
                return tail[-1:], chain[0]
        if start == 0:
            return tail[-1:], GENESIS
        window *= 4


def _write(descriptor: int, block: bytearray) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folders(folder: Path) -> None:
    """Make a new file's name durable, and that of the folder it may have made."""
    for place in (folder, folder.parent):
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
