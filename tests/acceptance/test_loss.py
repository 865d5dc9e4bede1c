"""The process dies, or its terminal does."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.acceptance.program import AIO_TUI, answer, site
from tests.support.engines import append_outside, cure, say
from tests.support.terminal import cpu_s, is_running, terminal, wait_until

pytestmark = pytest.mark.slow

TALK = " ".join(f"word{number}" for number in range(25))
SLOWLY = {"request": 1, "delta_pause_s": 0.05}


SILENT_AFTER_EDIT = {"request": 2, "silent_after": 0}
BUSY_S = 4.0


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[cure("add"), say()]]}, faults=[SILENT_AFTER_EDIT]) as here:
        here.add("add")
        with here.cockpit("run") as screen:
            screen.wait_until(lambda: len(here.requests) == 2, "the call that hangs")
            os.kill(screen.pid, signal.SIGKILL)
            assert screen.wait_for_exit() == -signal.SIGKILL
        with here.cockpit() as screen:
            screen.wait_for("1 task was interrupted: press s to go on")
            screen.send("s")
            screen.wait_for("✓ PASS", "0/1 busy")
            screen.send("q")
            assert screen.wait_for_exit() == 0
        task = here.task("add")
        assert (task["state"], len(task["checkpoints"])) == ("completed", 1)


def test_a_run_outlives_its_terminal_and_ends_by_itself(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[say(TALK), cure("add"), say()]]}, faults=[SLOWLY]) as here:
        here.add("add")
        with here.cockpit("run") as screen:
            screen.send("2")
            screen.wait_for("word7")
            screen.close()
            _ends_quietly(screen.pid)
        task = here.task("add")
        assert (task["state"], len(task["checkpoints"])) == ("completed", 1)


def test_a_run_outlives_a_terminal_that_sends_it_no_signal(tmp_path: Path) -> None:
    """The kernel tells the leader of the session; what that started may never hear of it."""
    with site(tmp_path, {"add": [[say(TALK), cure("add"), say()]]}, faults=[SLOWLY]) as here:
        here.add("add")
        command = ["bash", "-c", f"trap : HUP; (trap - HUP; {AIO_TUI} run; true)"]
        with terminal(command, folder=here.repo, environment=here.environment) as screen:
            screen.send("2")
            screen.wait_for("word7")
            holder = json.loads((here.repo / ".aibrain/state/engine.lock").read_bytes())
            screen.close()
            _ends_quietly(holder["pid"])
        assert here.state("add") == "completed"


def test_an_open_question_parks_the_task_when_the_terminal_is_lost(tmp_path: Path) -> None:
    script = {"add": [[append_outside(tmp_path / "mark"), cure("add"), say()]]}
    with site(tmp_path, script, backend="scripted") as here:
        here.add("add")
        here.configure("[escalations]\nrun_waits_s = 0")
        with here.cockpit("run") as screen:
            screen.wait_for("1 waits for you")
            screen.close()
            _ends_quietly(screen.pid)
        assert [each["task_id"] for each in here.told("escalations", "list")] == ["add"]
        with here.cockpit("run") as screen:
            screen.wait_for("1 waits for you")
            answer(screen, "a", "✓ PASS", "0/1 busy")
            screen.send("q")
            assert screen.wait_for_exit() == 0


def test_a_cockpit_that_is_told_to_end_stops_its_run_and_says_so(tmp_path: Path) -> None:
    script = {"add": [[append_outside(tmp_path / "mark"), cure("add"), say()]]}
    with site(tmp_path, script, backend="scripted") as here:
        here.add("add")
        with here.cockpit("run") as screen:
            screen.wait_for("1 waits for you")
            os.kill(screen.pid, signal.SIGTERM)
            assert screen.wait_for_exit() == 130
        assert here.state("add") == "waiting_for_operator"
        assert [each["task_id"] for each in here.told("escalations", "list")] == ["add"]


def test_continuing_it_twice_leaves_one_reader(tmp_path: Path) -> None:
    """Job control of shells, and `timeout`, send SIGCONT to programs that never stopped."""
    with site(tmp_path, {}) as here:
        here.add("add")
        with here.cockpit() as screen:
            screen.wait_for("Mend add")
            for _ in range(2):
                os.kill(screen.pid, signal.SIGCONT)
            screen.send("?")
            screen.wait_for("Answer questions")
            screen.send("Escape")
            screen.wait_for("Mend add")
            os.kill(screen.pid, signal.SIGTERM)
            os.kill(screen.pid, signal.SIGCONT)
            assert screen.wait_for_exit() == 130


def _ends_quietly(pid: int) -> None:
    """The process ends by itself, and has not used a processor in vain."""
    before_s = cpu_s(pid)
    used_s = [before_s]

    def is_over() -> bool:
        try:
            used_s[0] = cpu_s(pid)
        except (FileNotFoundError, ProcessLookupError):
            return True
        return not is_running(pid)

    assert wait_until(is_over), f"process {pid} is still there"
    assert used_s[0] - before_s < BUSY_S
