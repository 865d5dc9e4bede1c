from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.domain.errors import WorkspaceError
from engine.workspace.git import GitWorkspace
from tests.support.repos import commit_files, git, make_repo, write_files
from tests.support.workspaces import (
    FILES,
    files_of,
    head_of,
    item_of,
    make_workspace,
)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "target", FILES)


@pytest.fixture
def workspace(repo: Path) -> GitWorkspace:
    return make_workspace(repo)


async def test_a_checkout_is_detached_and_gone_after_its_block(
    repo: Path, workspace: GitWorkspace
) -> None:
    async with workspace.checkout(head_of(repo)) as tree:
        assert files_of(tree) == {name: text.encode() for name, text in FILES.items()}
        assert git(tree, "rev-parse", "--abbrev-ref", "HEAD").strip() == "HEAD"

    assert not tree.exists()
    assert git(repo, "worktree", "list").count("\n") == 1


async def test_what_a_killed_process_left_of_a_checkout_is_replaced(
    repo: Path, workspace: GitWorkspace
) -> None:
    base = head_of(repo)
    async with workspace.checkout(base) as left:
        write_files(left, {"left.py": "", "app.py": "spoilt"})
        async with make_workspace(repo).checkout(base) as tree:
            assert files_of(tree) == {name: text.encode() for name, text in FILES.items()}


async def test_a_sweep_removes_left_checkouts_and_keeps_worktrees_of_tasks(
    repo: Path, workspace: GitWorkspace
) -> None:
    base = head_of(repo)
    tree = await workspace.open(item_of())
    async with workspace.checkout(base) as left:
        swept = await make_workspace(repo).sweep()

        assert swept == (left.name,)
        assert not left.exists()
    assert tree.path.is_dir()


@pytest.mark.parametrize("is_locked", [True, False])
async def test_a_sweep_makes_git_forget_checkouts_whose_folder_is_gone(
    repo: Path, workspace: GitWorkspace, is_locked: bool
) -> None:
    """An engine can be killed before git made the folder, and after it was removed."""
    async with workspace.checkout(head_of(repo)) as left:
        admin = Path(git(left, "rev-parse", "--absolute-git-dir").strip())
        shutil.rmtree(left)
        if is_locked:
            (admin / "locked").write_text("initializing")
            (admin / "HEAD").write_text("0" * 40)

        assert await make_workspace(repo).sweep() == (left.name,)
        assert git(repo, "worktree", "list").count("\n") == 1


async def test_a_sweep_leaves_the_checkout_of_another_living_process(
    repo: Path, workspace: GitWorkspace
) -> None:
    folder = repo / ".aibrain/state/worktrees"
    living = folder / f".base-0123456789ab-{os.getppid()}"
    living.mkdir(parents=True)

    assert await workspace.sweep() == ()
    assert living.is_dir()


async def test_names_of_commits_are_resolved_or_refused(
    repo: Path, workspace: GitWorkspace
) -> None:
    base = head_of(repo)
    tip = commit_files(repo, {"app.py": "x = 2\n"})

    assert await workspace.resolve("HEAD") == tip
    assert await workspace.merge_base(base, tip) == base
    assert "app.py" in await workspace.files_at(base)
    with pytest.raises(WorkspaceError, match="names no commit"):
        await workspace.resolve("--help")


async def test_closing_keeps_the_branch_and_may_be_repeated(
    repo: Path, workspace: GitWorkspace
) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    head = await workspace.commit(tree, "one")

    await workspace.close(item_of())
    await workspace.close(item_of())

    assert not tree.path.exists()
    assert head_of(repo, "fix/T1") == head
    assert git(repo, "worktree", "list").count("\n") == 1


async def test_read_only_folders_do_not_stop_the_closing(workspace: GitWorkspace) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"locked/a.py": ""})
    (tree.path / "locked").chmod(0o500)

    await workspace.close(item_of())

    assert not tree.path.exists()


async def test_the_operators_checkout_is_byte_identical_after_a_whole_life(
    repo: Path, workspace: GitWorkspace
) -> None:
    write_files(repo, {"pkg/mod.py": "stashed\n"})
    git(repo, "stash", "-q")
    write_files(repo, {"app.py": "staged\n"})
    git(repo, "add", "app.py")
    write_files(repo, {"app.py": "staged and changed\n", "untracked.txt": "u\n"})
    before = _operators_side(repo)

    await workspace.inspect()
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    head = await workspace.commit(tree, "one")
    async with workspace.checkout(tree.base_commit):
        pass
    await workspace.open(item_of(base_commit=tree.base_commit, head_commit=head))
    during = _operators_side(repo)
    await workspace.close(item_of())
    await workspace.sweep()

    assert during == before
    assert _operators_side(repo) == before


def _operators_side(repo: Path) -> dict[str, bytes | str]:
    own = {name: text for name, text in files_of(repo).items() if not name.startswith(".aibrain")}
    private = {
        name: (repo / ".git" / name).read_bytes()
        for name in ("HEAD", "config", "index", "logs/HEAD", "refs/stash", "refs/heads/main")
    }
    asked = {
        name: git(repo, "--no-optional-locks", *name.split())
        for name in ("status --porcelain=v2 --branch", "stash list")
    }
    return {**own, **private, **asked}


async def test_nothing_of_the_targets_configuration_is_run(repo: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    snare = f"touch {trap}; cat"
    for name in (
        "post-checkout",
        "pre-commit",
        "commit-msg",
        "post-commit",
        "reference-transaction",
    ):
        hook = repo / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
        hook.chmod(0o755)
    commit_files(repo, {".gitattributes": "*.py filter=evil diff=evil\n"})
    trap.unlink(missing_ok=True)
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process"):
        git(repo, "config", key, snare)
    git(repo, "config", "filter.evil.required", "true")
    git(repo, "config", "diff.evil.textconv", snare)
    git(repo, "config", "diff.evil.command", snare)
    git(repo, "config", "diff.external", snare)
    git(repo, "config", "core.fsmonitor", snare)
    git(repo, "config", "commit.gpgSign", "true")
    git(repo, "config", "gpg.program", str(trap))

    workspace = make_workspace(repo)
    await workspace.inspect()
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    head = await workspace.commit(tree, "one")
    await workspace.diff(tree.base_commit, head)
    write_files(tree.path, {"app.py": "x = 3\n"})
    await workspace.open(item_of(base_commit=tree.base_commit, head_commit=head))

    assert not trap.exists()
    assert (tree.path / "app.py").read_text() == "x = 2\n"


async def test_filters_that_an_included_file_names_are_off_too(repo: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    (tmp_path / "more").write_text(f'[filter "evil"]\n\tsmudge = touch {trap}; cat\n')
    commit_files(repo, {".gitattributes": "*.py filter=evil\n"})
    git(repo, "config", "include.path", str(tmp_path / "more"))

    await make_workspace(repo).open(item_of())

    assert not trap.exists()


async def test_a_filter_that_comes_later_is_off_too(repo: Path, tmp_path: Path) -> None:
    """An agent can write to the configuration that its worktree shares."""
    trap = tmp_path / "sprung"
    workspace = make_workspace(repo)
    tree = await workspace.open(item_of())
    git(repo, "config", "filter.evil.clean", f"touch {trap}; cat")
    write_files(tree.path, {".gitattributes": "*.py filter=evil\n", "app.py": "x = 2\n"})

    await workspace.commit(tree, "one")

    assert not trap.exists()
