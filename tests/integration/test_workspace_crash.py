"""An engine killed in the middle of git's work leaves nothing that stops the next one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.sandbox.leftovers import kill_leftovers
from engine.workspace import folders
from engine.workspace.git import GitWorkspace
from tests.support.repos import git, make_repo, write_files
from tests.support.workspaces import admin_of, head_of, item_of, make_workspace

FILES = {f"pkg/m{number}.py": f"x = {number}\n" for number in range(200)}
ENGINE = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from tests.support.workspaces import item_of, make_workspace

async def work():
    repo = Path(sys.argv[1])
    workspace = make_workspace(repo)
    print("begun", flush=True)
    for turn in range(1000):
        tree = await workspace.open(item_of())
        (tree.path / "pkg" / "m0.py").write_text(f"turn = {turn}")
        await workspace.commit(tree, "turn")
        async with workspace.checkout(tree.base_commit):
            pass
        await workspace.close(item_of())

asyncio.run(work())
"""


@pytest.mark.slow
@pytest.mark.parametrize("delay_s", [0.01, 0.03, 0.05, 0.07, 0.11, 0.17])
async def test_a_killed_engine_leaves_a_worktree_that_opens_again(
    tmp_path: Path, delay_s: float
) -> None:
    repo = make_repo(tmp_path / "target", FILES)
    _run_and_kill(repo, delay_s)
    kill_leftovers(repo.parent / f"{repo.name}-run")
    workspace = make_workspace(repo)

    await workspace.sweep()
    tree = await workspace.open(item_of())
    write_files(tree.path, {"pkg/m1.py": "after = 1\n"})
    head = await workspace.commit(tree, "after")

    assert head_of(repo, f"{head}^") == tree.base_commit == head_of(repo)
    assert await workspace.changed_files(tree.base_commit, head) == ("pkg/m1.py",)
    assert git(tree.path, "status", "--porcelain") == ""
    assert git(repo, "status", "--porcelain") == ""
    await workspace.close(item_of())
    assert git(repo, "worktree", "list").count("\n") == 1
    assert git(repo, "fsck", "--no-dangling") == ""


def _run_and_kill(repo: Path, delay_s: float) -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, str(repo)], cwd=root, stdout=subprocess.PIPE
    ) as engine:
        assert engine.stdout is not None
        engine.stdout.readline()
        time.sleep(delay_s)  # the moment of death is what is varied here
        engine.kill()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "target", FILES)


@pytest.fixture
def workspace(repo: Path) -> GitWorkspace:
    return make_workspace(repo)


async def test_a_lock_on_the_branch_that_nobody_holds_is_removed(
    repo: Path, workspace: GitWorkspace
) -> None:
    tree = await workspace.open(item_of())
    lock = folders.branch_lock(repo / ".git", tree.branch)
    lock.touch()

    assert (await workspace.open(item_of())).head_commit == tree.head_commit
    assert not lock.exists()


async def test_a_worktree_that_git_never_finished_is_made_again(
    repo: Path, workspace: GitWorkspace
) -> None:
    """Git locks a worktree while it makes it; a killed one stays locked."""
    tree = await workspace.open(item_of())
    (admin_of(tree.path) / "locked").write_text("initializing")
    (admin_of(tree.path) / "HEAD").write_text("0" * 40)
    (tree.path / "pkg" / "m0.py").unlink()

    again = await workspace.open(item_of())

    assert git(again.path, "status", "--porcelain") == ""
    assert not (admin_of(tree.path) / "locked").exists()
