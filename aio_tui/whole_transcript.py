"""Reads the transcript of an iteration that is looked at as a whole."""

from __future__ import annotations

from engine.domain.ids import TaskId
from engine.domain.transcript import EntryKind, TranscriptEntry
from engine.ports.cockpit import EngineFace

_MOST_BYTES = 2_000_000


async def whole_transcript(
    face: EngineFace, task_id: TaskId, iteration: int
) -> tuple[TranscriptEntry, ...]:
    """From its begin on; of one that is too long the last entry says that the rest is left out.

    Raises:
        EngineError: it cannot be read.
    """
    entries: list[TranscriptEntry] = []
    offset = size = 0
    while size < _MOST_BYTES:
        chunk = await face.transcript(task_id, iteration, after=offset)
        entries.extend(chunk.entries)
        size += sum(len(entry.text) for entry in chunk.entries)
        if chunk.next_offset <= offset or not chunk.entries:
            return tuple(entries)
        offset = chunk.next_offset
    left_out = "the rest is too long to be shown here: the output tells its end"
    entries.append(TranscriptEntry(at="", kind=EntryKind.ENGINE, text=left_out, is_error=True))
    return tuple(entries)
