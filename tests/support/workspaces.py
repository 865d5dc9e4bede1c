"""A workspace on a small real repository."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.ids import TaskId
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.work import AgentRole, TaskType, Team, WorkItem
from engine.sandbox.runner import SubprocessRunner
from engine.workspace.git import GitWorkspace
from tests.support.repos import git

FILES = {"app.py": "x = 1\n", "pkg/mod.py": "y = 2\n", ".gitignore": "*.cache\n"}
_AT = datetime(2026, 1, 5, tzinfo=UTC)


def make_workspace(repo: Path, *, base_branch: str | None = None) -> GitWorkspace:
    """A workspace with a runner of its own, as a fresh engine has it."""
    private = repo.parent / f"{repo.name}-run"
    runner = SubprocessRunner(private / "home", private / "tmp")
    return GitWorkspace(Settings(repo=repo, project="p", base_branch=base_branch), runner)


def item_of(task_id: str = "T1", **changes: str | None) -> WorkItem:
    """A claimed task of branch `fix/<task_id>`."""
    item = WorkItem(
        task_id=TaskId(task_id),
        project="p",
        description="d",
        type=TaskType.BUGFIX,
        role=AgentRole.BUG_FIX,
        team=Team.QA,
        branch=f"fix/{task_id}",
        priority=5,
        state=TaskState.CLAIMED,
        created_at=_AT,
        updated_at=_AT,
    )
    return replace(item, **changes)  # type: ignore[arg-type]


def head_of(repo: Path, ref: str = "HEAD") -> str:
    """The object that `ref` names."""
    return git(repo, "rev-parse", ref).strip()


def files_of(folder: Path) -> dict[str, bytes]:
    """Content by relative path, without what is git's own."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def admin_of(path: Path) -> Path:
    """The private git folder of a task's worktree."""
    return path.parents[3] / ".git" / "worktrees" / path.name
