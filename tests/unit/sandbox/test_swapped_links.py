"""A symlink swapped in between the check of a path and its use leads nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.errors import InputError
from engine.sandbox import editor, paths
from engine.sandbox.requests import Create, Insert, Replace, View

SECRET = "the operator's own\n"  # noqa: S105 - text of a file, no password


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the worktree with a file that nobody may touch."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "a.txt").write_text(SECRET)
    return folder


@pytest.fixture
def worktree(tmp_path: Path) -> Path:
    """A worktree with one file in a folder."""
    root = tmp_path / "worktree"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.txt").write_text("inside\n")
    return root


def swap_file(worktree: Path, outside: Path) -> None:
    """The file becomes a link to the one outside."""
    (worktree / "src" / "a.txt").unlink()
    (worktree / "src" / "a.txt").symlink_to(outside / "a.txt")


def swap_folder(worktree: Path, outside: Path) -> None:
    """The folder becomes a link to the one outside."""
    shutil.rmtree(worktree / "src")
    (worktree / "src").symlink_to(outside)


USES: dict[str, Callable[[paths.Place], str]] = {
    "view": lambda place: editor.view(place, View(path="src/a.txt")),
    "create": lambda place: editor.create(place, Create(path="src/a.txt", text="mine")),
    "replace": lambda place: editor.replace(
        place, Replace(path="src/a.txt", old="operator", new="mine")
    ),
    "insert": lambda place: editor.insert(
        place, Insert(path="src/a.txt", after_line=0, text="mine")
    ),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("swap", [swap_file, swap_folder])
def test_a_link_swapped_in_after_the_check_is_refused(
    use: str, swap: Callable[[Path, Path], None], worktree: Path, outside: Path
) -> None:
    place = paths.locate(worktree, "src/a.txt")
    swap(worktree, outside)

    with pytest.raises(InputError, match=r"src/a\.txt"):
        USES[use](place)

    assert [path.name for path in outside.iterdir()] == ["a.txt"]
    assert (outside / "a.txt").read_text() == SECRET


def test_a_folder_swapped_after_the_check_is_not_listed(worktree: Path, outside: Path) -> None:
    place = paths.locate(worktree, "src")
    swap_folder(worktree, outside)

    with pytest.raises(InputError, match="cannot be listed"):
        editor.view(place, View(path="src"))


def test_links_inside_the_worktree_still_work(worktree: Path) -> None:
    (worktree / "alias").symlink_to("src")

    editor.create(paths.locate(worktree, "alias/new/b.txt"), Create(path="alias", text="x\n"))

    assert (worktree / "src" / "new" / "b.txt").read_text() == "x\n"
