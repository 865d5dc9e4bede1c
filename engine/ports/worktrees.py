"""What the engine holds in the operator's repository: worktrees and branches."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Protocol

from engine.domain.values import dataclass


class HoldingKind(StrEnum):
    """What it is."""

    WORKTREE = "worktree"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One worktree or branch, as git has it."""

    kind: HoldingKind
    name: str
    """Path of a worktree, name of a branch."""
    commit: str
    """Empty: a worktree without a commit, or one that is gone."""
    branch: str = ""
    """What a worktree has checked out; empty: detached. For a branch, its own name."""
    is_ours: bool = False
    """A worktree below the state folder."""
    unmerged: int = 0
    """Commits that the base branch does not have."""
    uncommitted: int = 0
    """Files with changes that no commit has, untracked ones included, ignored ones not."""
    checked_out_in: str = ""
    """For a branch: the worktree that has it."""


class Holdings(Protocol):
    """Finds and removes them."""

    async def survey(self, branches: frozenset[str]) -> list[Holding]:
        """All worktrees, then those of `branches` that exist."""
        ...

    async def remove_worktree(self, path: Path) -> None:
        """Remove a worktree in which nothing is uncommitted; its branch stays.

        Raises:
            WorkspaceError: git refuses; nothing was removed.
        """
        ...

    async def remove_branch(self, name: str, tip: str) -> None:
        """Remove a branch that is still at `tip`.

        Raises:
            WorkspaceError: it moved; nothing was removed.
        """
        ...
