from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.errors import WorkspaceError
from engine.domain.ids import TaskId
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.work import AgentRole, TaskType, Team, WorkItem
from engine.sandbox.runner import SubprocessRunner
from engine.workspace.git import GitWorkspace
from tests.support.repos import commit_files, git, make_repo, write_files

FILES = {"app.py": "x = 1\n", "pkg/mod.py": "y = 2\n", ".gitignore": "*.cache\n"}
AT = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "target", FILES)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[SubprocessRunner]:
    runner = SubprocessRunner(tmp_path / "run" / "home", tmp_path / "run" / "tmp")
    yield runner
    runner.close()


@pytest.fixture
def workspace(repo: Path, runner: SubprocessRunner) -> GitWorkspace:
    return workspace_for(repo, runner)


def workspace_for(
    repo: Path, runner: SubprocessRunner, base_branch: str | None = None
) -> GitWorkspace:
    return GitWorkspace(Settings(repo=repo, project="p", base_branch=base_branch), runner)


def item_of(task_id: str = "T1", **changes: str | None) -> WorkItem:
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
        created_at=AT,
        updated_at=AT,
    )
    return replace(item, **changes)  # type: ignore[arg-type]


def head_of(repo: Path, ref: str = "HEAD") -> str:
    return git(repo, "rev-parse", ref).strip()


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


# Looking


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


async def test_a_folder_without_git_is_refused(tmp_path: Path, runner: SubprocessRunner) -> None:
    with pytest.raises(WorkspaceError, match=r"not a git repository.*git init"):
        await workspace_for(tmp_path, runner).inspect()


async def test_a_missing_folder_is_refused(tmp_path: Path, runner: SubprocessRunner) -> None:
    with pytest.raises(WorkspaceError, match="is no folder"):
        await workspace_for(tmp_path / "nowhere", runner).inspect()


async def test_a_bare_repository_is_refused(tmp_path: Path, runner: SubprocessRunner) -> None:
    git(tmp_path, "init", "-q", "--bare", "store.git")

    with pytest.raises(WorkspaceError, match="bare repository"):
        await workspace_for(tmp_path / "store.git", runner).inspect()


async def test_a_folder_inside_a_repository_is_refused_with_its_root(
    repo: Path, runner: SubprocessRunner
) -> None:
    with pytest.raises(WorkspaceError, match=f"use --repo {repo}"):
        await workspace_for(repo / "pkg", runner).inspect()


