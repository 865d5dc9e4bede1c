"""The base branch of the operator's repository, as the merge queue needs it.

Everything but `land` makes objects and refs of the engine's own only. `land` is the one verb that
moves a branch of the operator's, and it never loses an uncommitted byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.domain.values import dataclass
from engine.domain.work import WorkItem


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTip:
    """The branch that work lands on, and where it is."""

    branch: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grafted:
    """A task's work on top of another commit; nothing points to it yet."""

    result: str
    """The commit that holds it."""
    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """It does not fit."""

    paths: tuple[str, ...]
    """Files with conflicts, sorted."""
    hunks: str
    """The conflicting places as git marks them, cut to some thousand characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the base branch was not moved; nothing was changed."""

    cause: str
    """`checkout`: the operator's uncommitted work is in the way. `moved`: the branch is not where
    it was.
    """
    why: str
    """One line with what to do."""


class Merging(Protocol):
    """Git, as far as merging needs it."""

    async def base(self) -> BaseTip:
        """The base branch and its present tip.

        Raises:
            WorkspaceError: there is none: detached HEAD without a configured base branch, ...
        """
        ...

    async def graft(self, items: Sequence[WorkItem], onto: str) -> list[Grafted | Conflict]:
        """Put the tasks' commits on top of `onto`, each on top of those before it that fit, without
        touching any checkout or ref. One answer for each, in order; one whose work is there already
        gives what it was put on.

        Raises:
            WorkspaceError: git refuses, or a task has no recorded work.
        """
        ...

    async def parent(self, commit: str) -> str:
        """The first parent of a commit."""
        ...

    async def contains(self, branch: str, commit: str) -> bool:
        """Whether the branch has `commit` in its past."""
        ...

    async def tag(self, names: Sequence[str], commit: str) -> None:
        """Make the tags that are not there with that commit.

        Raises:
            WorkspaceError: one is there with another; none was made.
        """
        ...

    async def land(self, base: BaseTip, commit: str) -> Refusal | None:
        """Move the base branch from `base` to its descendant `commit`, by compare-and-swap. Where
        it is checked out the files follow. None: done.
        """
        ...

    async def mend(self, base: BaseTip, commit: str) -> Refusal | None:
        """Put right what a process that was killed in `land` left in the checkout. To be called
        before anything else with the same arguments. None: the checkout is as the branch says.
        """
        ...

    async def undo(self, base: BaseTip, *, before: str, after: str, message: str) -> str | Conflict:
        """A commit on top of `base` that takes back what lies between the two commits."""
        ...

    async def follow(self, item: WorkItem, base: str) -> str:
        """Join `base` into the task's branch, conflicts marked in the files; its new tip. What it
        held stays in its past.

        Raises:
            WorkspaceError: the branch is checked out elsewhere; nothing was changed.
        """
        ...

    async def propose(self, item: WorkItem, base_branch: str) -> str:
        """Push the task's branch and open a pull request; its address.

        Raises:
            WorkspaceError: no remote, no `gh`, or it refuses.
        """
        ...
