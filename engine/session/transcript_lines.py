"""A transcript entry as one line of JSON, and back."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from engine.domain.errors import StoreError
from engine.domain.ids import parse_task_id
from engine.domain.transcript import EntryKind, TranscriptEntry
from engine.ports.secrecy import PLAIN, Codec

MAX_LINE_BYTES = 300_000
"""No line that `encoded` makes of `MAX_CHARS` characters is longer."""

MAX_CHARS = 16_384
"""Longer texts are split. A character takes at most 12 bytes, sealed 16."""


def transcript_path(folder: Path, task_id: str, iteration: int) -> Path:
    """Where the transcript of an iteration is.

    Raises:
        InputError: the task id could leave the folder.
    """
    return folder / parse_task_id(task_id) / f"{int(iteration)}.jsonl"


def encoded(entry: TranscriptEntry, codec: Codec = PLAIN) -> bytes:
    """The line, newline included. Lone surrogates are kept as JSON escapes."""
    line = _encoded(entry)
    return line if codec.is_plain else codec.seal(line[:-1].decode()).encode() + b"\n"


def _encoded(entry: TranscriptEntry) -> bytes:
    values: dict[str, object] = {"at": entry.at, "kind": entry.kind.value, "text": entry.text}
    if entry.is_error:
        values["is_error"] = True
    try:
        return json.dumps(values, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(values).encode() + b"\n"


def decoded(line: bytes, codec: Codec = PLAIN) -> TranscriptEntry:
    """The entry; of a damaged line, an ENGINE entry that says so."""
    try:
        text = line if codec.is_plain else codec.open(line.decode())
        return msgspec.convert(json.loads(text), TranscriptEntry)
    except (ValueError, RecursionError, StoreError):
        return damaged(len(line))


def damaged(size_bytes: int) -> TranscriptEntry:
    """What stands in for a line that cannot be read."""
    return TranscriptEntry(
        at="",
        kind=EntryKind.ENGINE,
        text=f"a line of {size_bytes} bytes of this transcript is damaged",
        is_error=True,
    )
