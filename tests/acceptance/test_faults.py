"""Terminals that are small, odd, slow, or gone, and input that nobody typed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import subprocess
import termios
import time
from functools import partial
from pathlib import Path

import pyte
import pytest

from tests.acceptance.program import AIO_TUI, Site, site
from tests.support.terminal import Terminal, terminal, wait_until

pytestmark = pytest.mark.slow

GARBAGE = (
    "1b5b3939393b3939393939393939397e" "ff fe 80 c328 1b5b3a525c385f3c3e" "1b5b3c3939393b313b314d"
    "1b4f1b1b" "1b50711b5c" "1b5d303b6f776e65641b5c" "00 9b 9d"
)  # fmt: skip


def press_raw(screen: Terminal, code: str) -> None:
    """Bytes, as hexadecimal numbers, as if a broken keyboard had sent them."""
    flat = code.replace(" ", "")
    screen.send("-H", *(flat[at : at + 2] for at in range(0, len(flat), 2)))


def press_until(screen: Terminal, key: str, text: str) -> None:
    """Press a key that may be lost behind what is no key, until `text` is there."""

    def is_there() -> bool:
        screen.send(key)
        return text in screen.screen

    screen.wait_until(is_there, f"{text!r} after {key}")


def test_a_cockpit_outlives_sizes_garbage_and_a_paste_of_a_megabyte(tmp_path: Path) -> None:
    paste = tmp_path / "paste"
    paste.write_text("q y S q\n" * 131_072)
    with site(tmp_path, {}) as here:
        here.add("add")
        with here.cockpit(size=(40, 15)) as screen:
            shown = screen.wait_for("1 task is ready: press s", "ready", "? help  q quit")
            assert len(shown.splitlines()) <= 15
            for size in [(1, 1), (200, 50), (3, 2), (80, 24), (2, 40), (300, 1)] * 5:
                screen.resize(size)
                time.sleep(0.05)
            screen.resize((80, 24))
            screen.wait_for("1 task is ready: press s", "Mend add", "quit")
            press_raw(screen, GARBAGE)
            press_until(screen, "3", "no verdict yet")
            for bracketed in ([], ["-p"]):
                screen.paste(paste, *bracketed)
            screen.wait_for("a paste was ignored")
            press_until(screen, "1", "no iteration has run yet")
            screen.send("q")
            assert screen.wait_for_exit() == 0
        assert here.state("add") == "queued"


def test_a_console_without_utf8_gets_ascii_and_sixteen_colours(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    with site(tmp_path, {}) as here:
        here.add("add")
        command = ["env", "TERM=screen", "LC_ALL=C", AIO_TUI]
        with terminal(command, folder=here.repo, environment=here.environment, raw=raw) as screen:
            screen.wait_for("# stopped", "o ready", "Mend add")
            screen.send("q")
            assert screen.wait_for_exit() == 0
    written = raw.read_bytes()
    assert written.isascii()
    assert not re.search(rb"[34]8;[25];", written)
    assert re.search(rb"\x1b\[[0-9;]*9[0-7]", written)


def test_plain_mode_works_where_text_cannot_be_placed(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    with site(tmp_path, {}) as here:
        here.add("add")
        command = ["env", "TERM=dumb", AIO_TUI, "--plain"]
        with terminal(command, folder=here.repo, environment=here.environment, raw=raw) as screen:
            screen.wait_for("'help' lists the commands")
            screen.type("more_urgent add")
            screen.send("Enter")
            screen.wait_for("done: add: priority 4")
            screen.type("quit")
            screen.send("Enter")
            assert screen.wait_for_exit() == 0
        assert "\x1b" not in raw.read_text()
        assert here.task("add")["priority"] == 4


def shell(here: Site, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command.replace("aio-tui", AIO_TUI)],
        cwd=here.repo, env=here.environment, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


def test_closed_streams_and_a_newer_store_are_said_in_one_line(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        here.add("add")
        for command, code, words in (
            ("aio-tui <&-", 2, "the cockpit needs a terminal"),
            ("aio-tui >&-", 2, "the cockpit needs a terminal"),
            ("aio-tui task list >&-", 0, ""),
            ("aio-tui task list >&- 2>&- <&-", 0, ""),
            ("aio-tui --plain <&- >&-", 0, ""),
            ("echo open | aio-tui --plain | head -1", 0, ""),
        ):
            done = shell(here, command)
            assert (done.returncode, words in done.stderr) == (code, True), (command, done.stderr)
            assert len(done.stderr.splitlines()) <= 1, done.stderr
        with sqlite3.connect(here.repo / ".aibrain/state/work.db") as store:
            store.execute("PRAGMA user_version = 999")
        with here.cockpit() as screen:
            assert screen.wait_for_exit() != 0
            assert "newer" in screen.screen
            assert "Traceback" not in screen.screen


def test_a_thin_line_gets_no_more_than_it_bears(tmp_path: Path) -> None:
    rate = 4000
    with site(tmp_path, {}) as here:
        here.add("add")
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(here.repo)
            os.execve(AIO_TUI, [AIO_TUI, "--bandwidth", str(rate)], here.environment)  # noqa: S606  ours
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        sizes: list[tuple[float, int]] = []
        screen = pyte.Screen(200, 50)
        terminal = pyte.ByteStream(screen)

        def shows(text: str) -> bool:
            return any(text in line for line in screen.display)

        def comes(text: str) -> bool:
            if select.select([fd], [], [], 0)[0]:
                got = os.read(fd, 65_536)
                sizes.append((time.monotonic(), len(got)))
                terminal.feed(got)
            return shows(text)

        try:
            for keys, text in ((b"", "Mend add"), (b"3", "no verdict"), (b"?", "Keys ·")):
                assert not shows(text)
                os.write(fd, keys)
                assert wait_until(partial(comes, text)), (keys, screen.display)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(fd)
    for at, (begin, _) in enumerate(sizes):
        total = 0
        for now, size in sizes[at:]:
            total += size
            assert total <= rate * (now - begin) + rate * 0.5 + 1500, (now - begin, total)
