"""Session state on a real disk: saving, numbering, archiving."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.errors import InputError, SessionError, StoreError
from engine.session.content import SessionContent
from engine.session.format import parse
from engine.session.state import SessionState, session_text


def _saved(folder: Path, task_id: str, count: int) -> SessionState:
    state = SessionState(task_id, "shop", folder=folder)
    for number in range(1, count + 1):
        state.update(iteration_count=number, progress=f"step {number}")
        state.save()
    return state


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_saved_state_is_loaded_as_it_was(tmp_path: Path) -> None:
    state = _saved(tmp_path / "brain", "fix-1", 2)

    loaded = SessionState.load("fix-1", folder=tmp_path / "brain")

    assert loaded.content == state.content
    assert loaded.content == SessionContent(
        task_id="fix-1", project="shop", checkpoint=2, iteration_count=2, progress="step 2"
    )
    assert loaded.warnings == ()


def test_what_save_returns_is_what_is_on_disk(tmp_path: Path) -> None:
    saved = _saved(tmp_path, "fix-1", 2).save()

    assert (saved.checkpoint, saved.ref) == (3, "session-fix-1-3.md")
    assert (tmp_path / saved.ref).read_text() == saved.text
    assert f'"sha256": "{saved.sha256}"' in saved.text


def test_only_the_owner_may_read_session_files(tmp_path: Path) -> None:
    folder = tmp_path / "brain"
    _saved(folder, "fix-1", 1)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "session-fix-1-1.md").stat().st_mode) == 0o600


def test_a_new_state_continues_after_the_numbers_on_disk(tmp_path: Path) -> None:
    _saved(tmp_path, "fix-1", 2).archive()
    _saved(tmp_path, "fix-1", 1)

    assert SessionState("fix-1", "shop", folder=tmp_path).save().ref == "session-fix-1-4.md"


def test_a_file_that_was_never_recorded_is_kept_aside_and_replaced(tmp_path: Path) -> None:
    _saved(tmp_path, "fix-1", 3)
    unrecorded = (tmp_path / "session-fix-1-3.md").read_bytes()

    state = SessionState.load("fix-1", folder=tmp_path, recorded=2)
    state.update(progress="step 3, once more")
    saved = state.save()

    assert saved.ref == "session-fix-1-3.md"
    assert SessionState.load("fix-1", folder=tmp_path).content.progress == "step 3, once more"
    aside = tmp_path / "archive" / "session-fix-1-3.md.unrecorded-1"
    assert aside.read_bytes() == unrecorded


def test_get_latest_reads_what_another_writer_saved(tmp_path: Path) -> None:
    first = _saved(tmp_path, "fix-1", 1)
    second = SessionState.load("fix-1", folder=tmp_path)
    second.update(progress="further")
    second.save()

    assert first.get_latest().content == second.content
    assert first.checkpoint == 1


@pytest.mark.parametrize("task_id", ["../../x", "a/b", "", ".hidden", "a\0b", "a..b", "x" * 81])
def test_ids_that_could_leave_the_folder_are_refused(tmp_path: Path, task_id: str) -> None:
    with pytest.raises(InputError):
        SessionState(task_id, "shop", folder=tmp_path)
    with pytest.raises(InputError):
        SessionState.load(task_id, folder=tmp_path)
    with pytest.raises(InputError):
        session_text(task_id, 1, folder=tmp_path)

    assert _names(tmp_path) == []


def test_tasks_whose_ids_begin_alike_do_not_share_files(tmp_path: Path) -> None:
    for task_id, count in (("a", 1), ("a-1", 2), ("a-1-2", 3), ("a-1.md", 1)):
        _saved(tmp_path, task_id, count)

    for task_id, count in (("a", 1), ("a-1", 2), ("a-1-2", 3), ("a-1.md", 1)):
        loaded = SessionState.load(task_id, folder=tmp_path)
        assert (loaded.task_id, loaded.checkpoint, loaded.warnings) == (task_id, count, ())

    assert SessionState("a", "shop", folder=tmp_path).archive() == ("session-a-1.md",)
    assert len(_names(tmp_path)) == 7


def test_archiving_moves_all_files_of_the_task_and_nothing_the_second_time(tmp_path: Path) -> None:
    state = _saved(tmp_path, "fix-1", 3)
    (tmp_path / "session-notes.md").write_text("mine")

    assert len(state.archive()) == 3
    assert state.archive() == ()
    assert _names(tmp_path) == ["archive", "session-notes.md"]
    assert state.get_latest().content == state.content


def test_archiving_goes_on_where_a_crash_left_it(tmp_path: Path) -> None:
    state = _saved(tmp_path, "fix-1", 3)
    (tmp_path / "archive").mkdir()
    (tmp_path / "session-fix-1-1.md").rename(tmp_path / "archive" / "session-fix-1-1.md")

    assert state.archive() == ("session-fix-1-2.md", "session-fix-1-3.md")
    assert len(_names(tmp_path / "archive")) == 3


def test_archiving_keeps_an_older_file_of_the_same_name(tmp_path: Path) -> None:
    _saved(tmp_path, "fix-1", 1).archive()
    old = (tmp_path / "archive" / "session-fix-1-1.md").read_bytes()
    again = SessionState("fix-1", "shop", folder=tmp_path, recorded=0)
    again.update(progress="afresh")
    again.save()
    again.archive()

    assert _names(tmp_path / "archive") == ["session-fix-1-1.md", "session-fix-1-1.md.superseded-1"]
    assert (tmp_path / "archive" / "session-fix-1-1.md.superseded-1").read_bytes() == old


def test_a_symlink_at_the_target_is_replaced_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("precious")
    folder = tmp_path / "brain"
    folder.mkdir()
    (folder / "session-fix-1-1.md").symlink_to(outside)

    SessionState("fix-1", "shop", folder=folder, recorded=0).save()

    assert outside.read_text() == "precious"
    assert not (folder / "session-fix-1-1.md").is_symlink()


def test_a_save_that_cannot_be_written_leaves_the_state_and_no_litter(tmp_path: Path) -> None:
    folder = tmp_path / "brain"
    folder.write_text("a file where the folder should be")
    state = SessionState("fix-1", "shop", folder=folder, recorded=0)

    with pytest.raises(StoreError, match="session-fix-1-1"):
        state.save()

    assert state.checkpoint == 0
    assert _names(tmp_path) == ["brain"]


def test_a_target_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "session-fix-1-1.md").mkdir()

    with pytest.raises(StoreError):
        SessionState("fix-1", "shop", folder=tmp_path, recorded=0).save()

    assert [name for name in _names(tmp_path) if name.endswith(".tmp")] == []


FULL_DISK = """
import resource, sys
from pathlib import Path
from engine.domain.errors import StoreError
from engine.session.state import SessionState

