"""What a task resumes from when its files were lost or changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import SessionError
from engine.session.state import SavedSession, SessionState


def _three(folder: Path) -> list[SavedSession]:
    state = SessionState("fix-1", "shop", folder=folder)
    saved = []
    for number in (1, 2, 3):
        state.update(progress=f"step {number}", next_steps=[f"step {number + 1}"])
        saved.append(state.save())
    return saved


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("three")
    _three(folder)
    return folder


def test_a_file_cut_at_any_byte_gives_the_checkpoint_before(tmp_path: Path) -> None:
    whole = _three(tmp_path)[2].text.encode()
    newest = tmp_path / "session-fix-1-3.md"

    for size in range(len(whole)):
        newest.write_bytes(whole[:size])
        loaded = SessionState.load("fix-1", folder=tmp_path)
        assert loaded.content.progress == "step 2"
        assert len(loaded.warnings) == 1
        assert "session-fix-1-3.md is not used" in loaded.warnings[0]


@given(place=st.integers(0, 10_000), mask=st.integers(1, 255))
def test_any_changed_byte_gives_the_checkpoint_before(three: Path, place: int, mask: int) -> None:
    newest = three / "session-fix-1-3.md"
    whole = newest.read_bytes()
    altered = bytearray(whole)
    altered[place % len(whole)] ^= mask
    newest.write_bytes(altered)
    try:
        loaded = SessionState.load("fix-1", folder=three)
    finally:
        newest.write_bytes(whole)

    assert loaded.content.progress == "step 2"
    assert "session-fix-1-3.md is not used" in loaded.warnings[0]


@given(junk=st.binary(max_size=300))
def test_junk_in_place_of_a_file_never_crashes(three: Path, junk: bytes) -> None:
    newest = three / "session-fix-1-3.md"
    whole = newest.read_bytes()
    newest.write_bytes(junk)
    try:
        assert SessionState.load("fix-1", folder=three).checkpoint == 2
    finally:
        newest.write_bytes(whole)


def test_the_copy_of_the_same_checkpoint_is_preferred_to_an_older_file(tmp_path: Path) -> None:
    saved = _three(tmp_path)
    (tmp_path / "session-fix-1-3.md").write_text(saved[2].text[:-10])

    loaded = SessionState.load(
        "fix-1", folder=tmp_path, fallbacks=[(1, saved[0].text), (3, saved[2].text)]
    )

    assert loaded.content.progress == "step 3"
    assert loaded.warnings[-1] == "session-fix-1-3.md is replaced by its copy in the database"


def test_with_all_files_lost_the_copies_alone_are_enough(tmp_path: Path) -> None:
    saved = _three(tmp_path)
    shutil.rmtree(tmp_path)

    loaded = SessionState.load(
        "fix-1", folder=tmp_path, fallbacks=[(2, saved[1].text), (3, saved[2].text)], recorded=3
    )

    assert loaded.content.progress == "step 3"
    assert loaded.warnings[0] == "session-fix-1-3.md is missing"
    assert loaded.save().ref == "session-fix-1-4.md"


def test_a_damaged_copy_gives_the_file_before(tmp_path: Path) -> None:
    saved = _three(tmp_path)
    (tmp_path / "session-fix-1-3.md").unlink()

    loaded = SessionState.load("fix-1", folder=tmp_path, fallbacks=[(3, saved[2].text + "!")])

    assert loaded.content.progress == "step 2"
    assert [("copy" in warning) for warning in loaded.warnings] == [False, True]


def test_a_missing_file_that_was_recorded_is_told(tmp_path: Path) -> None:
    _three(tmp_path)
    (tmp_path / "session-fix-1-3.md").unlink()

    loaded = SessionState.load("fix-1", folder=tmp_path, recorded=3)

    assert loaded.content.progress == "step 2"
    assert loaded.warnings == ("session-fix-1-3.md is missing",)
    assert loaded.save().ref == "session-fix-1-4.md"


def test_a_number_that_was_lost_is_not_used_again(tmp_path: Path) -> None:
    _three(tmp_path)
    (tmp_path / "session-fix-1-3.md").write_text("damaged")

    loaded = SessionState.load("fix-1", folder=tmp_path)

    assert loaded.checkpoint == 2
    assert loaded.save().ref == "session-fix-1-4.md"
    assert (tmp_path / "session-fix-1-3.md").read_text() == "damaged"


def test_what_was_never_recorded_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    _three(tmp_path)

    loaded = SessionState.load("fix-1", folder=tmp_path, recorded=2)

    assert loaded.content.progress == "step 2"
    assert "session-fix-1-3.md" in loaded.warnings[0]
    assert "never recorded" in loaded.warnings[0]


@pytest.mark.parametrize("shape", ["folder", "fifo", "symlink", "loop"])
def test_something_else_under_the_name_is_not_read(tmp_path: Path, shape: str) -> None:
    put: dict[str, Callable[[Path], None]] = {
        "folder": Path.mkdir,
        "fifo": os.mkfifo,
        "symlink": lambda path: path.symlink_to(tmp_path / "moved.md"),
        "loop": lambda path: path.symlink_to(path),
    }
    _three(tmp_path)
    newest = tmp_path / "session-fix-1-3.md"
    newest.rename(tmp_path / "moved.md")
    put[shape](newest)

    loaded = SessionState.load("fix-1", folder=tmp_path)

    assert loaded.content.progress == "step 2"
    assert "session-fix-1-3.md is not used" in loaded.warnings[0]


def test_a_file_copied_from_another_place_is_not_used(tmp_path: Path) -> None:
    _three(tmp_path)
    shutil.copy(tmp_path / "session-fix-1-1.md", tmp_path / "session-fix-1-9.md")
    SessionState("fix-2", "shop", folder=tmp_path).save()
    shutil.copy(tmp_path / "session-fix-2-1.md", tmp_path / "session-fix-1-8.md")

    loaded = SessionState.load("fix-1", project="shop", folder=tmp_path)

    assert loaded.checkpoint == 3
    assert "it says checkpoint 1" in loaded.warnings[0]
    assert "it says task 'fix-2', checkpoint 1" in loaded.warnings[1]


def test_the_state_of_another_project_is_not_used(tmp_path: Path) -> None:
    _three(tmp_path)

    with pytest.raises(SessionError, match="it says project 'shop'"):
        SessionState.load("fix-1", project="bakery", folder=tmp_path)


def test_nothing_valid_is_one_clear_error(tmp_path: Path) -> None:
    for saved in _three(tmp_path):
        (tmp_path / saved.ref).write_text("")

    with pytest.raises(SessionError) as caught:
        SessionState.load("fix-1", folder=tmp_path)

    assert "'fix-1'" in caught.value.message
    assert "session-fix-1-3.md is not used" in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_task_without_any_file_has_no_state(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no file and no copy"):
        SessionState.load("fix-1", folder=tmp_path / "missing")


def test_a_folder_that_is_none_falls_back_to_the_copies(tmp_path: Path) -> None:
    saved = _three(tmp_path / "brain")
    (tmp_path / "file").write_text("")

    loaded = SessionState.load("fix-1", folder=tmp_path / "file", fallbacks=[(3, saved[2].text)])

    assert loaded.checkpoint == 3
    assert "cannot be listed" in loaded.warnings[0]
