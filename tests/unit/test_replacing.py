"""A file is whole at every moment."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from engine.files.replacing import mode_of, replace_file


def test_the_new_content_comes_with_its_rights_and_nothing_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    replace_file(path, b"new", mode=mode_of(path))

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_yet_is_its_owners_alone(tmp_path: Path) -> None:
    replace_file(tmp_path / "kept.json", b"new")

    assert stat.S_IMODE((tmp_path / "kept.json").stat().st_mode) == 0o600


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.mkdir()
    (path / "inside").write_bytes(b"old")

    with pytest.raises(OSError, match=r"kept\.json"):
        replace_file(path, b"new")
    assert (path / "inside").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
