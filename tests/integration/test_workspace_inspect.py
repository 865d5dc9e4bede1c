from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.errors import WorkspaceError
from engine.workspace.git import GitWorkspace
from tests.support.repos import commit_files, git, make_repo, write_files
from tests.support.workspaces import FILES, head_of, item_of, make_workspace


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "target", FILES)


@pytest.fixture
def workspace(repo: Path) -> GitWorkspace:
    return make_workspace(repo)


async def test_facts_name_the_checked_out_branch(repo: Path, workspace: GitWorkspace) -> None:
    facts = await workspace.inspect()

    assert facts.root == repo
    assert facts.base_branch == "main"
    assert facts.base_commit == head_of(repo)
    assert not facts.is_dirty
    assert not facts.has_submodules


@pytest.mark.parametrize("name", ["app.py", "new.py"])
async def test_a_changed_or_new_file_makes_the_checkout_dirty(
    repo: Path, workspace: GitWorkspace, name: str
) -> None:
    write_files(repo, {name: "changed\n"})

    assert (await workspace.inspect()).is_dirty


async def test_the_brain_folder_does_not_make_the_checkout_dirty(
    repo: Path, workspace: GitWorkspace
) -> None:
    write_files(repo, {".aibrain/aio.toml": "\n"})

    assert not (await workspace.inspect()).is_dirty


async def test_submodules_are_told_and_stay_empty(
    repo: Path, workspace: GitWorkspace, tmp_path: Path
) -> None:
    part = make_repo(tmp_path / "part", {"inner.py": "z = 3\n"})
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(part), "vendor")
    commit_files(repo, {})

    assert (await workspace.inspect()).has_submodules
    tree = await workspace.open(item_of())
    assert list((tree.path / "vendor").iterdir()) == []
    assert await workspace.commit(tree, "nothing") == tree.head_commit


async def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"not a git repository.*git init"):
        await make_workspace(tmp_path).inspect()


async def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is no folder"):
        await make_workspace(tmp_path / "nowhere").inspect()


async def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "store.git")

    with pytest.raises(WorkspaceError, match="bare repository"):
        await make_workspace(tmp_path / "store.git").inspect()


async def test_a_folder_inside_a_repository_is_refused_with_its_root(repo: Path) -> None:
    with pytest.raises(WorkspaceError, match=f"use --repo {repo}"):
        await make_workspace(repo / "pkg").inspect()


async def test_a_repository_without_commits_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")

    with pytest.raises(WorkspaceError, match="no commit yet"):
        await make_workspace(tmp_path).inspect()


async def test_a_detached_head_needs_a_configured_base(repo: Path) -> None:
    git(repo, "checkout", "-q", "--detach")

    with pytest.raises(WorkspaceError, match=r"detached HEAD.*base_branch"):
        await make_workspace(repo).inspect()
    facts = await make_workspace(repo, base_branch="main").inspect()
    assert facts.base_commit == head_of(repo, "main")


@pytest.mark.parametrize("name", ["nowhere", "--help", "HEAD"])
async def test_an_unknown_base_branch_is_refused(repo: Path, name: str) -> None:
    with pytest.raises(WorkspaceError, match=f"base branch '{name}' is unknown"):
        await make_workspace(repo, base_branch=name).inspect()


async def test_missing_git_is_one_clear_error(
    workspace: GitWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(WorkspaceError, match="'git' was not found; install it"):
        await workspace.inspect()


async def test_where_branches_start_is_known_without_a_look_at_the_checkout(
    repo: Path, workspace: GitWorkspace
) -> None:
    (repo / ".git" / "index").write_bytes(b"no index")

    assert await workspace.base_commit() == head_of(repo)
    with pytest.raises(WorkspaceError):
        await workspace.inspect()
