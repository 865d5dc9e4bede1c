"""Adding decisions to the log, safely against crashes and other writers.

One writer at a time holds the lock on `head`. He writes down which files he begins to change and
how long they are, writes, syncs, and writes down the new end. Whoever comes after a writer that
died in between finds what he began: whole lines stay, the rest of a line that nobody was told of
goes. Only a decision's own line is synced; its copies are made again from it where a power cut took
them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from engine.audit.head import Head, Witness, boot_id, decoded, put
from engine.audit.lines import GENESIS, chain_of, chained, numbered
from engine.audit.places import HEAD, segments_of
from engine.domain.values import dataclass
from engine.files.replacing import sync_folder

_HEAD_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FLAGS = _HEAD_FLAGS | os.O_APPEND
_WINDOW = 4096
"""Bytes that are read from the end to find the last line; more until it is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A decision and the files it stands in: its own, then those of its copies."""

    content: bytes
    files: tuple[str, ...]


class LockedLog:
    """The log while this writer alone holds it."""

    def __init__(self, folder: Path, descriptor: int, witness: Witness | None) -> None:
        self.folder = folder
        self._descriptor = descriptor
        self._witness = witness
        raw = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        self._size = len(raw)
        self.found = decoded(raw)
        """What the last writer left; None: nothing that can be understood."""
        self.head = self.found or Head()

    @property
    def needs_mending(self) -> bool:
        """Whether more has to be looked at than the head, before anything is added."""
        found = self.found
        if found is None or found.begun or found.boot != boot_id():
            return True
        seen = self.witnessed
        return seen is not None and (seen.seq, seen.digest) > (found.seq, found.digest)

    @property
    def witnessed(self) -> Head | None:
        """What the operator's own folder remembers."""
        return None if self._witness is None else self._witness.read()

    def put(self, head: Head) -> None:
        """Write down where the log ends, or what is begun."""
        self._size = put(self._descriptor, head, self._size)
        self.head = head

    def append(self, entries: Sequence[Entry]) -> None:
        """Number the entries, chain them to their files and sync each entry's own file.

        Raises:
            OSError: not everything is on disk. What was written is taken back as far as the disk
                lets it.
        """
        with _Batch(self.folder) as batch:
            for entry in entries:
                for name in entry.files:
                    batch.open(name)
            seq, before = self.head.seq, self.head.digest
            lines: list[tuple[str, bytes]] = []
            for entry in entries:
                content = numbered(entry.content, seq + 1, before)
                own, *copies = entry.files
                lines.append((own, batch.line(own, content)))
                seq, before = seq + 1, batch.newest(own)
                lines += [(name, batch.line(name, content)) for name in copies]
            old = Head(seq=self.head.seq, digest=self.head.digest, boot=boot_id())
            self.put(Head(seq=old.seq, digest=old.digest, boot=old.boot, begun=batch.sizes))
            try:
                batch.write(lines)
                batch.sync({entry.files[0] for entry in entries})
            except OSError:
                batch.take_back()
                with suppress(OSError):
                    self.put(old)
                raise
            self.finish(Head(seq=seq, digest=before, boot=old.boot))

    def finish(self, head: Head) -> None:
        """Say that all is on disk. Should that fail, the next writer finds it out."""
        self.head = head
        with suppress(OSError):
            self.put(head)
            if self._witness is not None:
                self._witness.write(head)


@contextmanager
def locked(folder: Path, witness: Witness | None) -> Iterator[LockedLog]:
    """Wait for the log and hold it.

    Raises:
        OSError: it cannot be opened.
    """
    descriptor = _opened(folder / HEAD, _HEAD_FLAGS)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield LockedLog(folder, descriptor, witness)
    finally:
        os.close(descriptor)


class _Batch:
    """The open files of one append."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, int] = {}
        self._newest: dict[str, str] = {}
        self._opening: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}

    def __enter__(self) -> _Batch:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)

    def open(self, name: str) -> None:
        """Open the file and find its end."""
        if name in self._open:
            return
        descriptor = self._open[name] = _opened(self._folder / name, _FLAGS)
        size = self.sizes[name] = os.fstat(descriptor).st_size
        tail, self._newest[name] = last_of(descriptor, size)
        if size == 0:
            self._newest[name] = _archived_end(self._folder, name)
        # A line without an end that no writer had begun was cut by somebody else: it stays.
        self._opening[name] = b"\n" if tail not in (b"", b"\n") else b""

    def newest(self, name: str) -> str:
        """The hash of the file's last line."""
        return self._newest[name]

    def line(self, name: str, content: bytes) -> bytes:
        """The next line of the file."""
        line, self._newest[name] = chained(content, self._newest[name])
        return self._opening.pop(name, b"") + line

    def write(self, lines: Sequence[tuple[str, bytes]]) -> None:
        """In this order, so that what a killed writer leaves is a beginning."""
        for name, group in groupby(lines, key=itemgetter(0)):
            view = memoryview(b"".join(line for _, line in group))
            try:
                while view:
                    view = view[os.write(self._open[name], view) :]
            except OSError as exc:
                raise OSError(exc.errno, exc.strerror, f"{self._folder}/{name}") from exc

    def sync(self, names: set[str]) -> None:
        """On disk when this returns, with the names of new files."""
        for name in names:
            os.fsync(self._open[name])
        for name in (name for name, size in self.sizes.items() if size == 0):
            sync_folders((self._folder / name).parent)

    def take_back(self) -> None:
        """Leave the files as they were, as far as the disk lets it."""
        for name, descriptor in self._open.items():
            with suppress(OSError):
                os.ftruncate(descriptor, self.sizes[name])


def copy_lines(folder: Path, contents: Sequence[tuple[str, bytes]]) -> None:
    """Chain numbered contents, without their first brace, to the files they are missing in."""
    with _Batch(folder) as batch:
        for name, content in contents:
            batch.open(name)
            batch.write([(name, batch.line(name, b"{" + content))])
        batch.sync({name for name, _ in contents})


def last_of(descriptor: int, size: int) -> tuple[bytes, str]:
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


def _archived_end(folder: Path, name: str) -> str:
    earlier = [path for path in segments_of(folder, name) if path != folder / name]
    if not earlier:
        return GENESIS
    descriptor = os.open(earlier[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return last_of(descriptor, os.fstat(descriptor).st_size)[1]
    finally:
        os.close(descriptor)


def _opened(path: Path, flags: int) -> int:
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileNotFoundError:
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return descriptor


def sync_folders(folder: Path) -> None:
    """Make a new file's name durable, and that of the folder it may have made."""
    for place in (folder, folder.parent):
        sync_folder(place)
