"""A change as somebody reads it: the files, and the diff of each, also of hostile ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.domain.change import FileFate
from engine.domain.errors import WorkspaceError
from engine.workspace.patches import PATCH_CAP_BYTES
from tests.support.repos import commit_files, git, make_repo
from tests.support.workspaces import head_of, make_workspace

HOSTILE_NAMES = (
    "a b.py", "-rf", ":(glob)*", "quote\"d", "tab\there", "line\nbreak", "esc\x1b[2J",
    "diff --git a", "café", "name -> other",
)  # fmt: skip


def _write_hostile(repo: Path) -> None:
    for number, name in enumerate(HOSTILE_NAMES):
        (repo / name).write_text(f"text {number}\n")
    (repo / os.fsdecode(b"bad\xff")).write_text("bytes\n")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repo", {"keep.py": "one\ntwo\n", "gone.py": "x\n", "t": "text\n"})


async def test_files_have_their_fate_and_their_lines(repo: Path) -> None:
    base = head_of(repo)
    (repo / "gone.py").unlink()
    (repo / "t").unlink()
    (repo / "t").symlink_to("keep.py")
    (repo / "blob").write_bytes(b"\0\1\2" * 100)
    head = commit_files(repo, {"keep.py": "one\n2\nthree\n", "new.py": "a\n"})
    listed = await make_workspace(repo).listed(base, head)
    assert [(file.path, file.fate, file.added, file.removed) for file in listed.files] == [
        ("blob", FileFate.ADDED, None, None),
        ("gone.py", FileFate.DELETED, 0, 1),
        ("keep.py", FileFate.CHANGED, 2, 1),
        ("new.py", FileFate.ADDED, 1, 0),
        ("t", FileFate.RETYPED, 1, 1),
    ]
    assert listed.left_out == 0


async def test_each_name_gets_its_own_diff_whatever_it_is(repo: Path) -> None:
    base = head_of(repo)
    _write_hostile(repo)
    head = commit_files(repo, {})
    workspace = make_workspace(repo)
    listed = await workspace.listed(base, head)
    found = {file.raw_path: await workspace.patch(base, head, file) for file in listed.files}
    for number, name in enumerate(HOSTILE_NAMES):
        assert found[name].text.endswith(f"@@ -0,0 +1 @@\n+text {number}\n")
        assert found[name].text.count("\n@@ ") == 1
    bad = next(file for file in listed.files if "bad" in file.path)
    assert bad.path == "bad\\xff"
    assert "+bytes" in found[bad.raw_path].text


async def test_a_long_diff_is_cut_after_a_whole_line_and_says_so(repo: Path) -> None:
    base = head_of(repo)
    head = commit_files(repo, {"long.txt": "x" * 70 + "\n", "lines.txt": "y" * 99 + "\n"})
    head = commit_files(repo, {"lines.txt": ("y" * 99 + "\n") * 10_000})
    workspace = make_workspace(repo)
    files = {file.path: file for file in (await workspace.listed(base, head)).files}
    patch = await workspace.patch(base, head, files["lines.txt"])
    assert patch.is_cut
    assert len(patch.text) <= PATCH_CAP_BYTES
    assert patch.text.endswith("+" + "y" * 99 + "\n")
    assert not (await workspace.patch(base, head, files["long.txt"])).is_cut


async def test_what_the_repository_configures_has_no_say(repo: Path) -> None:
    base = head_of(repo)
    git(repo, "config", "diff.external", "false")
    git(repo, "config", "diff.noprefix", "true")
    git(repo, "config", "core.quotePath", "false")
    head = commit_files(repo, {".gitattributes": "*.py diff=mine\n", "keep.py": "other\n"})
    git(repo, "config", "diff.mine.textconv", "echo owned")
    workspace = make_workspace(repo)
    files = {file.path: file for file in (await workspace.listed(base, head)).files}
    text = (await workspace.patch(base, head, files["keep.py"])).text
    assert "owned" not in text
    assert "--- a/keep.py\n+++ b/keep.py\n" in text


async def test_a_commit_that_is_gone_is_one_clear_error(repo: Path) -> None:
    head = head_of(repo)
    with pytest.raises(WorkspaceError, match="list the changed files"):
        await make_workspace(repo).listed("1" * 40, head)
