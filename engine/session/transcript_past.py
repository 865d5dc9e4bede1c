"""What an iteration had said up to a moment, found without reading what is not shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.transcript import TranscriptEntry
from engine.ports.replay import PastTranscript
from engine.ports.secrecy import PLAIN, Codec
from engine.session.transcript_lines import transcript_path
from engine.session.transcript_reading import Reading, opened

_ABANDONED = re.compile(r"\.abandoned-(\d{1,6})\.jsonl\Z")


def past_transcript(
    folder: Path,
    task_id: str,
    iteration: int,
    until: datetime,
    *,
    limit_bytes: int = 65_536,
    codec: Codec = PLAIN,
) -> PastTranscript:
    """The last `limit_bytes` of what was there at `until`. Of an iteration that was begun more
    than once, the attempt that was the newest one then.

    Raises:
        InputError: the task id could leave the folder.
        StoreError: a file is there but cannot be read.
    """
    path = transcript_path(folder, task_id, iteration)
    later: datetime | None = None
    for attempt in (path, *_abandoned(path)):
        with opened(attempt, limit_bytes=limit_bytes, codec=codec) as reading:
            if reading is None:
                continue
            end, following = _end_at(reading, until)
            if not end:
                later = following or later
                continue
            chunk = reading.up_to(end).newest()
        is_cut = end > limit_bytes
        return PastTranscript(entries=chunk.entries, is_cut=is_cut, next_at=following or later)
    return PastTranscript(next_at=later)


def _abandoned(path: Path) -> list[Path]:
    """Transcripts of attempts that were given up, the newest first."""
    found = [
        (int(match.group(1)), each)
        for each in path.parent.glob(f"{path.stem}.abandoned-*.jsonl")
        if (match := _ABANDONED.search(each.name))
    ]
    return [each for _, each in sorted(found, reverse=True)]


def _end_at(reading: Reading, until: datetime) -> tuple[int, datetime | None]:
    """Where the lines up to `until` end, and when the next one came; None: there is none."""
    # Lines that end at `low` or before came by then; those that begin at `high` or behind, later.
    low, high = 0, reading.size
    following: datetime | None = None
    while low < high:
        middle = (low + high) // 2
        found = _stamped_after(reading, middle)
        if found is not None and found[0] < high and found[1] <= until:
            low = found[2]
            continue
        if found is not None and found[0] < high:
            following = found[1]
        high = middle
    return low, following


def _stamped_after(reading: Reading, offset: int) -> tuple[int, datetime, int] | None:
    """The first line from `offset` on that says when it was written."""
    while (found := reading.line_after(offset)) is not None:
        start, entry, end = found
        at = _stamp(entry)
        if at is not None:
            return start, at, end
        offset = end
    return None


def _stamp(entry: TranscriptEntry) -> datetime | None:
    try:
        at = datetime.fromisoformat(entry.at)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
