from __future__ import annotations

from pathlib import Path

import pytest

from engine.workspace import folders


def test_the_state_folder_hides_itself_from_git_and_others(tmp_path: Path) -> None:
    folders.prepare_state(tmp_path / ".aibrain" / "state")
    folders.prepare_state(tmp_path / ".aibrain" / "state")

    assert (tmp_path / ".aibrain/state/.gitignore").read_text() == "*\n"
    assert (tmp_path / ".aibrain/state").stat().st_mode & 0o777 == 0o700


def test_a_state_folder_that_a_killed_process_left_half_hidden_is_hidden(tmp_path: Path) -> None:
    folders.prepare_state(tmp_path / "state")
    (tmp_path / "state/.gitignore").write_text("")

    folders.prepare_state(tmp_path / "state")

    assert (tmp_path / "state/.gitignore").read_text() == "*\n"


def test_a_worktree_is_found_by_its_path_whatever_git_called_it(tmp_path: Path) -> None:
    for name, place in {"T1": "/elsewhere/T1", "T11": str(tmp_path / "T1")}.items():
        (tmp_path / "common/worktrees" / name).mkdir(parents=True)
        (tmp_path / "common/worktrees" / name / "gitdir").write_text(f"{place}/.git\n")

    admin = folders.find_admin(tmp_path / "common", tmp_path / "T1")

    assert admin == tmp_path / "common/worktrees/T11"
    assert folders.find_admin(tmp_path / "common", tmp_path / "T2") is None
    assert folders.find_admin(tmp_path / "none", tmp_path / "T1") is None


def test_removing_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "kept")

    for name in ("link", "folder", "missing"):
        folders.remove_folder(tmp_path / name)

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "file").exists()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_nested_repositories_are_found_and_the_own_is_not(tmp_path: Path, kind: str) -> None:
    (tmp_path / ".git" / "modules" / "x" / ".git").mkdir(parents=True)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    if kind == "folder":
        (inner / ".git").mkdir()
    else:
        (inner / ".git").touch()
    (inner / "deeper" / ".git").mkdir(parents=True)

    assert folders.find_nested_repositories(tmp_path) == ["a/b"]
