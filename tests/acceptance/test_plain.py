"""Plain mode as its operator has it: on a terminal that cannot place text, and through a pipe."""

from __future__ import annotations

import os
import subprocess
import termios
from pathlib import Path

import pytest

from tests.acceptance.program import AIO_TUI, site
from tests.support.engines import append_outside, cure, say
from tests.support.terminal import WIDE, terminal, wait_until

pytestmark = pytest.mark.slow


def test_a_night_in_lines_of_text(tmp_path: Path) -> None:
    """News leave the line alone that is being typed, what is pasted is not obeyed, and no control
    sequence is ever sent.
    """
    raw, mark, paste = tmp_path / "raw", tmp_path / "mark", tmp_path / "paste"
    script = {"add": [[append_outside(mark), cure("add"), say()]]}
    with site(tmp_path, script, backend="scripted") as here:
        here.add("add")
        command = ["env", "TERM=dumb", AIO_TUI, "--plain"]
        with terminal(
            command, folder=here.repo, environment=here.environment, size=WIDE, raw=raw
        ) as screen:

            def enter(line: str, *told: str) -> None:
                screen.type(line)
                screen.send("Enter")
                screen.wait_for(*told)

            screen.wait_for("'help' lists the commands", "nothing waits for you")
            enter("start", "add asks you (high)")
            screen.type("sta")
            screen.wait_for("sta")
            assert here.call("task", "pause", "--all").returncode == 0
            enter("tus", "status\nadd asks you", "the queue is paused")
            enter("resume all")
            screen.wait_for("done: the run goes on")
            enter("question add", f"echo once >> {mark}", "stopped by: write-outside")
            enter("aprove add", "did you mean 'approve'?")
            paste.write_text("approve add\ncancel add y\n")
            screen.paste(paste)
            screen.wait_for("lines came at once, as a paste does: none of them was taken")
            assert not mark.exists()
            enter("approve add", "done: add: approved", "add: to merge; 'diff add' reads it")
            enter("diff add", "add: 1 file changed, PASS after iteration 1", "added ", "removed ")
            screen.type("merge al")
            screen.wait_for("\nmerge al")
            screen.send("C-c")
            screen.wait_for("the line is forgotten")
            enter("merge add", "done: add: merges in 5 s")
            screen.wait_for("merged into main")
            screen.send("C-c")
            assert screen.wait_for_exit() == 0
        text = raw.read_text().replace("\r", "")
        assert "\x1b" not in text
        assert "\nstatus\n" in text
        assert text.index("\nstatus\n") < text.index("the queue is paused")
        assert mark.read_text() == "once\n"


def test_a_pipe_gets_its_answers_in_order_and_whole(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[cure("add"), say()]]}, backend="scripted") as here:
        here.add("add")
        assert here.call("run", "--headless").returncode == 0
        lines = "diff add\nverdict add\nreport\nsearch add\nmerge add\nfrobnicate\nhelp\n"
        done = subprocess.run(
            [AIO_TUI, "--plain"], cwd=here.repo, env=here.environment, input=lines,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (2, "")  # one of the words is none
        marks = (
            "add: 1 file changed", "end of the change", "Checks, as the engine ran them",
            "waiting for you to merge, 1 task", "places found", "done: add: ",
            "there is no command 'frobnicate'", "to the shell: Back to the shell",
        )  # fmt: skip
        places = [done.stdout.lower().find(mark.lower()) for mark in marks]
        assert -1 not in places, done.stdout
        assert places == sorted(places)
        assert "'more' goes on" not in done.stdout
        assert wait_until(lambda: here.task("add")["merge_state"] in ("queued", "merged"))


def test_it_has_no_keys_and_starts_whatever_is_said_of_them(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        here.configure('[keys]\nquit = ["y"]\nleave = ["y"]')
        done = here.call("--plain")
        assert done.returncode == 0, done.stderr
        assert "nothing waits for you" in done.stdout


def test_what_is_pasted_before_it_reads_does_not_end_it(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        shell = ["bash", "--norc", "-i"]
        environment = {**here.environment, "PS1": "ready> "}
        with terminal(shell, folder=here.repo, environment=environment, size=WIDE) as screen:
            screen.wait_for("ready>")
            tty = os.open(screen.told("#{pane_tty}"), os.O_RDWR | os.O_NOCTTY)
            try:
                screen.type(f"{AIO_TUI} --plain")
                screen.send("Enter")
                screen.wait_until(lambda: _quit_key(tty) == b"\0", "a terminal without Ctrl+\\")
                screen.send("C-\\")
                screen.wait_for("nothing waits for you")
                screen.send("C-d")
                screen.wait_until(lambda: _quit_key(tty) == b"\x1c", "the key as it was")
            finally:
                os.close(tty)
            screen.type('echo "code $?"')
            screen.send("Enter")
            screen.wait_for("code 0")


def _quit_key(tty: int) -> bytes:
    key: bytes = termios.tcgetattr(tty)[6][termios.VQUIT]
    return key