state = SessionState.load("fix-1", folder=Path(sys.argv[1]))
state.update(last_output="x" * 100_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    state.save()
except StoreError as error:
    print(error.message)
"""

KILLED_BEFORE_RENAME = """
import os, signal, sys
from pathlib import Path
from engine.session.state import SessionState

state = SessionState.load("fix-1", folder=Path(sys.argv[1]))
state.update(progress="never seen")
os.rename = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
state.save()
"""

CALLS_OF_A_SAVE = """
import os, sys
from pathlib import Path
from engine.session.state import SessionState

state = SessionState("fix-1", "shop", folder=Path(sys.argv[1]))
state.save()
def told(name, call):
    return lambda *arguments: (print(name), call(*arguments))[1]
for name in ("write", "fsync", "rename"):
    setattr(os, name, told(name, getattr(os, name)))
state.save()
"""

FAILING_SYNC = """
import errno, os, sys
from pathlib import Path
from engine.domain.errors import StoreError
from engine.session.state import SessionState

def fail(descriptor):
    raise OSError(errno.EIO, "Input/output error")
os.fsync = fail
try:
    SessionState("fix-1", "shop", folder=Path(sys.argv[1])).save()
except StoreError as error:
    print(error.message)
"""


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_a_full_disk_is_one_clear_error_and_the_last_checkpoint_stays(tmp_path: Path) -> None:
    _saved(tmp_path, "fix-1", 2)

    ended = _run(FULL_DISK, tmp_path)

    assert "session-fix-1-3.md" in ended.stdout
    assert "cannot be written" in ended.stdout
    assert ended.stderr == ""
    assert _names(tmp_path) == ["session-fix-1-1.md", "session-fix-1-2.md"]


def test_a_save_is_one_write_one_sync_and_then_the_rename(tmp_path: Path) -> None:
    assert _run(CALLS_OF_A_SAVE, tmp_path).stdout.split() == ["write", "fsync", "rename"]


def test_a_sync_that_fails_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    assert "Input/output error" in _run(FAILING_SYNC, tmp_path).stdout
    assert _names(tmp_path) == []


def test_a_kill_between_writing_and_renaming_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    _saved(tmp_path, "fix-1", 2)

    ended = _run(KILLED_BEFORE_RENAME, tmp_path)
    loaded = SessionState.load("fix-1", folder=tmp_path)

    assert ended.returncode == -signal.SIGKILL
    assert (loaded.content.progress, loaded.warnings) == ("step 2", ())
    assert loaded.save().ref == "session-fix-1-3.md"
    loaded.archive()
    assert _names(tmp_path) == ["archive"]


def test_the_text_of_a_checkpoint_comes_from_file_archive_or_copy(tmp_path: Path) -> None:
    state = _saved(tmp_path, "fix-1", 2)
    copy = state.save().text

    assert parse(session_text("fix-1", 2, folder=tmp_path)).progress == "step 2"
    state.archive()
    assert session_text("fix-1", 3, folder=tmp_path) == copy
    (tmp_path / "archive" / "session-fix-1-3.md").write_text("altered")
    assert session_text("fix-1", 3, folder=tmp_path, fallback=copy) == copy
    with pytest.raises(SessionError, match="session-fix-1-3"):
        session_text("fix-1", 3, folder=tmp_path)
    with pytest.raises(SessionError, match="session-fix-1-4"):
        session_text("fix-1", 4, folder=tmp_path, fallback=copy)
