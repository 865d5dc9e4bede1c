from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.errors import WorkspaceError
from engine.workspace.git import GitWorkspace
from tests.support.repos import commit_files, git, make_repo, write_files
from tests.support.workspaces import FILES, admin_of, files_of, head_of, item_of, make_workspace


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "target", FILES)


@pytest.fixture
def workspace(repo: Path) -> GitWorkspace:
    return make_workspace(repo)


async def test_a_task_gets_its_own_branch_and_folder(repo: Path, workspace: GitWorkspace) -> None:
    tree = await workspace.open(item_of())

    assert tree.path == repo / ".aibrain/state/worktrees/T1"
    assert tree.base_commit == tree.head_commit == head_of(repo)
    assert git(tree.path, "symbolic-ref", "HEAD").strip() == "refs/heads/fix/T1"
    assert files_of(tree.path) == {name: text.encode() for name, text in FILES.items()}


async def test_reopening_drops_all_but_the_recorded_commit_and_ignored_files(
    repo: Path, workspace: GitWorkspace
) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    recorded = await workspace.commit(tree, "one")
    write_files(tree.path, {"app.py": "x = 3\n", "junk/new.py": "", "kept.cache": "c"})
    await workspace.commit(replace(tree, head_commit=recorded), "unrecorded")
    write_files(tree.path, {"pkg/mod.py": "broken"})
    git(tree.path, "init", "-q", "nested")

    item = item_of(base_commit=tree.base_commit, head_commit=recorded)
    again = await workspace.open(item)

    assert again.head_commit == recorded == head_of(repo, "fix/T1")
    assert files_of(again.path) == {
        **{name: text.encode() for name, text in FILES.items()},
        "app.py": b"x = 2\n",
        "kept.cache": b"c",
    }
    assert git(again.path, "status", "--porcelain") == ""


def _lose_folder(path: Path) -> None:
    for name in sorted(path.rglob("*"), reverse=True):
        name.rmdir() if name.is_dir() else name.unlink()
    path.rmdir()


def _lose_git_file(path: Path) -> None:
    (path / ".git").unlink()


def _redirect_git_file(path: Path) -> None:
    git(path.parent, "init", "-q", "trap")
    (path / ".git").write_text(f"gitdir: {path.parent / 'trap' / '.git'}\n")


def _damage_index(path: Path) -> None:
    (admin_of(path) / "index").write_bytes(b"DIRC broken")


def _lose_admin(path: Path) -> None:
    for name in sorted(admin_of(path).rglob("*"), reverse=True):
        name.rmdir() if name.is_dir() else name.unlink()
    admin_of(path).rmdir()


def _detach(path: Path) -> None:
    git(path, "checkout", "-q", "--detach")


def _leave_rebase(path: Path) -> None:
    (admin_of(path) / "rebase-merge").mkdir()


def _leave_locks(path: Path) -> None:
    (admin_of(path) / "index.lock").touch()
    (admin_of(path) / "HEAD.lock").touch()


@pytest.mark.parametrize(
    "damage",
    [
        _lose_folder,
        _lose_git_file,
        _redirect_git_file,
        _damage_index,
        _lose_admin,
        _detach,
        _leave_rebase,
        _leave_locks,
    ],
)
async def test_a_damaged_worktree_is_mended_from_its_branch(
    repo: Path, workspace: GitWorkspace, damage: object
) -> None:
    assert callable(damage)
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    recorded = await workspace.commit(tree, "one")
    damage(tree.path)

    again = await workspace.open(item_of(base_commit=tree.base_commit, head_commit=recorded))

    assert (again.path / "app.py").read_text() == "x = 2\n"
    assert git(again.path, "status", "--porcelain=v2", "--branch").splitlines() == [
        f"# branch.oid {recorded}",
        "# branch.head fix/T1",
    ]


async def test_a_lost_branch_comes_back_from_the_recorded_commit(
    repo: Path, workspace: GitWorkspace
) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    recorded = await workspace.commit(tree, "one")
    await workspace.close(item_of())
    git(repo, "branch", "-D", "fix/T1")

    await workspace.open(item_of(base_commit=tree.base_commit, head_commit=recorded))

    assert head_of(repo, "fix/T1") == recorded


async def test_a_recorded_commit_that_is_gone_is_told(workspace: GitWorkspace) -> None:
    with pytest.raises(WorkspaceError, match="could not make the worktree 'T1'"):
        await workspace.open(item_of(base_commit="1" * 40, head_commit="2" * 40))


