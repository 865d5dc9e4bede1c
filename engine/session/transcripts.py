"""Everything an iteration says and does, streamed to a file while it happens."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.domain.errors import StoreError
from engine.domain.transcript import FLOWING, EntryKind, TranscriptEntry
from engine.ports.clock import Clock
from engine.ports.secrecy import PLAIN, Codec
from engine.redaction.stream import RedactedStream
from engine.session.transcript_lines import MAX_CHARS, encoded, transcript_path
from engine.session.transcript_reading import read_transcript

__all__ = ["TranscriptWriter", "read_transcript"]

DEFAULT_CAP_BYTES = 50_000_000
_RESERVE_BYTES = 1_000_000
"""What entries that matter may take beyond the cap: verdicts, rulings, usage, the engine's own."""

_UPDATE_S = 1 / 15
_BULK = FLOWING | {EntryKind.PROMPT, EntryKind.TOOL}
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class TranscriptWriter:
    """Appends to `{folder}/{task_id}/{iteration}.jsonl`; for one thread.

    Pieces of one text are merged: at most 15 entries a second and about 16 KB each. The first
    piece after a pause is written at once. A transcript that an interrupted iteration left under
    the same number becomes `{iteration}.abandoned-N.jsonl`. Nothing is synced to the disk.

    Args:
        folder: the `transcripts` folder itself; created if missing.
        task_id: whose iteration.
        iteration: its number, from 1.
        clock: stamps entries and paces the merging.
        cap_bytes: size beyond which texts are dropped; a last entry says how much.
        redact: what every text goes through before it is written; one that comes in pieces is
            held back as far as it may be part of a secret.
        codec: how lines are kept.

    Raises:
        InputError: the task id could leave the folder.
        StoreError: the file cannot be created.
    """

    def __init__(
        self,
        folder: Path,
        task_id: str,
        iteration: int,
        clock: Clock,
        *,
        cap_bytes: int = DEFAULT_CAP_BYTES,
        redact: Callable[[str], str] = str,
        codec: Codec = PLAIN,
    ) -> None:
        self._stream = RedactedStream(redact)
        self._codec = codec
        self._clock = clock
        self._cap_bytes = cap_bytes
        self._path = transcript_path(folder, task_id, iteration)
        self._descriptor: int | None = _created(self._path)
        self._size_bytes = 0
        self._dropped_bytes = 0
        self._kind = EntryKind.TEXT
        self._is_error = False
        self._at = ""
        self._pieces: list[str] = []
        self._chars = 0
        self._written_at_s = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, kind: EntryKind, text: str, is_error: bool = False) -> None:
        """Add an entry, or a piece of a text that may be merged with the one before.

        Raises:
            StoreError: it cannot be written; this piece and those held back are lost, what is in
                the file stays valid.
            ValueError: the writer is closed.
        """
        if not text and kind in FLOWING:
            return
        if (kind, is_error) != (self._kind, self._is_error):
            self._finish()
            self._kind, self._is_error = kind, is_error
        if not self._pieces:
            self._at = self._clock.now().isoformat()
        self._pieces.append(text)
        self._chars += len(text)
        if kind not in FLOWING:
            self._finish()
        elif self._is_due():
            self.flush()

    def flush(self) -> None:
        """Write what is held back, but for a last word that may go on. Call it when a text pauses.

        Raises:
            StoreError: it cannot be written.
        """
        if not self._pieces:
            return
        text = self._stream.feed("".join(self._pieces))
        self._pieces.clear()
        self._chars = 0
        if text:
            self._write_text(text)

    def _finish(self) -> None:
        """Write all that is held back: the text is at its end."""
        if not self._pieces and self._stream.is_empty:
            return
        text = self._stream.feed("".join(self._pieces)) + self._stream.end()
        self._pieces.clear()
        self._chars = 0
        self._write_text(text)

    def _write_text(self, text: str) -> None:
        self._written_at_s = self._clock.monotonic_s()
        for start in range(0, len(text) or 1, MAX_CHARS):
            self._write(
                TranscriptEntry(
                    at=self._at,
                    kind=self._kind,
                    text=text[start : start + MAX_CHARS],
                    is_error=self._is_error,
                )
            )

    def close(self) -> None:
        """Write what is held back and how much was dropped. A second call does nothing.

        Raises:
            StoreError: it cannot be written; the file is closed all the same.
        """
        if self._descriptor is None:
            return
        try:
            self._finish()
            if self._dropped_bytes:
                self._kind, self._is_error = EntryKind.ENGINE, True
                self._write_line(encoded(self._dropped_entry(), self._codec))
        finally:
            os.close(self._descriptor)
            self._descriptor = None

    def _is_due(self) -> bool:
        if self._chars >= MAX_CHARS:
            return True
        return self._clock.monotonic_s() - self._written_at_s >= _UPDATE_S

    def _write(self, entry: TranscriptEntry) -> None:
        line = encoded(entry, self._codec)
        reserve = 0 if entry.kind in _BULK else _RESERVE_BYTES
        if self._size_bytes + len(line) > self._cap_bytes + reserve:
            self._dropped_bytes += len(line)
        else:
            self._write_line(line)

    def _write_line(self, line: bytes) -> None:
        """All of the line, or none of it as far as the disk lets it be taken back."""
        if self._descriptor is None:
            raise ValueError(f"transcript writer of {self._path.name} is closed")
        try:
            view = memoryview(line)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as exc:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size_bytes)
            raise _unwritable(self._path, exc.strerror or "error") from exc
        self._size_bytes += len(line)

    def _dropped_entry(self) -> TranscriptEntry:
        return TranscriptEntry(
            at=self._clock.now().isoformat(),
            kind=EntryKind.ENGINE,
            text=f"{self._dropped_bytes} bytes beyond the limit of {self._cap_bytes} were dropped",
            is_error=True,
        )


def _created(path: Path) -> int:
    try:
        for folder in (path.parent.parent, path.parent):  # parents would get another mode
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.path.lexists(path):
            path.rename(_abandoned_name(path))
        return os.open(path, _FLAGS, 0o600)
    except OSError as exc:
        raise _unwritable(path, exc.strerror or "error") from exc


def _abandoned_name(path: Path) -> Path:
    number = 1
    while os.path.lexists(name := path.with_name(f"{path.stem}.abandoned-{number}.jsonl")):
        number += 1
    return name


def _unwritable(path: Path, why: str) -> StoreError:
    return StoreError(
        f"transcript {str(path)!r} cannot be written: {why}",
        hint="free disk space or give write access to the folder, then run again",
    )
