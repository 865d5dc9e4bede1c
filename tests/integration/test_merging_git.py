"""Putting work on another commit, with git's objects alone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import WorkspaceError
from engine.domain.ids import TaskId
from engine.domain.settings import MergeMethod, MergeSettings, Settings
from engine.domain.work import WorkItem
from engine.ports.merging import BaseTip, Conflict, Grafted
from engine.ports.process import ProcessResult
from engine.sandbox.runner import SubprocessRunner
from engine.workspace.merging import GitMerging
from tests.support.clock import FakeClock
from tests.support.repos import commit_files, git, make_repo, write_files
from tests.support.workspaces import head_of, item_of

FILES = {"a.txt": "1\n2\n3\n", "b.txt": "b\n" * 20, "run.sh": "echo\n"}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repo", FILES)


@pytest.fixture
async def merging(repo: Path, tmp_path: Path) -> AsyncIterator[GitMerging]:
    runner = SubprocessRunner(tmp_path / "home", tmp_path / "tmp")
    yield GitMerging(Settings(repo=repo, project="p"), runner, os.environ, FakeClock())
    runner.close()


def on_branch(repo: Path, *steps: dict[str, str]) -> WorkItem:
    """A task whose branch has one commit for each step."""
    base = head_of(repo)
    git(repo, "checkout", "-q", "-b", "fix/T1")
    for number, files in enumerate(steps, start=1):
        commit_files(repo, files, f"step {number}")
    return recorded(repo, base)


def recorded(repo: Path, base: str) -> WorkItem:
    item = replace(item_of("T1"), base_commit=base, head_commit=head_of(repo))
    git(repo, "checkout", "-q", "main")
    return item


async def grafted(merging: GitMerging, item: WorkItem, onto: str) -> Grafted:
    [found] = await merging.graft([item], onto)
    assert isinstance(found, Grafted), found
    return found


async def test_each_commit_is_put_on_top_in_order(repo: Path, merging: GitMerging) -> None:
    item = on_branch(repo, {"new.txt": "1\n"}, {"new.txt": "2\n"})
    onto = commit_files(repo, {"b.txt": "by the operator\n"}, "theirs")

    found = await grafted(merging, item, onto)

    listed = git(repo, "log", "--reverse", "--format=%s", f"{onto}..{found.result}")
    assert listed.splitlines() == ["step 1", "step 2"]
    assert git(repo, "show", f"{found.result}:b.txt") == "by the operator\n"
    assert git(repo, "show", f"{found.result}:new.txt") == "2\n"


async def test_no_ref_no_index_and_no_file_is_touched(repo: Path, merging: GitMerging) -> None:
    item = on_branch(repo, {"new.txt": "1\n"})
    onto = commit_files(repo, {"b.txt": "by the operator\n"}, "theirs")
    write_files(repo, {"a.txt": "mine, uncommitted\n"})
    before = (git(repo, "for-each-ref"), git(repo, "status", "--porcelain"))

    await grafted(merging, item, onto)

    assert (git(repo, "for-each-ref"), git(repo, "status", "--porcelain")) == before
    assert (repo / "a.txt").read_text() == "mine, uncommitted\n"


async def test_renames_modes_and_bytes_come_along(repo: Path, merging: GitMerging) -> None:
    base = head_of(repo)
    git(repo, "checkout", "-q", "-b", "fix/T1")
    git(repo, "mv", "b.txt", "moved.txt")
    (repo / "run.sh").chmod(0o755)
    (repo / "image.bin").write_bytes(bytes(range(256)))
    (repo / "link").symlink_to("a.txt")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "all kinds")
    item = recorded(repo, base)
    onto = commit_files(repo, {"b.txt": "b\n" * 20 + "theirs\n"}, "theirs")

    found = await grafted(merging, item, onto)

    modes = {
        line.split("\t")[1]: line.split()[0]
        for line in git(repo, "ls-tree", "-r", found.result).splitlines()
    }
    assert (modes["run.sh"], modes["link"]) == ("100755", "120000")
    assert "b.txt" not in modes
    assert git(repo, "show", f"{found.result}:moved.txt").endswith("theirs\n")
    assert head_of(repo, f"{found.result}:image.bin") == head_of(repo, "fix/T1:image.bin")


async def test_a_conflict_names_files_and_shows_both_sides(repo: Path, merging: GitMerging) -> None:
    item = on_branch(repo, {"a.txt": "1\nours\n3\n"})
    onto = commit_files(repo, {"a.txt": "1\ntheirs\n3\n"}, "theirs")

    [found] = await merging.graft([item], onto)

    assert isinstance(found, Conflict)
    assert found.paths == ("a.txt",)
    assert "ours" in found.hunks
    assert "theirs" in found.hunks


async def test_steps_that_fit_only_together_land_as_one(repo: Path, merging: GitMerging) -> None:
    item = on_branch(repo, {"a.txt": "1\nwrong\n3\n"}, {"a.txt": "1\n2\n3\n", "new.txt": "n\n"})
    onto = commit_files(repo, {"a.txt": "1\ntheirs\n3\n"}, "theirs")

    found = await grafted(merging, item, onto)

    assert head_of(repo, f"{found.result}^") == onto
    assert git(repo, "show", f"{found.result}:a.txt") == "1\ntheirs\n3\n"


async def test_a_branch_that_joined_the_base_lands_as_one(repo: Path, merging: GitMerging) -> None:
    item = on_branch(repo, {"a.txt": "1\nours\n3\n"})
    theirs = commit_files(repo, {"a.txt": "1\ntheirs\n3\n"}, "theirs")
    joined = await merging.follow(item, theirs)
    git(repo, "checkout", "-q", "fix/T1")
    solved = commit_files(repo, {"a.txt": "1\nboth\n3\n"}, "solved")
    git(repo, "checkout", "-q", "main")
    item = replace(item, base_commit=theirs, head_commit=solved)

    found = await grafted(merging, item, theirs)

    assert head_of(repo, f"{joined}^1") != theirs, "the task's branch only moves forward"
    assert head_of(repo, f"{found.result}^") == theirs
    assert git(repo, "show", f"{found.result}:a.txt") == "1\nboth\n3\n"


async def test_a_merge_commit_joins_both_lines(repo: Path, tmp_path: Path) -> None:
    item = on_branch(repo, {"new.txt": "1\n"})
    onto = commit_files(repo, {"b.txt": "theirs\n"}, "theirs")
    runner = SubprocessRunner(tmp_path / "home", tmp_path / "tmp")
    settings = Settings(repo=repo, project="p", merge=MergeSettings(method=MergeMethod.MERGE))

    found = await grafted(GitMerging(settings, runner, {}, FakeClock()), item, onto)
    runner.close()

    assert head_of(repo, f"{found.result}^1") == onto
    assert head_of(repo, f"{found.result}^2^") == onto


async def test_no_program_of_the_configuration_runs(
    repo: Path, merging: GitMerging, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    git(repo, "config", "merge.evil.driver", f"touch {mark}; true")
    hook = repo / ".git" / "hooks" / "post-merge"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    commit_files(repo, {".gitattributes": "a.txt merge=evil\n"}, "attributes")
    item = on_branch(repo, {"a.txt": "1\n2\nours\n"})
    onto = commit_files(repo, {"a.txt": "theirs\n2\n3\n"}, "theirs")

    assert isinstance((await merging.graft([item], onto))[0], Conflict)
    landing = await merging.undo(
        BaseTip(branch="main", commit=onto), before=f"{onto}^", after=onto, message="back\n"
    )
    assert isinstance(landing, str)
    assert await merging.land(BaseTip(branch="main", commit=onto), landing) is None
    assert head_of(repo) == landing
    assert not mark.exists()


async def test_a_file_of_a_content_filter_is_left_to_the_operator(
    repo: Path, merging: GitMerging
) -> None:
    git(repo, "config", "filter.big.smudge", "cat")
    git(repo, "config", "filter.big.clean", "cat")
    commit_files(repo, {".gitattributes": "*.bin filter=big\n"}, "attributes")
    item = on_branch(repo, {"x.bin": "pointer\n"})
    base = await merging.base()
    found = await grafted(merging, item, base.commit)

    refusal = await merging.land(base, found.result)

    assert refusal is not None
    assert "git merge --ff-only" in refusal.why
    assert head_of(repo) == base.commit


async def test_a_branch_that_is_checked_out_elsewhere_is_not_moved(
    repo: Path, merging: GitMerging, tmp_path: Path
) -> None:
    item = on_branch(repo, {"a.txt": "1\nours\n3\n"})
    theirs = commit_files(repo, {"a.txt": "1\ntheirs\n3\n"}, "theirs")
    git(repo, "worktree", "add", "-q", str(tmp_path / "other"), "fix/T1")

    with pytest.raises(WorkspaceError, match="checked out"):
        await merging.follow(item, theirs)

    assert head_of(repo, "fix/T1") == item.head_commit


async def test_a_tag_is_never_moved(repo: Path, merging: GitMerging) -> None:
    first = head_of(repo)
    await merging.tag(["aio/before-merge/T1/1"], first)
    await merging.tag(["aio/before-merge/T1/1"], first)
    second = commit_files(repo, {"a.txt": "x\n"}, "later")

    with pytest.raises(WorkspaceError, match="tag"):
        await merging.tag(["aio/before-merge/T1/1"], second)

    assert head_of(repo, "aio/before-merge/T1/1") == first


def branches(repo: Path, *works: dict[str, str]) -> list[WorkItem]:
    """Tasks with a branch each, all begun at the same commit."""
    items = []
    for number, files in enumerate(works):
        item = on_branch(repo, files)
        git(repo, "branch", "-m", "fix/T1", f"fix/T{number + 10}")
        items.append(replace(item, task_id=TaskId(f"T{number + 10}")))
    return items


async def test_one_more_branch_of_a_batch_costs_two_calls_of_git(
    repo: Path, tmp_path: Path
) -> None:
    """Beside ten agents each call waits for its turn, and a batch has dozens of branches."""

    class Counting(SubprocessRunner):
        calls = 0

        async def run(self, *args: Any, **options: Any) -> ProcessResult:
            self.calls += 1
            return await super().run(*args, **options)

    runner = Counting(tmp_path / "home", tmp_path / "tmp")
    merging = GitMerging(Settings(repo=repo, project="p"), runner, os.environ, FakeClock())
    items = branches(repo, *({f"new{number}.txt": f"{number}\n"} for number in range(4)))

    calls = {}
    for count in (2, 4):
        runner.calls = 0
        found = await merging.graft(items[:count], head_of(repo))
        calls[count] = runner.calls
    runner.close()

    assert calls[4] - calls[2] <= 2 * 2
    for number, layer in enumerate(found):
        assert isinstance(layer, Grafted)
        assert git(repo, "show", f"{layer.result}:new{number}.txt") == f"{number}\n"
        assert layer.tree == head_of(repo, f"{layer.result}^{{tree}}")
    git(repo, "fsck", "--strict")


async def test_one_that_does_not_fit_is_left_out_of_the_row(
    repo: Path, merging: GitMerging
) -> None:
    works = ({"a.txt": "1\nx\n3\n"}, {"a.txt": "1\ny\n3\n"}, {"new.txt": "n\n"})
    items = branches(repo, *works)

    first, second, third = await merging.graft(items, head_of(repo))

    assert isinstance(first, Grafted)
    assert isinstance(second, Conflict)
    assert isinstance(third, Grafted)
    assert head_of(repo, f"{third.result}^") == first.result
    assert git(repo, "show", f"{third.result}:a.txt") == "1\nx\n3\n"


async def test_marks_that_an_agent_left_in_the_middle_of_a_row_stay_out(
    repo: Path, merging: GitMerging
) -> None:
    first, last = branches(repo, {"one.txt": "1\n"}, {"two.txt": "2\n"})
    item = on_branch(repo, {"a.txt": "1\nours\n3\n"})
    theirs = commit_files(repo, {"a.txt": "1\ntheirs\n3\n"}, "theirs")
    await merging.follow(item, theirs)
    git(repo, "checkout", "-q", "fix/T1")
    left = commit_files(repo, {"other.txt": "forgot the conflict\n"}, "left")
    git(repo, "checkout", "-q", "main")
    item = replace(item, base_commit=theirs, head_commit=left)

    below, marked, above = await merging.graft([first, item, last], theirs)

    assert isinstance(below, Grafted)
    assert isinstance(above, Grafted)
    assert isinstance(marked, Conflict)
    assert marked.paths == ("a.txt",)
    assert head_of(repo, f"{above.result}^") == below.result
    assert git(repo, "show", f"{above.result}:a.txt") == "1\ntheirs\n3\n"


@pytest.mark.parametrize("kind", ["sha256", "shared"])
async def test_commits_are_whole_in_every_kind_of_repository(tmp_path: Path, kind: str) -> None:
    options = ("--object-format=sha256",) if kind == "sha256" else ("--shared=group",)
    repo = tmp_path / kind
    repo.mkdir()
    git(repo, "init", "-q", "-b", "main", *options)
    commit_files(repo, FILES, "first")
    runner = SubprocessRunner(tmp_path / "home", tmp_path / "tmp")
    merging = GitMerging(Settings(repo=repo, project="p"), runner, os.environ, FakeClock())
    items = branches(repo, {"new.txt": "1\n"}, {"other.txt": "2\n"})

    *_, last = await merging.graft(items, head_of(repo))
    runner.close()

    assert isinstance(last, Grafted)
    git(repo, "fsck", "--strict")
    assert git(repo, "log", "-1", "--format=%cn <%ce>", last.result).strip() == (
        "aio-tui <aio-tui@localhost>"
    )
    assert git(repo, "ls-tree", "--name-only", last.result).split() == [
        *("a.txt", "b.txt", "new.txt", "other.txt", "run.sh")
    ]
    if kind == "shared":
        folders = [path for path in (repo / ".git" / "objects").iterdir() if path.is_dir()]
        assert all(path.stat().st_mode & 0o2020 == 0o2020 for path in folders)


async def test_all_tags_are_made_or_none(repo: Path, merging: GitMerging) -> None:
    first = head_of(repo)
    await merging.tag(["aio/before-merge/T2/1"], first)
    second = commit_files(repo, {"a.txt": "x\n"}, "later")

    with pytest.raises(WorkspaceError, match="tag"):
        await merging.tag(["aio/before-merge/T1/1", "aio/before-merge/T2/1"], second)

    assert git(repo, "tag", "--list").split() == ["aio/before-merge/T2/1"]
