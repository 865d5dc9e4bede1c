"""What is told to an operator who comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from engine.app.absence import absence
from engine.domain.facts import JournalEntry, TaskMerged, TaskMoved
from engine.domain.state import TaskState

AT = datetime(2026, 1, 1, tzinfo=UTC)


def moves(*states: str) -> list[JournalEntry]:
    return [
        JournalEntry(
            seq=number, at=AT, task_id="add", project="p",
            fact=TaskMoved(before=before, after=after, trigger="any"),
        )
        for number, (before, after) in enumerate(pairwise(states))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("states", "completed"),
    [
        (("verifying", "passed", "completed"), 1),
        (("verifying", "passed", "completed", "merging", "completed"), 1),
        (("completed", "merging", "completed"), 0),
        (("merging", "completed"), 0),
        (("completed", "queued", "claimed", "running", "verifying", "passed", "completed"), 1),
        (("completed", "merging", "blocked"), 0),
    ],
    ids=["new", "new and merged", "merged", "was being merged", "done again", "sent back"],
)
def test_what_was_completed_before_is_not_told_again_when_it_is_merged(
    states: tuple[str, ...], completed: int
) -> None:
    told = absence(60.0, moves(*states), is_cut=False)
    assert told.ended.get(TaskState.COMPLETED, 0) == completed


def test_merges_and_other_ends_are_told() -> None:
    merged = JournalEntry(
        seq=9,
        at=AT,
        task_id="add",
        project="p",
        fact=TaskMerged(base_branch="m", commit="c", tag="t"),
    )
    told = absence(60.0, [*moves("completed", "merging", "completed"), merged], is_cut=False)
    assert (told.merged, dict(told.ended)) == (1, {})
    assert dict(absence(1.0, moves("running", "failed"), is_cut=False).ended) == {
        TaskState.FAILED: 1
    }
