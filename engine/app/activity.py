"""What tasks at work are doing and whether they get on, judged from their transcripts' records."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

from engine.domain.errors import EngineError
from engine.domain.ids import TaskId
from engine.domain.state import HELD
from engine.domain.transcript import EntryKind, TranscriptEntry, joined
from engine.domain.work import WorkItem
from engine.ports.cockpit import Activity, Health
from engine.ports.secrecy import PLAIN, Codec
from engine.session.transcript_reading import read_transcript

_TAIL_BYTES = 8192
_HEADLINE_CHARS = 200
SLOW_S, STALLED_S = 60.0, 300.0
"""Silence that is never called slow, or stalled, however quick the task was before."""
_SLOW_TIMES, _STALLED_TIMES = 5, 20
"""Silence so many times as long as the usual one is."""
_SENTENCE = re.compile(r"[^\n]+?(?:[.!?:…](?=\s)|(?=\n))")
_WORD = re.compile(r"\w")
_TOLD = {
    EntryKind.TOOL: "$ ",
    EntryKind.CHECK: "check: ",
    EntryKind.GUARD: "",
    EntryKind.ENGINE: "",
    EntryKind.RETRY: "",
    EntryKind.VERDICT: "",
}


def activities(
    items: Iterable[WorkItem], folder: Path, now: datetime, codec: Codec = PLAIN
) -> dict[TaskId, Activity]:
    """Of those tasks that a worker holds and that have written something; reads their tails.

    What cannot be read is left out: nothing is claimed of it.
    """
    found: dict[TaskId, Activity] = {}
    for item in items:
        if item.state not in HELD:
            continue
        try:
            number = item.iteration_count + 1
            chunk = read_transcript(
                folder, item.task_id, number, after=-1, limit_bytes=_TAIL_BYTES, codec=codec
            )
        except EngineError:
            continue
        told = activity_of(chunk.entries, now)
        if told is not None:
            found[item.task_id] = told
    return found


def activity_of(entries: tuple[TranscriptEntry, ...], now: datetime) -> Activity | None:
    """What the newest records say; None: they say nothing.

    A record that waits to be retried says so itself. Silence is measured against what is usual
    between the last records of this very iteration.
    """
    stamps = [at for entry in entries if (at := _stamp(entry)) is not None]
    if not entries or not stamps:
        return None
    gaps = [(b - a).total_seconds() for a, b in pairwise(stamps)]
    usual_s = median(gaps) if gaps else 0.0
    silence_s = (now - stamps[-1]).total_seconds()
    if entries[-1].kind is EntryKind.RETRY:
        health = Health.RETRYING
    elif silence_s > max(STALLED_S, _STALLED_TIMES * usual_s):
        health = Health.STALLED
    elif silence_s > max(SLOW_S, _SLOW_TIMES * usual_s):
        health = Health.SLOW
    else:
        health = Health.HEALTHY
    return Activity(headline=_headline(entries), health=health)


def _headline(entries: tuple[TranscriptEntry, ...]) -> str:
    """The newest call, check or word of the engine; what the agent says only if there is none."""
    for entry in reversed(joined(entries)):
        rows = [row.strip() for row in entry.text.splitlines() if row.strip()]
        if entry.kind in _TOLD and rows:
            is_check = entry.kind is EntryKind.CHECK
            return (_TOLD[entry.kind] + rows[-1 if is_check else 0])[:_HEADLINE_CHARS]
    return _last_sentence("".join(one.text for one in entries if one.kind is EntryKind.TEXT))


def _last_sentence(text: str) -> str:
    """The newest sentence or line that is whole; a text comes in pieces that break anywhere. Empty:
    none is.
    """
    whole = [found.strip() for found in _SENTENCE.findall(text)]
    return next((one[:_HEADLINE_CHARS] for one in reversed(whole) if _WORD.search(one)), "")


def _stamp(entry: TranscriptEntry) -> datetime | None:
    try:
        at = datetime.fromisoformat(entry.at)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
