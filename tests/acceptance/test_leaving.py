"""The operator leaves, looks from elsewhere, and comes back; the run does not mind."""

from __future__ import annotations

import json
import os
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.acceptance.program import AIO_TUI, Site, answer, site
from tests.support.engines import append_outside, cure, say
from tests.support.terminal import WIDE, is_running, terminal, wait_until

pytestmark = pytest.mark.slow

TALK = " ".join(f"word{number}" for number in range(25))
SLOWLY = {"request": 1, "delta_pause_s": 0.05}
HANGS = {"request": 1, "silent_after": 0}


def test_a_run_that_is_left_goes_on_behind_the_shell(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[say(TALK), cure("add"), say()]]}, faults=[SLOWLY]) as here:
        here.add("add")
        shell = ["bash", "--norc", "-i"]
        environment = {**here.environment, "PS1": "ready> "}
        with terminal(shell, folder=here.repo, environment=environment, size=WIDE) as screen:
            screen.wait_for("ready>")
            screen.type(f"{AIO_TUI} run")
            screen.send("Enter", "2")
            screen.wait_for("word3")
            screen.send("C-d")
            screen.wait_for("The run goes on")
            pid = _holder(here)
            assert is_running(pid)
            assert os.getsid(pid) == pid
            screen.type('echo "it ended with $?"; jobs; echo "after the $((1+1))nd"')
            screen.send("Enter")
            told = screen.wait_for("it ended with 0\nafter the 2nd")
            assert "Stopped" not in told
            screen.close()
            assert wait_until(lambda: not is_running(pid))
        assert here.state("add") == "completed"


def test_what_the_shell_waits_for_takes_the_cockpit_along_when_it_is_killed(
    tmp_path: Path,
) -> None:
    with site(tmp_path, {"add": [[cure("add"), say()]]}, faults=[HANGS]) as here:
        here.add("add")
        shell = ["bash", "--norc", "-i"]
        environment = {**here.environment, "PS1": "ready> "}
        with terminal(shell, folder=here.repo, environment=environment, size=WIDE) as screen:
            screen.wait_for("ready>")
            for calls, number, code in ((1, signal.SIGTERM, 130), (2, signal.SIGKILL, 137)):
                screen.type(f'clear; {AIO_TUI} run; echo "code $?"')
                screen.send("Enter")
                pid = _cockpit_that_called(here, calls)
                os.kill(_parent(pid), number)
                screen.wait_for(f"code {code}")
                assert wait_until(partial(_has_ended, pid))


def test_a_cockpit_that_is_killed_leaves_the_shell_a_terminal_as_it_was(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[cure("add"), say()]]}, faults=[HANGS]) as here:
        here.add("add")
        shell = ["bash", "--norc", "-i"]
        environment = {**here.environment, "PS1": "ready> "}
        with terminal(shell, folder=here.repo, environment=environment, size=WIDE) as screen:
            screen.wait_for("ready>")
            screen.type(f"stty -a >before; {AIO_TUI} run")
            screen.send("Enter")
            pid = _cockpit_that_called(here, 1)
            assert screen.told("#{alternate_on} #{mouse_any_flag}") == "1 1"
            os.kill(pid, signal.SIGKILL)
            told = screen.wait_for("was killed (SIGKILL). What was done is kept")
            assert screen.told("#{alternate_on} #{mouse_any_flag} #{cursor_flag}") == "0 0 1"
            assert "at work" not in told
            screen.type('stty -a | cmp - before && echo "the same: $?"')
            screen.send("Enter")
            screen.wait_for("the same: 0")


def test_a_run_that_is_left_with_a_question_waits_for_its_answer(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = {"add": [[append_outside(mark), cure("add"), say()]]}
    with site(tmp_path, script, backend="scripted") as here:
        here.add("add")
        here.configure("[escalations]\nrun_waits_s = 600")
        with here.cockpit("run", size=WIDE) as screen:
            screen.wait_for("1 waits for you")
            screen.send("q")
            screen.wait_for("1 question waits for you", "Quitting ends the run")
            screen.send("b")
            screen.wait_for("The run goes on", "1 question to answer", "stays for that until")
            pid = _holder(here)
            screen.wait_until(lambda: here.told("status")["waits_until"], "the wait")
            [asked] = here.told("status")["questions"]
            assert "the run waits until" in here.call("status").stdout
            assert is_running(pid)
            assert here.call("escalations", "approve", asked).returncode == 0
            assert wait_until(lambda: not is_running(pid))
        assert here.state("add") == "completed"
        assert mark.exists()
        assert here.told("status") | {"counts": {}} == here.told("status") | {
            "run": "no engine", "pid": None, "waits_until": None, "questions": [], "counts": {},
        }  # fmt: skip


def test_a_run_can_begin_in_the_background_and_be_told_to_stop(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[cure("add"), say()]]}, faults=[]) as here:
        here.add("add")
        done = here.call("run", "--detach", "--stay")
        assert done.returncode == 0, done.stderr
        pid = _holder(here)
        assert f"pid {pid}" in done.stdout
        again = here.call("--detach")
        assert (again.returncode, f"pid {pid}" in again.stderr) == (2, True)
        with here.cockpit(size=WIDE) as screen:
            screen.wait_for("attached", "✓ PASS", "0/1 at work")
            screen.send("q")
            assert screen.wait_for_exit() == 0
        assert is_running(pid)
        assert here.call("stop").returncode == 0
        assert wait_until(lambda: not is_running(pid))
        assert here.state("add") == "completed"