async def test_a_repository_without_commits_is_refused(
    tmp_path: Path, runner: SubprocessRunner
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")

    with pytest.raises(WorkspaceError, match="no commit yet"):
        await workspace_for(tmp_path, runner).inspect()


async def test_a_detached_head_needs_a_configured_base(
    repo: Path, runner: SubprocessRunner
) -> None:
    git(repo, "checkout", "-q", "--detach")

    with pytest.raises(WorkspaceError, match=r"detached HEAD.*base_branch"):
        await workspace_for(repo, runner).inspect()
    facts = await workspace_for(repo, runner, base_branch="main").inspect()
    assert facts.base_commit == head_of(repo, "main")


@pytest.mark.parametrize("name", ["nowhere", "--help", "HEAD"])
async def test_an_unknown_base_branch_is_refused(
    repo: Path, runner: SubprocessRunner, name: str
) -> None:
    with pytest.raises(WorkspaceError, match=f"base branch '{name}' is unknown"):
        await workspace_for(repo, runner, base_branch=name).inspect()


async def test_missing_git_is_one_clear_error(
    workspace: GitWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(WorkspaceError, match="'git' was not found; install it"):
        await workspace.inspect()


# Opening


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
    (_admin(path) / "index").write_bytes(b"DIRC broken")


def _lose_admin(path: Path) -> None:
    for name in sorted(_admin(path).rglob("*"), reverse=True):
        name.rmdir() if name.is_dir() else name.unlink()
    _admin(path).rmdir()


def _detach(path: Path) -> None:
    git(path, "checkout", "-q", "--detach")


def _leave_rebase(path: Path) -> None:
    (_admin(path) / "rebase-merge").mkdir()


def _leave_locks(path: Path) -> None:
    (_admin(path) / "index.lock").touch()
    (_admin(path) / "HEAD.lock").touch()


def _admin(path: Path) -> Path:
    return path.parents[3] / ".git" / "worktrees" / path.name


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
    repo: Path, workspace: GitWorkspace, runner: SubprocessRunner
) -> None:
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    await workspace.commit(tree, "lost with its process")
    git(repo, "pack-refs", "--all")

    again = await workspace_for(repo, runner).open(item_of())

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


@pytest.mark.parametrize("branch", ["main", "fix", "fix/", "fix/-x y", "--force", "bugfix/a"])
async def test_only_fix_and_feature_branches_are_made(workspace: GitWorkspace, branch: str) -> None:
    with pytest.raises(WorkspaceError, match="below fix/ or feature/"):
        await workspace.open(item_of(branch=branch))


async def test_a_branch_name_that_git_refuses_is_one_clear_error(workspace: GitWorkspace) -> None:
    with pytest.raises(WorkspaceError, match="git could not"):
        await workspace.open(item_of(branch="fix/a..b"))


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


# Committing


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
    assert await workspace.changed_files(tree) == ("app.py", "new dir/ü.py", "pkg/mod.py")
    assert await workspace.tree_hash(tree) == head_of(repo, f"{head}^{{tree}}")
    diff = await workspace.diff(tree)
    assert "-x = 1\n+x = 2\n" in diff
    assert "deleted file" in diff


async def test_nothing_to_commit_gives_the_old_head(workspace: GitWorkspace) -> None:
    tree = await workspace.open(item_of())

    assert await workspace.commit(tree, "nothing") == tree.head_commit
    assert await workspace.diff(tree) == ""
    assert await workspace.changed_files(tree) == ()


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

    await workspace.commit(tree, "one")

    assert await workspace.changed_files(tree) == ("app.py",)


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
    (_admin(tree.path) / "index.lock").touch()
    write_files(tree.path, {"app.py": "x = 2\n"})

    assert await workspace.commit(tree, "one") != tree.head_commit


async def test_a_worktree_that_is_gone_is_told(workspace: GitWorkspace) -> None:
    tree = await workspace.open(item_of())
    await workspace.close(item_of())

    with pytest.raises(WorkspaceError, match="not there any more"):
        await workspace.commit(tree, "late")


# Baselines and the end


async def test_a_checkout_is_detached_and_gone_after_its_block(
    repo: Path, workspace: GitWorkspace
) -> None:
    async with workspace.checkout(head_of(repo)) as tree:
        assert files_of(tree) == {name: text.encode() for name, text in FILES.items()}
        assert git(tree, "rev-parse", "--abbrev-ref", "HEAD").strip() == "HEAD"

    assert not tree.exists()
    assert git(repo, "worktree", "list").count("\n") == 1


async def test_what_a_killed_process_left_of_a_checkout_is_replaced(
    repo: Path, workspace: GitWorkspace, runner: SubprocessRunner
) -> None:
    base = head_of(repo)
    async with workspace.checkout(base) as left:
        write_files(left, {"left.py": "", "app.py": "spoilt"})
        async with workspace_for(repo, runner).checkout(base) as tree:
            assert files_of(tree) == {name: text.encode() for name, text in FILES.items()}


async def test_a_sweep_removes_left_checkouts_and_keeps_worktrees_of_tasks(
    repo: Path, workspace: GitWorkspace, runner: SubprocessRunner
) -> None:
    base = head_of(repo)
    tree = await workspace.open(item_of())
    async with workspace.checkout(base) as left:
        swept = await workspace_for(repo, runner).sweep()

        assert swept == (f".base-{base[:12]}",)
        assert not left.exists()
    assert tree.path.is_dir()


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


# The operator's side


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


async def test_nothing_of_the_targets_configuration_is_run(
    repo: Path, runner: SubprocessRunner, tmp_path: Path
) -> None:
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

    workspace = workspace_for(repo, runner)
    await workspace.inspect()
    tree = await workspace.open(item_of())
    write_files(tree.path, {"app.py": "x = 2\n"})
    head = await workspace.commit(tree, "one")
    await workspace.diff(tree)
    write_files(tree.path, {"app.py": "x = 3\n"})
    await workspace.open(item_of(base_commit=tree.base_commit, head_commit=head))

    assert not trap.exists()
    assert (tree.path / "app.py").read_text() == "x = 2\n"
