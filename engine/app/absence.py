"""What happened while an operator was away: where he stopped looking, and what came since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from engine.domain.facts import (
    EscalationAnswered,
    EscalationRaised,
    JournalEntry,
    MergeReverted,
    TaskMerged,
    TaskMoved,
)
from engine.domain.state import TaskState
from engine.domain.values import dataclass
from engine.files.replacing import replace_file

SEEN_NAME = "seen.json"
MOST_FACTS = 50_000
"""Of a longer absence only so many of its first facts are counted."""
_DONE = frozenset({TaskState.COMPLETED, TaskState.MERGING})
"""Between them a task only comes to be merged, which is told as that."""
_TOLD = frozenset({TaskState.COMPLETED, TaskState.FAILED, TaskState.BLOCKED, TaskState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """Where an operator stopped looking."""

    seq: int
    """Newest journal number then."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """What came into the journal since."""

    lasted_s: float
    ended: Mapping[TaskState, int]
    """Tasks by the state they are in now, of those that came to an end; absent: none. One that was
    completed before and merged since has not.
    """
    merged: int
    reverted: int
    asked: int
    """Questions raised and not answered by anybody."""
    is_cut: bool
    """Whether more happened than was counted."""


def last_looks(state: Path) -> dict[str, LastLook]:
    """By operator; empty where nothing can be read: nothing depends on it."""
    try:
        return msgspec.json.decode((state / SEEN_NAME).read_bytes(), type=dict[str, LastLook])
    except (OSError, ValueError):
        return {}


def keep_look(state: Path, operator: str, look: LastLook) -> None:
    """Remember where `operator` stopped looking.

    Raises:
        OSError: it cannot be written; what was kept before still is.
    """
    content = msgspec.json.encode({**last_looks(state), operator: look})
    replace_file(state / SEEN_NAME, content)


def absence(lasted_s: float, entries: Iterable[JournalEntry], *, is_cut: bool) -> Absence:
    """What `entries`, oldest first, say of that time."""
    last: dict[str | None, str] = {}
    worked_on: set[str | None] = set()
    merged, reverted, open_questions = 0, 0, set()
    for entry in entries:
        match entry.fact:
            case TaskMoved(before=before, after=after):
                if before not in _DONE:
                    worked_on.add(entry.task_id)
                last[entry.task_id] = after
            case TaskMerged():
                merged += 1
            case MergeReverted():
                reverted += 1
            case EscalationRaised(escalation_id=escalation_id):
                open_questions.add(escalation_id)
            case EscalationAnswered(escalation_id=escalation_id):
                open_questions.discard(escalation_id)
            case _:
                pass
    counts = Counter(
        after
        for task_id, after in last.items()
        if after != TaskState.COMPLETED or task_id in worked_on
    )
    return Absence(
        lasted_s=lasted_s,
        ended={state: counts[state.value] for state in _TOLD if counts[state.value]},
        merged=merged,
        reverted=reverted,
        asked=len(open_questions),
        is_cut=is_cut,
    )
