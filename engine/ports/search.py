"""What a search through everything finds, as values."""

from __future__ import annotations

from enum import StrEnum

from engine.domain.ids import TaskId
from engine.domain.values import dataclass


class SearchGroup(StrEnum):
    """Where things are found, in the order in which they are looked for."""

    TASKS = "tasks"
    DECISIONS = "decisions"
    KNOWLEDGE = "knowledge"
    TRANSCRIPTS = "transcripts"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One place that has all the words."""

    group: SearchGroup
    where: str
    """In words, such as `fix-gcd, iteration 3, output`."""
    excerpt: str
    """One line around the first word; may hold anything that somebody wrote."""
    task_id: TaskId | None = None
    """None: it is about no task."""
    iteration: int | None = None
    """Of a transcript."""
    at: str = ""
    """ISO 8601, UTC; empty: unknown."""
    ref: str = ""
    """Of a decision, its whole text; of a knowledge object, its file below the knowledge folder."""
    more: int = 0
    """Further places in the same transcript that are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPart:
    """What was found since the part before."""

    group: SearchGroup
    hits: tuple[SearchHit, ...] = ()
    """Newest first, as far as it goes."""
    is_over: bool = False
    """Nothing more comes of this group."""
    note: str = ""
    """Why the group is not complete; empty: it is."""
