"""One worktree and one branch per task; the operator's own checkout is never touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from engine.domain.change import FileChange
from engine.domain.values import dataclass
from engine.domain.work import WorkItem


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFacts:
    """What the repository is like."""

    root: Path
    base_branch: str
    """Where new branches start."""
    base_commit: str
    is_dirty: bool
    """The operator has uncommitted changes; they stay where they are and are not part of tasks."""
    has_submodules: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Worktree:
    """A task's own checkout."""

    path: Path
    branch: str
    base_commit: str
    head_commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Paths that somebody wrote in a checkout, sorted."""

    edited: tuple[str, ...]
    """Deleted ones too."""
    added: tuple[str, ...]
    """Ignored ones too; a folder that is a repository of its own, or a link, is one path."""


class Workspace(Protocol):
    """Git, as far as tasks need it."""

    async def inspect(self) -> RepositoryFacts:
        """Look at the repository.

        Raises:
            WorkspaceError: no git, not a repository, no commit yet, detached HEAD without a
                configured base branch; the hint says what to do.
        """
        ...

    async def base_commit(self) -> str:
        """The commit that new branches start from; the checkout is not looked at.

        Raises:
            WorkspaceError: as `inspect`.
        """
        ...

    async def open(self, item: WorkItem) -> Worktree:
        """The task's worktree at its last recorded commit: created, or reset (also of files that
        are untracked or ignored by nothing) if it is there. Removes stale git locks of a dead
        process in this worktree only.

        Raises:
            WorkspaceError: the branch exists with foreign commits, is checked out elsewhere, ...
        """
        ...

    async def commit(self, worktree: Worktree, message: str) -> str:
        """Commit all changes of the worktree as the engine; the new head, or the old one if there
        was nothing to commit. Runs no hooks of the target.
        """
        ...

    async def tree_hash(self, commit: str) -> str:
        """Hash of the tree that `commit` has."""
        ...

    async def diff(self, base: str, head: str) -> str:
        """Unified diff from one commit to the other."""
        ...

    async def changed_lines(self, base: str, head: str) -> int:
        """Lines added and removed between the two commits; binary files count none."""
        ...

    async def changed_files(self, base: str, head: str) -> tuple[str, ...]:
        """Paths that differ between the two commits, sorted."""
        ...

    async def changes(self, base: str, head: str) -> tuple[FileChange, ...]:
        """Content of `changed_files` before and after, in the same order. Links are not followed.

        Raises:
            WorkspaceError: git refuses, or an object is missing.
        """
        ...

    async def files_at(self, commit: str) -> tuple[str, ...]:
        """Paths of all files at `commit`."""
        ...

    async def contents(self, commit: str, paths: Collection[str]) -> Mapping[str, bytes]:
        """What these paths hold at `commit`; without those that are not there, are no plain files,
        or are too long.

        Raises:
            WorkspaceError: git refuses, or an object is missing.
        """
        ...

    async def resolve(self, ref: str) -> str:
        """The commit that `ref` names.

        Raises:
            WorkspaceError: it names none.
        """
        ...

    async def merge_base(self, one: str, other: str) -> str:
        """The newest commit that both have in their past.

        Raises:
            WorkspaceError: there is none.
        """
        ...

    def checkout(self, commit: str) -> AbstractAsyncContextManager[Path]:
        """A clean detached checkout of `commit`, for as long as the block lasts. One at a time for
        each commit; what a killed process left of it is replaced.
        """
        ...

    async def restore(self, tree: Path, base: str, paths: Collection[str]) -> None:
        """Make these paths of a fresh checkout what they are at commit `base`: as they were there,
        or absent.

        Raises:
            WorkspaceError: git refuses; the checkout is not to be used.
        """
        ...

    async def written_in(self, tree: Path) -> Written:
        """What differs in a checkout from what was checked out or restored.

        Raises:
            WorkspaceError: git refuses, or there is too much.
        """
        ...

    async def close(self, item: WorkItem) -> None:
        """Remove the task's worktree; the branch and its commits stay."""
        ...

    async def sweep(self) -> tuple[str, ...]:
        """Remove the detached checkouts of this process and those that a killed one left; their
        names. Worktrees of tasks stay, and what another living process works with.
        """
        ...
