from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.errors import WorkspaceError
from engine.workspace.git import GitWorkspace
from tests.support.repos import commit_files, git, make_repo, write_files
from tests.support.workspaces import FILES, admin_of, head_of, item_of, make_workspace


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "target", FILES)


@pytest.fixture
def workspace(repo: Path) -> GitWorkspace:
    return make_workspace(repo)


async def test_a_commit_holds_every_change_and_is_by_the_engine(
    repo: Path, workspace: GitWorkspace
) -> None:
    tree = await workspace.open(item_of())
    write_files(
        tree.path, {"app.py": "x = 2\n", "new dir/ü.py": "n\n", ".aibrain/state/work.db": ""}
    )
    (tree.path / "pkg/mod.py").unlink()

    head = await workspace.commit(tree, "fix: a thing\n\nwith a body")

    assert head == head_of(repo, "fix/T1")
    assert git(repo, "log", "-1", "--format=%an <%ae> %B", head).strip() == (
        "aio-tui <aio-tui@localhost> fix: a thing\n\nwith a body"
    )
    changed = await workspace.changed_files(tree.base_commit, head)
    assert changed == ("app.py", "new dir/ü.py", "pkg/mod.py")
    assert await workspace.tree_hash(head) == head_of(repo, f"{head}^{{tree}}")
    diff = await workspace.diff(tree.base_commit, head)
    assert "-x = 1\n+x = 2\n" in diff
    assert "deleted file" in diff


async def test_nothing_to_commit_gives_the_old_head(workspace: GitWorkspace) -> None:
    tree = await workspace.open(item_of())

    assert await workspace.commit(tree, "nothing") == tree.head_commit
    assert await workspace.diff(tree.base_commit, tree.head_commit) == ""
    assert await workspace.changed_files(tree.base_commit, tree.head_commit) == ()


@pytest.mark.parametrize("message", ["", "# no comment", "-x", "\udcff \0 nul"])
async def test_any_message_can_be_committed(workspace: GitWorkspace, message: str) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})

    assert await workspace.commit(tree, message) != tree.head_commit


async def test_what_the_agent_committed_itself_counts(repo: Path, workspace: GitWorkspace) -> None:
    tree = await workspace.open(item_of())
    own = commit_files(tree.path, {"app.py": "x = 2\n"})

    assert await workspace.commit(tree, "nothing left") == own == head_of(repo, "fix/T1")


@pytest.mark.parametrize("away", [["--detach"], ["-b", "elsewhere"]])
async def test_an_agent_that_left_its_branch_is_brought_back(
    repo: Path, workspace: GitWorkspace, away: list[str]
) -> None:
    tree = await workspace.open(item_of())
    git(tree.path, "checkout", "-q", *away)
    own = commit_files(tree.path, {"app.py": "x = 2\n"})
    write_files(tree.path, {"app.py": "x = 3\n"})

    head = await workspace.commit(tree, "rest")

    assert head_of(repo, f"{head}^") == own
    assert head == head_of(repo, "fix/T1")
    assert git(tree.path, "symbolic-ref", "HEAD").strip() == "refs/heads/fix/T1"


async def test_rewritten_history_is_put_on_top_of_the_recorded_commit(
    repo: Path, workspace: GitWorkspace
) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    recorded = await workspace.commit(tree, "one")
    git(tree.path, "commit", "-q", "--amend", "-m", "rewritten")
    write_files(tree.path, {"app.py": "x = 3\n"})

    head = await workspace.commit(replace(tree, head_commit=recorded), "two")

    assert head_of(repo, f"{head}^") == recorded
    assert git(repo, "show", f"{head}:app.py") == "x = 3\n"


async def test_work_on_an_unrelated_branch_is_refused_and_moves_nothing(
    repo: Path, workspace: GitWorkspace
) -> None:
    git(repo, "branch", "dev")
    commit_files(repo, {"app.py": "x = 5\n"})
    tree = await workspace.open(item_of())
    git(tree.path, "checkout", "-q", "dev")
    before = head_of(repo, "dev")
    write_files(tree.path, {"app.py": "x = 6\n"})

    with pytest.raises(WorkspaceError, match="left branch 'fix/T1' for 'dev'"):
        await workspace.commit(tree, "astray")
    assert head_of(repo, "dev") == before
    assert head_of(repo, "fix/T1") == tree.head_commit


@pytest.mark.parametrize("has_commit", [False, True])
async def test_a_repository_inside_the_worktree_is_left_out(
    workspace: GitWorkspace, has_commit: bool
) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    git(tree.path, "init", "-q", "inner")
    if has_commit:
        commit_files(tree.path / "inner", {"a.py": ""})

    head = await workspace.commit(tree, "one")

    assert await workspace.changed_files(tree.base_commit, head) == ("app.py",)


async def test_a_commit_works_without_the_git_file(repo: Path, workspace: GitWorkspace) -> None:
    """An agent may delete it; then git must not fall through to the operator's checkout."""
    tree = await workspace.open(item_of())
    (tree.path / ".git").unlink()
    write_files(tree.path, {"app.py": "x = 2\n"})

    head = await workspace.commit(tree, "one")

    assert head == head_of(repo, "fix/T1")
    assert head_of(repo) == tree.base_commit


async def test_a_lock_left_by_a_killed_git_does_not_stop_the_commit(
    workspace: GitWorkspace,
) -> None:
    tree = await workspace.open(item_of())
    (admin_of(tree.path) / "index.lock").touch()
    write_files(tree.path, {"app.py": "x = 2\n"})

    assert await workspace.commit(tree, "one") != tree.head_commit


async def test_a_worktree_that_is_gone_is_told(workspace: GitWorkspace) -> None:
    tree = await workspace.open(item_of())
    await workspace.close(item_of())

    with pytest.raises(WorkspaceError, match="not there any more"):
        await workspace.commit(tree, "late")


def output_of(argv: list[str], folder: Path) -> str:
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False).stdout


def _delete_git_file(path: Path) -> None:
    (path / ".git").unlink()


def _init_over_git_file(path: Path) -> None:
    (path / ".git").unlink()
    git(path, "init", "-q")


def _link_git_file(path: Path) -> None:
    (path / ".git").rename(path.parent / "moved")
    (path / ".git").symlink_to(path.parent / "moved")


@pytest.mark.parametrize("trick", [_delete_git_file, _init_over_git_file, _link_git_file])
async def test_checks_after_a_commit_see_every_file_whatever_became_of_the_git_file(
    workspace: GitWorkspace, trick: Callable[[Path], None]
) -> None:
    """Ruff skips all of an ignored folder, and the state folder is one."""
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "import os\n"})
    trick(tree.path)

    await workspace.commit(tree, "one")

    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--quiet", "."]
    assert "F401" in output_of(ruff, tree.path)
    assert git(tree.path, "symbolic-ref", "HEAD").strip() == "refs/heads/fix/T1"


async def test_ruff_sees_the_files_of_worktrees_and_bases(
    repo: Path, workspace: GitWorkspace
) -> None:
    write_files(repo, {".aibrain/.gitignore": "state/\n", ".gitignore": ".aibrain/\n"})
    tree = await workspace.open(item_of())
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--show-files", "."]

    async with workspace.checkout(tree.base_commit) as base:
        for folder in (tree.path, base):
            shown = output_of(ruff, folder).split()
            assert sorted(shown) == [f"{folder}/app.py", f"{folder}/pkg/mod.py"]
