"""Folders in the temporary folder: the living keep theirs, the dead leave none for good."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.app.scratch import Scratch
from engine.files.temporary import hold, sweep, temporary_folder

_HOLDER = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from engine.files.temporary import hold
held = hold("mine")
(held.path / "deep").mkdir()
(held.path / "deep" / "file").write_text("x")
(held.path / "deep").chmod(0)
print(held.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def holder(temp: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that has a folder, in which there is one that nobody may enter."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(temp)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_what_a_killed_process_left_is_removed_and_what_lives_is_not(temp: Path) -> None:
    with temporary_folder("other") as mine, holder(temp) as (process, path):
        sweep()
        assert sorted(temp.iterdir()) == sorted([mine, path])
        process.kill()
        process.wait()
        sweep()
        assert list(temp.iterdir()) == [mine]
    assert list(temp.iterdir()) == []


def test_whoever_closes_his_own_sweeps_what_any_other_left(temp: Path) -> None:
    with holder(temp) as (process, path):
        process.kill()
        process.wait()
        scratch = Scratch(Path("/srv/another-repository"))
        assert path.exists()
        scratch.close()
        scratch.close()
    assert list(temp.iterdir()) == []


def test_nobody_sweeps_what_somebody_makes_at_that_moment(temp: Path) -> None:
    def work(_: int) -> bool:
        held = hold("mine")
        sweep()
        is_there = held.path.is_dir()
        held.remove()
        return is_there and not held.path.exists()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))
    assert list(temp.iterdir()) == []


def test_only_folders_of_that_name_are_removed_and_no_link_is_followed(temp: Path) -> None:
    user = os.getuid()
    kept = temp / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (temp / f"aio-tui-{user}-link-1-x").symlink_to(kept)
    (temp / f"aio-tui-{user}-file-1-x").touch()
    (temp / f"aio-tui-{user + 1}-mine-1-x").mkdir()
    before = sorted(temp.iterdir())
    sweep()
    assert sorted(temp.iterdir()) == before
    assert (kept / "file").exists()


def test_a_folder_of_before_there_were_locks_goes_with_its_process(temp: Path) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as old:
        path = temp / f"aio-tui-{os.getuid()}-0123abcd-{old.pid}-x_y-z"
        path.mkdir()
        sweep()
        assert path.exists()
        old.kill()
    sweep()
    assert not path.exists()