async def test_an_interrupted_first_iteration_starts_again_at_the_base(
    repo: Path, workspace: GitWorkspace
) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    await workspace.commit(tree, "lost with its process")
    git(repo, "pack-refs", "--all")

    again = await make_workspace(repo).open(item_of())

    assert again.head_commit == head_of(repo)
    assert (again.path / "app.py").read_text() == "x = 1\n"


async def test_a_branch_with_commits_of_somebody_else_is_refused(
    repo: Path, workspace: GitWorkspace
) -> None:
    git(repo, "checkout", "-q", "-b", "fix/T1")
    theirs = commit_files(repo, {"app.py": "x = 9\n"})
    git(repo, "checkout", "-q", "main")

    with pytest.raises(WorkspaceError, match=r"olive@example.org.*git branch -m"):
        await workspace.open(item_of())
    assert head_of(repo, "fix/T1") == theirs


async def test_a_commit_of_the_operator_on_the_tasks_branch_is_not_dropped(
    repo: Path, workspace: GitWorkspace
) -> None:
    tree = await workspace.open(item_of())
    theirs = commit_files(tree.path, {"app.py": "x = 9\n"})

    with pytest.raises(WorkspaceError, match="not ours"):
        await workspace.open(item_of(base_commit=tree.base_commit, head_commit=tree.head_commit))
    assert head_of(repo, "fix/T1") == theirs


async def test_a_branch_that_is_checked_out_elsewhere_is_refused(
    repo: Path, workspace: GitWorkspace
) -> None:
    git(repo, "checkout", "-q", "-b", "fix/T1")

    with pytest.raises(WorkspaceError, match="leave that branch"):
        await workspace.open(item_of())


@pytest.mark.parametrize(
    "branch", ["main", "fix", "fix/", "fix/-x y", "--force", "bugfix/a", "fix/a..b"]
)
async def test_only_fix_and_feature_branches_are_made(workspace: GitWorkspace, branch: str) -> None:
    with pytest.raises(WorkspaceError, match="below fix/ or feature/"):
        await workspace.open(item_of(branch=branch))


async def test_a_branch_name_that_git_refuses_is_one_clear_error(
    repo: Path, workspace: GitWorkspace
) -> None:
    git(repo, "branch", "fix/own")
    with pytest.raises(WorkspaceError, match="git could not"):
        await workspace.open(item_of(branch="fix/own/below"))


async def test_many_tasks_open_at_the_same_time(workspace: GitWorkspace) -> None:
    trees = await asyncio.gather(*(workspace.open(item_of(f"T{n}")) for n in range(6)))

    assert len({tree.path for tree in trees}) == 6
    assert all(tree.path.is_dir() for tree in trees)


async def test_a_foreign_worktree_of_the_same_name_does_no_harm(
    repo: Path, workspace: GitWorkspace, tmp_path: Path
) -> None:
    git(repo, "worktree", "add", "-q", "-b", "mine", str(tmp_path / "elsewhere" / "T1"))

    tree = await workspace.open(item_of())
    await workspace.close(item_of())

    assert not tree.path.exists()
    assert (tmp_path / "elsewhere" / "T1" / "app.py").exists()
    assert git(tmp_path / "elsewhere" / "T1", "symbolic-ref", "HEAD").strip() == "refs/heads/mine"


async def test_worktrees_are_made_and_removed_beside_each_other(
    repo: Path, workspace: GitWorkspace
) -> None:
    items = [item_of(f"T{number}") for number in range(8)]
    whole = {path: text.encode() for path, text in FILES.items()}
    base = head_of(repo)

    async def look() -> None:
        async with workspace.checkout(base) as folder:
            assert files_of(folder) == whole

    async with asyncio.TaskGroup() as group:
        opened = [group.create_task(workspace.open(item)) for item in items]
        for _ in range(3):
            group.create_task(look())
    assert {task.result().branch for task in opened} == {item.branch for item in items}
    assert all(files_of(task.result().path) == whole for task in opened)
    assert git(repo, "worktree", "list").count("\n") == 1 + len(items)

    async with asyncio.TaskGroup() as group:
        for item in items:
            group.create_task(workspace.close(item))
    assert git(repo, "worktree", "list").count("\n") == 1
    assert git(repo, "fsck", "--no-dangling") == ""


async def test_nothing_is_kept_of_worktrees_that_are_gone(
    repo: Path, workspace: GitWorkspace
) -> None:
    for number in range(3):
        await workspace.open(item_of(f"T{number}"))
        await workspace.close(item_of(f"T{number}"))
        async with workspace.checkout(head_of(repo)):
            pass

    assert dict(workspace._places) == {}
    assert set(workspace._filters._known) <= {None}
