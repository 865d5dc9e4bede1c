"""What tasks at work are doing and whether they get on, judged from their transcripts' records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

from engine.domain.errors import EngineError
from engine.domain.ids import TaskId
from engine.domain.state import HELD, TaskState
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
    EntryKind.GUARD: "",
    EntryKind.ENGINE: "",
    EntryKind.RETRY: "",
    EntryKind.VERDICT: "",
}
_OF_AGENT = frozenset(
    {EntryKind.TEXT, EntryKind.TOOL, EntryKind.OUTPUT, EntryKind.GUARD, EntryKind.USAGE}
)
_VERIFYING = "its checks are about to run, in a clean checkout"


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
        is_verifying = item.state is TaskState.VERIFYING
        told = activity_of(chunk.entries, now, is_verifying=is_verifying)
        if told is not None:
            found[item.task_id] = told
    return found


def activity_of(
    entries: tuple[TranscriptEntry, ...], now: datetime, *, is_verifying: bool = False
) -> Activity | None:
    """What the newest records say; None: they say nothing. While it is verified what its agent did
    last is no news.

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
    return Activity(headline=_headline(entries, is_verifying=is_verifying), health=health)


def _headline(entries: tuple[TranscriptEntry, ...], *, is_verifying: bool) -> str:
    """The newest call, check or word of the engine; what the agent says only if there is none."""
    told = joined(entries)
    for at in reversed(range(len(told))):
        entry = told[at]
        rows = [row.strip() for row in entry.text.splitlines() if row.strip()]
        if is_verifying and entry.kind in _OF_AGENT:
            return _VERIFYING
        if entry.kind is EntryKind.CHECK and rows:
            return f"{_check_before(told[:at])}: {rows[-1]}"[:_HEADLINE_CHARS]
        if entry.kind in _TOLD and rows:
            return (_TOLD[entry.kind] + rows[0])[:_HEADLINE_CHARS]
    return _last_sentence("".join(one.text for one in entries if one.kind is EntryKind.TEXT))


def _check_before(told: Sequence[TranscriptEntry]) -> str:
    """What the engine said of the check that speaks, such as `check pytest runs`."""
    said = (one.text.strip() for one in reversed(told) if one.kind is EntryKind.ENGINE)
    return next((text for text in said if text.startswith("check ")), "check")


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
