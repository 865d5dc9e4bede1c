"""Content before and after, as git has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.domain.change import FileChange
from engine.ports.workspace import Written
from engine.workspace.git import GitWorkspace
from engine.workspace.reading import FILE_CAP_BYTES
from tests.support.repos import commit_files, git, make_repo
from tests.support.workspaces import FILES, files_of, head_of, make_workspace


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "target", FILES)


@pytest.fixture
def workspace(repo: Path) -> GitWorkspace:
    return make_workspace(repo)


async def changes_of(repo: Path, workspace: GitWorkspace) -> dict[str, FileChange]:
    base = head_of(repo)
    head = commit_files(repo, {})
    changes = await workspace.changes(base, head)
    assert [change.path for change in changes] == list(await workspace.changed_files(base, head))
    return {change.path: change for change in changes}


async def test_edited_added_and_removed_files_come_with_both_contents(
    repo: Path, workspace: GitWorkspace
) -> None:
    (repo / "app.py").write_bytes(b"x = 2\r\n\n")
    (repo / "pkg/mod.py").unlink()
    (repo / "new dir").mkdir()
    (repo / "new dir/ü\n.bin").write_bytes(b"\0\xff\n")

    assert await changes_of(repo, workspace) == {
        "app.py": FileChange(path="app.py", before=b"x = 1\n", after=b"x = 2\r\n\n"),
        "new dir/ü\n.bin": FileChange(path="new dir/ü\n.bin", before=None, after=b"\0\xff\n"),
        "pkg/mod.py": FileChange(path="pkg/mod.py", before=b"y = 2\n", after=None),
    }


async def test_links_are_not_followed_and_modes_are_told(
    repo: Path, workspace: GitWorkspace
) -> None:
    (repo / "link").symlink_to("../../etc/hosts")
    (repo / "app.py").chmod(0o755)

    seen = await changes_of(repo, workspace)

    assert seen["link"] == FileChange(
        path="link", before=None, after=b"../../etc/hosts", is_link=True
    )
    assert seen["app.py"] == FileChange(
        path="app.py", before=b"x = 1\n", after=b"x = 1\n", is_executable=True
    )


async def test_a_submodule_is_told_though_the_change_wants_it_ignored(
    repo: Path, workspace: GitWorkspace
) -> None:
    modules = '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = all\n'
    (repo / ".gitmodules").write_text(modules)
    commit = head_of(repo)
    git(repo, "add", ".gitmodules")
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
    base = commit
    git(repo, "commit", "-q", "-m", "sub")

    seen = {change.path: change for change in await workspace.changes(base, head_of(repo))}

    assert seen["sub"].is_submodule
    assert (seen["sub"].before, seen["sub"].after) == (None, commit.encode())


async def test_a_file_that_is_too_long_is_cut_and_says_so(
    repo: Path, workspace: GitWorkspace
) -> None:
    (repo / "big.bin").write_bytes(os.urandom(FILE_CAP_BYTES + 1))
    (repo / "just.bin").write_bytes(b"x" * FILE_CAP_BYTES)

    seen = await changes_of(repo, workspace)

    assert seen["big.bin"] == FileChange(path="big.bin", before=None, after=b"", is_cut=True)
    assert not seen["just.bin"].is_cut
    assert len(seen["just.bin"].after or b"") == FILE_CAP_BYTES


async def test_equal_commits_have_no_changes(repo: Path, workspace: GitWorkspace) -> None:
    assert await workspace.changes(head_of(repo), head_of(repo)) == ()


async def test_paths_of_a_checkout_are_put_back_to_what_another_commit_has(
    repo: Path, workspace: GitWorkspace
) -> None:
    commit_files(repo, {"tests/a.py": "old\n", "tests/gone.py": "was here\n", "keep.py": "1\n"})
    base = head_of(repo)
    (repo / "tests/gone.py").unlink()
    head = commit_files(
        repo, {"tests/a.py": "new\n", "tests/sub/b.py": "added\n", "keep.py": "2\n"}
    )
    paths = ("tests/a.py", "tests/gone.py", "tests/sub/b.py")

    async with workspace.checkout(head) as tree:
        await workspace.restore(tree, base, paths)
        assert {name: text for name, text in files_of(tree).items() if name != ".gitignore"} == {
            "app.py": b"x = 1\n",
            "pkg/mod.py": b"y = 2\n",
            "keep.py": b"2\n",
            "tests/a.py": b"old\n",
            "tests/gone.py": b"was here\n",
        }
        assert not (tree / "tests/sub").exists()
        assert await workspace.written_in(tree) == Written(edited=(), added=())


async def test_a_folder_that_became_a_link_is_a_folder_again(
    repo: Path, workspace: GitWorkspace
) -> None:
    base = commit_files(repo, {"tests/a.py": "old\n"})
    git(repo, "rm", "-rq", "tests")
    (repo / "tests").symlink_to("pkg")
    head = commit_files(repo, {})

    async with workspace.checkout(head) as tree:
        await workspace.restore(tree, base, ("tests/a.py",))
        assert (tree / "tests/a.py").read_bytes() == b"old\n"
        assert not (tree / "tests").is_symlink()
        assert not (tree / "pkg/a.py").exists()


async def test_what_is_written_in_a_checkout_is_seen_though_it_is_ignored(
    repo: Path, workspace: GitWorkspace
) -> None:
    async with workspace.checkout(head_of(repo)) as tree:
        (tree / "app.py").write_text("x = 2\n")
        (tree / "pkg/mod.py").unlink()
        (tree / "x.cache").write_text("ignored")
        (tree / "é \n.txt").write_text("odd")

        assert await workspace.written_in(tree) == Written(
            edited=("app.py", "pkg/mod.py"), added=("x.cache", "é \n.txt")
        )
