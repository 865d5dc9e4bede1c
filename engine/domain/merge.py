"""One attempt to bring a task's branch into the base branch, as the store keeps it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from engine.domain.ids import TaskId
from engine.domain.values import dataclass


class MergeStep(StrEnum):
    """How far an attempt came. What is true in between is read from git."""

    INTENDED = "intended"
    """The result is verified; the base branch is about to move to it."""
    LANDED = "landed"
    """The base branch holds it; the checks on the base branch are still to be run."""
    MERGED = "merged"
    """The base branch holds it and the checks on it say so."""
    GIVEN_UP = "given-up"
    """The base branch does not hold it and never did."""
    REVERTING = "reverting"
    """It is to be undone."""
    REVERTED = "reverted"
    """A later commit of the base branch undoes it."""
    PROPOSED = "proposed"
    """A pull request is open for it; others decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRecord:
    """The intention, written before anything moves, and what became of it."""

    number: int = 0
    """Given by the store, from 1; 0 before."""
    task_id: TaskId
    project: str
    at: datetime
    step: MergeStep
    base_branch: str
    """The branch that is to hold the work."""
    head: str
    """Tip of the task's branch."""
    was: str
    """Where the base branch was."""
    onto: str
    """What the work was put on: `was`, or the work before it in the same batch."""
    result: str
    """The commit of the base branch that holds the task's work."""
    tip: str
    """Where the base branch moves to; beyond `result` if others of the batch come after it."""
    tag: str = ""
    """Holds `was` in the repository; empty for a pull request."""
    reason: str = ""
    """Why it was given up or is to be undone; the address of a pull request."""
    undo: str = ""
    """The commit that undoes it; empty before it is made."""
    by: str = "engine"
    """Who asked for the undoing."""