def test_a_run_that_cannot_begin_in_the_background_says_why(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        (here.repo / ".aibrain/contracts").mkdir(exist_ok=True)
        (here.repo / ".aibrain/contracts/broken.yaml").write_text("role: [")
        here.add("add")
        done = here.call("--detach")
        assert (done.returncode, done.stdout) == (1, "")
        assert "broken.yaml" in done.stderr


def test_a_run_in_the_background_that_has_no_key_says_so_as_does_its_status(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        here.add("add")
        done = here.call("--detach", ANTHROPIC_API_KEY="", ANTHROPIC_AUTH_TOKEN="")
        assert (done.returncode, done.stdout) == (1, "")
        assert "the run ended at once: " in done.stderr
        assert "no model key" in done.stderr
        assert "no model key" in here.told("status")["last_end"]["cause"]


def test_who_only_looks_sees_all_and_orders_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = {"add": [[append_outside(mark), cure("add"), say()]]}
    with site(tmp_path, script, backend="scripted") as here:
        here.add("add")
        with here.cockpit("run") as first, here.cockpit("--read-only", size=WIDE) as second:
            first.wait_for("1 waits for you")
            second.wait_for("1 waits for you", "only looking")
            answer(second, "a", "this cockpit only looks")
            assert not mark.exists()
            answer(first, "a", "0 wait for you")
            second.wait_for("✓ PASS", "0 wait for you", "0/1 at work")
            second.send("q")
            first.send("q")
            assert (first.wait_for_exit(), second.wait_for_exit()) == (0, 0)


def test_a_cockpit_goes_on_in_its_own_process_when_the_engine_died(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[cure("add"), say()]]}, faults=[HANGS]) as here:
        here.add("add")
        with here.cockpit("run") as first:
            first.wait_until(lambda: here.requests, "the call that hangs")
            with here.cockpit(size=WIDE) as second:
                second.wait_for("attached")
                os.kill(first.pid, signal.SIGKILL)
                second.wait_for("the engine died: press s to go on")
                second.send("s")
                second.wait_for("✓ PASS", "0/1 at work")
                assert _holder(here) == second.pid
                second.send("q")
                assert second.wait_for_exit() == 0


def test_who_comes_back_is_told_what_happened(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[cure("add"), say()]]}, backend="scripted") as here:
        here.add("add")
        with here.cockpit() as screen:
            screen.wait_for("Mend add")
            screen.send("q")
            assert screen.wait_for_exit() == 0
        assert here.call("run", "--headless").returncode in (0, 3)
        with here.cockpit(size=WIDE) as screen:
            screen.wait_for("since you left (", "1 verified")


def _holder(here: Site) -> int:
    return int(json.loads((here.repo / ".aibrain/state/engine.lock").read_bytes())["pid"])


def _cockpit_that_called(here: Site, calls: int) -> int:
    assert wait_until(lambda: len(here.requests) >= calls)
    return _holder(here)


def _has_ended(pid: int) -> bool:
    return not is_running(pid)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


MODES = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{pane_current_command}"


def test_ctrl_z_gives_the_shell_its_terminal_back_and_the_run_goes_on(tmp_path: Path) -> None:
    """In the cockpit and in plain mode; as of any job, `bg`, `fg` and `kill` do what they say."""
    with site(tmp_path, {"add": [[cure("add"), say()]]}, backend="scripted") as here:
        shell = ["bash", "--norc", "-i"]
        environment = {**here.environment, "PS1": "ready> "}
        with terminal(shell, folder=here.repo, environment=environment, size=WIDE) as screen:
            modes = [tmp_path / f"modes{number}" for number in range(5)]

            def call(command: str) -> None:
                screen.type(command)
                screen.send("Enter")

            def shell_has_terminal(number: int) -> None:
                screen.wait_until(lambda: screen.told(MODES) == "0 1 0 bash", "the shell's turn")
                call(f"clear; stty -a > {modes[number]}; echo modes $((number+{number}))")
                screen.wait_for(f"modes {number}\n")
                assert modes[number].read_text() == modes[0].read_text()

            def is_told() -> bool:
                screen.send("Enter")  # a shell tells of its jobs before it prompts
                return "Exit 130" in screen.screen

            shell_has_terminal(0)
            call(f"{AIO_TUI} run")
            screen.wait_for("for you")
            screen.send("C-z")
            screen.wait_for("Stopped")
            shell_has_terminal(1)
            here.add("add")
            assert wait_until(lambda: here.state("add") == "completed"), "the engine goes on"
            call("bg")
            screen.wait_for(" run &")
            shell_has_terminal(2)
            call("fg")
            screen.wait_for("✓ PASS")
            assert screen.told(MODES).startswith("1 0 1 ")
            screen.send("C-z")
            screen.wait_for("Stopped")
            call("clear; kill %1")
            screen.wait_until(is_told, "the end of the job")
            shell_has_terminal(3)
            call(f"{AIO_TUI} --plain")
            screen.wait_for("'help' lists the commands")
            screen.send("C-z")
            screen.wait_for("Stopped")
            shell_has_terminal(4)
            call("fg")
            screen.wait_for("here again")
            call("clear")
            screen.wait_for("no command 'clear'")
            call("help")
            screen.wait_for("'more' goes on")
