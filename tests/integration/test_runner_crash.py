"""What becomes of children when the engine's process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.sandbox import processes
from engine.sandbox.guardian import Guardian
from engine.sandbox.leftovers import kill_leftovers
from engine.sandbox.runner import SubprocessRunner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")

ENGINE = """
import asyncio, sys
from pathlib import Path
from engine.sandbox.runner import SubprocessRunner

root = Path(sys.argv[1])
runner = SubprocessRunner(root / "home", root / "tmp")
code = "setsid sleep 1000 & sleep 1000 & echo $! > inner.pid; echo $$ > main.pid; wait"
asyncio.run(runner.run(["bash", "-c", code], cwd=root, timeout_s=1000))
"""


def wait_until(is_so: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.005)
    return True


def marked(root: Path) -> list[int]:
    """Living processes that a runner of `root` started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and processes.look_up(int(entry.name)) is not None:
            try:
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f":{root}\0".encode() in environ and b"AIO_TUI_CALL=" in environ:
                found.append(int(entry.name))
    return found


def child_of(parent: int, text: str) -> int:
    for entry in Path("/proc").iterdir():
        process = processes.look_up(int(entry.name)) if entry.name.isdigit() else None
        if process and process.parent == parent and text in (entry / "cmdline").read_text():
            return process.pid
    raise AssertionError(f"{parent} has no child {text}")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An engine process whose agent has started three programs."""
    with subprocess.Popen([sys.executable, "-c", ENGINE, str(tmp_path)]) as process:
        assert wait_until(lambda: len(marked(tmp_path)) == 3)
        yield process
        process.kill()


def test_children_end_soon_after_the_engine_is_killed(
    engine: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    engine.kill()

    assert wait_until(lambda: not marked(tmp_path))


def test_the_next_start_kills_what_even_the_guardian_could_not(
    engine: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    os.kill(child_of(engine.pid, "processes.py"), signal.SIGKILL)
    engine.kill()
    engine.wait()
    assert len(marked(tmp_path)) == 3

    assert kill_leftovers(tmp_path) == 3

    assert wait_until(lambda: not marked(tmp_path))


def test_children_of_a_living_engine_are_left_alone(
    engine: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert kill_leftovers(tmp_path) == 0
    assert len(marked(tmp_path)) == 3
    assert engine.poll() is None


def test_children_of_another_repository_are_left_alone(
    engine: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    os.kill(child_of(engine.pid, "processes.py"), signal.SIGKILL)
    engine.kill()
    engine.wait()

    assert kill_leftovers(tmp_path / "other") == 0
    assert len(marked(tmp_path)) == 3
    assert kill_leftovers(tmp_path) == 3


def test_a_recycled_process_id_is_not_taken_for_the_engine(tmp_path: Path) -> None:
    """The mark names this very process, but one that began at another time."""
    mark = f"{os.getpid()}:1:1.1:{tmp_path}"
    with subprocess.Popen(["sleep", "1000"], env={"PATH": os.defpath, "AIO_TUI_CALL": mark}):
        assert kill_leftovers(tmp_path) == 1


@pytest.mark.parametrize("mark", ["", "x", "1:2", "a:b:c:d", ":::"])
def test_a_mark_that_means_nothing_is_ignored(tmp_path: Path, mark: str) -> None:
    with subprocess.Popen(
        ["sleep", "1000"], env={"PATH": os.defpath, "AIO_TUI_CALL": mark}
    ) as process:
        assert kill_leftovers(tmp_path) == 0
        assert process.poll() is None
        process.kill()


def test_a_guardian_that_is_dismissed_kills_nothing() -> None:
    mark = "12:34:56."
    with subprocess.Popen(
        ["sleep", "1000"], env={"PATH": os.defpath, "AIO_TUI_CALL": f"{mark}1:/x"}
    ) as process:
        guardian = Guardian(mark)
        guardian.dismiss()

        assert processes.look_up(guardian.pid) is None
        assert process.poll() is None
        process.kill()


async def test_a_runner_that_nobody_uses_any_more_leaves_no_guardian(tmp_path: Path) -> None:
    runner = SubprocessRunner(tmp_path / "home", tmp_path / "tmp")
    await runner.run(["true"], cwd=tmp_path, timeout_s=5)
    guardian = runner._guardian
    assert guardian is not None
    pid = guardian.pid
    assert processes.look_up(pid) is not None

    del runner, guardian

    assert processes.look_up(pid) is None


async def test_a_closed_runner_leaves_no_guardian_and_can_be_used_again(tmp_path: Path) -> None:
    runner = SubprocessRunner(tmp_path / "home", tmp_path / "tmp")
    await runner.run(["true"], cwd=tmp_path, timeout_s=5)
    assert runner._guardian is not None
    pid = runner._guardian.pid

    runner.close()

    assert processes.look_up(pid) is None
    assert (await runner.run(["true"], cwd=tmp_path, timeout_s=5)).exit_code == 0
