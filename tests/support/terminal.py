"""A real terminal for the real program: a tmux server of its own, its keys and its screen."""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.tmux_wire import Wire

NARROW, WIDE = (80, 24), (200, 50)
WITHIN_S = 90.0
"""A wait that takes longer has failed."""

_LOOK_AGAIN_S, _LOOK_EVERY_S = 0.01, 0.1
"""After the first look, and at last: what comes at once is seen at once."""
_CONFIGURATION = """\
set -g status off
set -g remain-on-exit on
set -g default-terminal tmux-256color
set -s escape-time 0
set -g history-limit 100
"""


@dataclass(frozen=True)
class Terminal:
    """A window in which one program was started. Made by `terminal`."""

    server: str
    pid: int
    """Of the program."""
    wire: Wire

    def send(self, *keys: str) -> None:
        """Press keys by tmux's names: `q`, `Enter`, `Escape`, `Space`."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type `text` as it is."""
        self._tmux("send-keys", "-l", "--", text)

    def paste(self, file: Path, *options: str) -> None:
        """All of `file` at once; with `-p` as a bracketed paste, if the program takes any."""
        self._tmux("load-buffer", str(file))
        self._tmux("paste-buffer", *options)

    def resize(self, size: tuple[int, int]) -> None:
        """Columns and rows."""
        width, height = map(str, size)
        self._tmux("resize-window", "-x", width, "-y", height)

    @property
    def screen(self) -> str:
        """What is to be seen now, one line a row."""
        return self._tmux("capture-pane", "-p")

    @property
    def title(self) -> str:
        """Of the window, as the program set it."""
        return self.told("#{pane_title}")

    def wait_for(self, *texts: str) -> str:
        """The screen as soon as all of `texts` are on it at once."""

        seen = [""]

        def is_there() -> bool:
            seen[0] = self.screen
            return all(text in seen[0] for text in texts)

        self.wait_until(is_there, f"{texts} on the screen")
        return seen[0]

    def wait_until(self, is_true: Callable[[], object], what: str) -> None:
        """Wait for something outside the screen."""
        if not wait_until(is_true):
            raise AssertionError(f"waited in vain for {what}; the screen:\n{self.screen}")

    def wait_for_exit(self) -> int:
        """The exit code of the program once it has ended; of a signal its number, negative."""
        self.wait_until(self._ending, "its end")
        status, _, killed_by = self._ending().partition(",")
        return int(status) if status else -int(killed_by)

    def _ending(self) -> str:
        """Exit code and signal with a comma between; empty while it runs."""
        told = self.told("#{pane_dead_status},#{pane_dead_signal}")
        if told != ",":
            return told
        if self.told("#{pane_dead}") == "1":
            # tmux misses the end of a child now and then; told of another one it looks at all.
            os.kill(int(self.told("#{pid}")), signal.SIGCHLD)
        return ""

    def close(self) -> None:
        """Take the terminal away, as by closing its window: the program gets SIGHUP."""
        subprocess.run(["tmux", "-L", self.server, "kill-server"], capture_output=True, check=False)

    def told(self, template: str) -> str:
        """What tmux knows of the terminal, by its format language."""
        return self._tmux("display-message", "-p", template).strip()

    def _tmux(self, *arguments: str) -> str:
        return self.wire.ask(*arguments)


def wait_until(is_true: Callable[[], object], within_s: float = WITHIN_S) -> bool:
    """Look again and again; whether it became true in time, which the looks are no part of."""
    pause = threading.Event()
    waited_s, next_s = 0.0, _LOOK_AGAIN_S
    while waited_s < within_s:
        if is_true():
            return True
        pause.wait(next_s)
        waited_s += next_s
        next_s = min(next_s * 1.5, _LOOK_EVERY_S)
    return bool(is_true())


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _born(pid: int) -> str:
    """When the process began, in clock ticks; empty: there is none. Numbers are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def cpu_s(pid: int) -> float:
    """Processor time that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def terminal(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    size: tuple[int, int] = NARROW,
    raw: Path | None = None,
) -> Iterator[Terminal]:
    """`command` in a terminal of `size` (columns, rows); closed at the end.

    Args:
        command: the program and its arguments; no shell reads them.
        folder: where it starts.
        environment: all that it gets, beside what tmux sets.
        size: of the window.
        raw: gets every byte that the program writes to the terminal.
    """
    server = f"aio-tui-test-{secrets.token_hex(6)}"
    configuration = folder.parent / f"{server}.conf"
    configuration.write_text(_CONFIGURATION)
    width, height = map(str, size)
    piping = [";", "pipe-pane", f"cat > {shlex.quote(str(raw))}"] if raw else []
    pid, born, wire = None, "", None
    start = ["-f", str(configuration), "new-session", "-d", "-x", width, "-y", height]
    try:
        _tmux(server, *start, "-c", str(folder), "--", *command, *piping, environment=environment)
        pid = int(_tmux(server, "display-message", "-p", "#{pane_pid}"))
        born = _born(pid)
        wire = Wire(server)
        yield Terminal(server, pid, wire)
    finally:
        if wire is not None:
            wire.close()
        subprocess.run(["tmux", "-L", server, "kill-server"], capture_output=True, check=False)
        if pid is not None and born and _born(pid) == born:
            os.kill(pid, signal.SIGKILL)  # a run that was left may wait for answers for hours


def _tmux(server: str, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        ["tmux", "-L", server, *arguments],
        env=environment,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, f"tmux {arguments}: {done.stderr.decode()}"
    return done.stdout.decode("utf-8", "replace")
