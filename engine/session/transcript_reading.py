"""Reading a transcript piece by piece, also while it is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.domain.errors import StoreError
from engine.domain.transcript import TranscriptEntry
from engine.ports.cockpit import TranscriptChunk
from engine.ports.secrecy import PLAIN, Codec
from engine.session.transcript_lines import MAX_LINE_BYTES, damaged, decoded, transcript_path

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LOOK_BYTES = 4096
_NOTHING = TranscriptChunk(entries=(), next_offset=0)


def read_transcript(
    folder: Path,
    task_id: str,
    iteration: int,
    *,
    after: int = 0,
    limit_bytes: int = 262_144,
    codec: Codec = PLAIN,
) -> TranscriptChunk:
    """Entries of about `limit_bytes` from byte `after` on, at least one if a whole one is there.

    A last line that is not finished is left for the next call. A line that cannot be read gives an
    ENGINE entry that says so. When `after` is no line's beginning, another file has taken the
    place of the one it was told for: reading starts again from the beginning.

    Args:
        folder: the `transcripts` folder.
        task_id: whose iteration.
        iteration: its number.
        after: a `next_offset`, 0, or -1 for the newest `limit_bytes`.
        limit_bytes: how much to read at once.
        codec: how the lines are kept.

    Raises:
        InputError: the task id could leave the folder.
        StoreError: the file is there but cannot be read.
    """
    path = transcript_path(folder, task_id, iteration)
    with opened(path, limit_bytes=limit_bytes, codec=codec) as reading:
        if reading is None:
            return _NOTHING
        return reading.newest() if after < 0 else reading.chunk(after)


@contextmanager
def opened(path: Path, *, limit_bytes: int, codec: Codec) -> Iterator[Reading | None]:
    """The file at `path` to read from; None: there is none.

    Raises:
        StoreError: the file is there but cannot be read.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        yield None
        return
    except OSError as exc:
        raise _unreadable(path, exc.strerror or "error") from exc
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            raise _unreadable(path, "it is no regular file")
        yield Reading(descriptor, info.st_size, max(limit_bytes, 1), codec)
    except OSError as exc:
        raise _unreadable(path, exc.strerror or "error") from exc
    finally:
        os.close(descriptor)


class Reading:
    """One file of `size` bytes, as it was when it was opened."""

    def __init__(self, descriptor: int, size: int, limit: int, codec: Codec) -> None:
        self._descriptor = descriptor
        self._size = size
        self._limit = limit
        self._codec = codec

    @property
    def size(self) -> int:
        return self._size

    def up_to(self, end: int) -> Reading:
        """The same file, as if it ended there."""
        return Reading(self._descriptor, end, self._limit, self._codec)

    def line_after(self, offset: int) -> tuple[int, TranscriptEntry, int] | None:
        """The first whole line that begins at `offset` or later: where, what, and where it ends;
        None: there is none.
        """
        start = offset
        if offset:
            start = self._line_end(offset - 1) or self._size
        end = self._line_end(start)
        if end is None:
            return None
        return start, decoded(self._bytes(start, end - 1), self._codec), end

    def _line_end(self, offset: int) -> int | None:
        """Behind the first newline at `offset` or later; None: none is there."""
        while offset < self._size:
            block = self._bytes(offset, min(self._size, offset + _LOOK_BYTES))
            found = block.find(b"\n")
            if found >= 0:
                return offset + found + 1
            offset += len(block)
        return None

    def newest(self) -> TranscriptChunk:
        """Whole lines that end in the last `limit` bytes; the window grows until one fits."""
        window = self._limit
        while True:
            start = max(0, self._size - window)
            block = self._bytes(start, self._size)
            skipped = block.find(b"\n") + 1 if start and not self._is_beginning(start) else 0
            end = block.rfind(b"\n") + 1
            if end > skipped or start == 0:
                return self._chunk(block[skipped:end], start + end)
            window *= 4

    def chunk(self, after: int) -> TranscriptChunk:
        """Whole lines from `after` on."""
        start = after if self._is_beginning(after) else 0
        end = min(self._size, start + self._limit)
        while True:
            block = self._bytes(start, end)
            size = block.rfind(b"\n") + 1
            if size or end == self._size:
                return self._chunk(block[:size], start + size)
            if len(block) > MAX_LINE_BYTES:
                return self._overlong(start, end)
            end = min(self._size, end + MAX_LINE_BYTES)

    def _overlong(self, start: int, end: int) -> TranscriptChunk:
        """Skip a line that is longer than any that was ever written, without holding it."""
        while end < self._size:
            block = self._bytes(end, min(self._size, end + MAX_LINE_BYTES))
            found = block.find(b"\n")
            if found >= 0:
                after = end + found + 1
                return TranscriptChunk(entries=(damaged(after - start),), next_offset=after)
            end += len(block)
        return TranscriptChunk(entries=(), next_offset=start)

    def _chunk(self, block: bytes, next_offset: int) -> TranscriptChunk:
        lines = block.split(b"\n")[:-1]
        entries: tuple[TranscriptEntry, ...] = tuple(decoded(line, self._codec) for line in lines)
        return TranscriptChunk(entries=entries, next_offset=next_offset)

    def _is_beginning(self, offset: int) -> bool:
        if offset == 0:
            return True
        return offset <= self._size and self._bytes(offset - 1, offset) == b"\n"

    def _bytes(self, start: int, end: int) -> bytes:
        return os.pread(self._descriptor, end - start, start)


def _unreadable(path: Path, why: str) -> StoreError:
    return StoreError(
        f"transcript {str(path)!r} cannot be read: {why}",
        hint="make it a readable file, or move it away",
    )
