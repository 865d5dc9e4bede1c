"""The cockpit through a real pty, beside Textual apps in the same run.

First frame and settled view (medians of interleaved runs) beside a minimal app and a mock of the
same widgets; bytes and CPU at rest; key to repaint at rest and while ten agents stream; resident
memory. Prints one JSON document. Run: python -m benchmarks cockpit
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aio_tui.demo.opening import set_up

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 200, 50
_REST_S = 10.0
FRAME_END = b"\x1b[?2026l"
"""Textual ends each update with it."""
_QUERY, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether the terminal knows synchronized updates; it does, as most of today's do."""
GOALS = {
    "first_frame_over_mock": 1.2,
    "idle_bytes": 0,
    "idle_cpu_percent": 0.3,
    "idle_key_p95_ms": 12.0,
    "key_p95_ms_at_200_per_s": 35.0,
    "key_p95_ms_at_1000_per_s": 50.0,
    "kb_per_s_at_200_per_s": 60.0,
    "cpu_percent_at_200_per_s": 8.0,
    "bytes_per_s_on_a_line_of_8k": 8_200.0,
}
"""At most so much."""

CHILDREN = {
    "minimal": """
from textual.app import App
from textual.widgets import DataTable, RichLog
class Minimal(App):
    def compose(self):
        yield DataTable()
        yield RichLog()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("state", "task")
        table.add_row("ready", "first")
        self.query_one(RichLog).write("first")
Minimal().run()
""",
    "mock": """
from textual.app import App
from textual.containers import Horizontal
from textual.widgets import DataTable, Footer, Header, RichLog
class Mock(App):
    BINDINGS = [(key, "nothing", f"does {key}") for key in "abcdefgh"]
    def compose(self):
        yield Header()
        with Horizontal():
            yield DataTable()
            yield RichLog()
        yield Footer()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("state", "task", "what it is about", "iter.", "verdict", "age")
        for row in range(200):
            table.add_row("ready", f"task-{row}", "mend what is wrong", "0", "-", "1m")
        self.query_one(RichLog).write("first")
Mock().run()
""",
    "cockpit": """
from aio_tui.app import Cockpit
from tests.support.scene import busy_face
Cockpit(busy_face(), operator="bench").run()
""",
    "program": """
import os, sys
from aio_tui.cli.main import main
sys.exit(main(["--repo", os.environ["BENCH_REPO"]]))
""",
    "stream": """
import asyncio, os
from aio_tui.app import Cockpit
from benchmarks.stream import streaming_face, stream
face = streaming_face(agents=10)
each = int(os.environ["BENCH_EACH_PER_S"])
async def main():
    streaming = asyncio.ensure_future(stream(face, agents=10, per_second=each))
    most = int(os.environ.get("BENCH_BANDWIDTH", "0")) or None
    await Cockpit(face, operator="bench", bytes_a_second=most).run_async()
    streaming.cancel()
asyncio.run(main())
""",
}


@dataclass
class Terminal:
    """A program in a pty, and what it printed."""

    pid: int
    fd: int
    started_at: float
    output: bytearray = field(default_factory=bytearray)

    def read(self, timeout_s: float) -> bytes:
        """What comes within `timeout_s`; empty if nothing does."""
        ready, _, _ = select.select([self.fd], [], [], timeout_s)
        try:
            chunk = os.read(self.fd, 1 << 16) if ready else b""
        except OSError:
            chunk = b""
        self.output += chunk
        if _QUERY in chunk:
            os.write(self.fd, _ANSWER)
        return chunk

    def read_until(self, mark: bytes, *, limit_s: float = 20.0, start: int = 0) -> float:
        """Seconds from the program's start until `mark` was seen."""
        while mark not in self.output[start:]:
            self.read(0.5)
            if time.perf_counter() - self.started_at > limit_s:
                raise TimeoutError(f"{mark!r} was not seen; got {bytes(self.output[-500:])!r}")
        return time.perf_counter() - self.started_at

    def drain(self, seconds: float) -> int:
        """Bytes that come in `seconds`."""
        count, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            count += len(self.read(left))
        return count

    def cpu_s(self) -> float:
        """CPU seconds the program has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def program(name: str) -> Iterator[Terminal]:
    """The child `name` in a fresh terminal; ended afterwards."""
    started_at = time.perf_counter()
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        env["PYTHONPATH"] = str(ROOT)
        os.execve(sys.executable, [sys.executable, "-c", CHILDREN[name]], env)  # noqa: S606  fixed text
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    terminal = Terminal(pid, fd, started_at)
    try:
        yield terminal
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)


def first_frames(runs: int) -> dict[str, float]:
    """Median seconds to the first frame: a minimal app, a mock of the same widgets, the cockpit on
    a face without an engine, `aio-tui` itself on a repository with a queue; and of the latter two
    to the first view of what was read.
    """
    minimal, mock, cockpit, settled, whole, viewed = [], [], [], [], [], []
    for _ in range(runs):
        with program("minimal") as terminal:
            minimal.append(terminal.read_until(b"state"))
        with program("mock") as terminal:
            mock.append(terminal.read_until(b"task-9"))
        with program("cockpit") as terminal:
            cockpit.append(terminal.read_until(b"reading"))
            settled.append(terminal.read_until(b"write-hosts"))
        with program("program") as terminal:
            whole.append(terminal.read_until(b"reading"))
            viewed.append(terminal.read_until(b"for you"))
    return {
        "minimal_s": statistics.median(minimal),
        "mock_s": statistics.median(mock),
        "cockpit_s": statistics.median(cockpit),
        "cockpit_settled_s": statistics.median(settled),
        "whole_program_s": statistics.median(whole),
        "whole_program_viewed_s": statistics.median(viewed),
    }


def at_rest(presses: int) -> dict[str, float]:
    """Bytes and CPU share over 10 s of doing nothing, memory; then milliseconds from a key to the
    end of the update that shows it.
    """
    with program("cockpit") as terminal:
        terminal.read_until(b"write-hosts")
        terminal.drain(1.0)
        before = terminal.cpu_s()
        count = terminal.drain(_REST_S)
        cpu = (terminal.cpu_s() - before) / _REST_S * 100
        os.write(terminal.fd, b"2")
        terminal.drain(1.0)
        return {"bytes": count, "cpu_percent": cpu} | _keys(terminal, presses)


def mock_keys(presses: int) -> dict[str, float]:
    """Milliseconds from a key to the end of an update, of the mock at rest."""
    waits = []
    with program("mock") as terminal:
        terminal.read_until(b"task-9")
        terminal.drain(1.0)
        for _ in range(presses):
            start, pressed_at = len(terminal.output), time.perf_counter()
            os.write(terminal.fd, b"\x1b[B")
            while terminal.output.find(FRAME_END, start) < 0:
                terminal.read(0.5)
            waits.append((time.perf_counter() - pressed_at) * 1000)
            terminal.drain(0.06)
    waits.sort()
    return {"key_p50_ms": statistics.median(waits), "key_p95_ms": waits[int(len(waits) * 0.95)]}


def under_stream(presses: int, per_second: int) -> dict[str, float]:
    """The same while ten agents say so much a second in all."""
    os.environ["BENCH_EACH_PER_S"] = str(per_second // 10)
    with program("stream") as terminal:
        terminal.read_until(b"agent-00")
        os.write(terminal.fd, b"2")
        terminal.drain(2.0)
        before_cpu = terminal.cpu_s()
        count = terminal.drain(3.0)
        cpu = (terminal.cpu_s() - before_cpu) / 3 * 100
        keys = _keys(terminal, presses)
    return {"cpu_percent": cpu, "kb_per_s": count / 3 / 1000} | keys


def on_a_thin_line(bytes_a_second: int) -> dict[str, float]:
    """What is sent while ten agents say 200 things a second and so much is allowed."""
    os.environ |= {"BENCH_EACH_PER_S": "20", "BENCH_BANDWIDTH": str(bytes_a_second)}
    try:
        with program("stream") as terminal:
            terminal.read_until(b"agent-00")
            os.write(terminal.fd, b"2")
            terminal.drain(3.0)
            before = terminal.cpu_s()
            count = terminal.drain(_REST_S)
            cpu = (terminal.cpu_s() - before) / _REST_S * 100
    finally:
        del os.environ["BENCH_BANDWIDTH"]
    return {"bytes_per_s": count / _REST_S, "cpu_percent": cpu}


def _keys(terminal: Terminal, presses: int) -> dict[str, float]:
    waits = []
    for number in range(presses):
        waits.append(_key_wait_ms(terminal, b"jk"[number % 2 : number % 2 + 1]))
        terminal.drain(0.037)
    waits.sort()
    return {
        "key_p50_ms": statistics.median(waits),
        "key_p95_ms": waits[int(len(waits) * 0.95)],
        "resident_mb": terminal.resident_mb(),
    }


def _key_wait_ms(terminal: Terminal, key: bytes) -> float:
    """The cursor's row is drawn with its own background; its colour shows the repaint."""
    terminal.read(0)
    start = len(terminal.output)
    pressed_at = time.perf_counter()
    os.write(terminal.fd, key)
    while True:
        terminal.read(0.5)
        at = terminal.output.find(CURSOR_COLOUR, start)
        if at >= 0 and terminal.output.find(FRAME_END, at) >= 0:
            return (time.perf_counter() - pressed_at) * 1000
        if time.perf_counter() - pressed_at > 2:
            raise TimeoutError("the key had no effect in 2 s")


CURSOR_COLOUR = b"48;2;11;99;174"
"""Background of the selected row in the default theme."""


def main(words: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--presses", type=int, default=100)
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_REPO"] = folder
        asyncio.run(set_up(Path(folder)))
        frames = first_frames(options.runs)
    rest, mock = at_rest(options.presses), mock_keys(options.presses)
    few, many = (under_stream(options.presses, per_second) for per_second in (200, 1000))
    thin = on_a_thin_line(8_000)
    reached = {
        "first_frame_over_mock": frames["cockpit_s"] / frames["mock_s"],
        "idle_bytes": rest["bytes"],
        "idle_cpu_percent": rest["cpu_percent"],
        "idle_key_p95_ms": rest["key_p95_ms"],
        "key_p95_ms_at_200_per_s": few["key_p95_ms"],
        "key_p95_ms_at_1000_per_s": many["key_p95_ms"],
        "kb_per_s_at_200_per_s": few["kb_per_s"],
        "cpu_percent_at_200_per_s": few["cpu_percent"],
        "bytes_per_s_on_a_line_of_8k": thin["bytes_per_s"],
    }
    ratios = {name: seconds / frames["minimal_s"] for name, seconds in frames.items()}
    report = {
        "first_frame": frames,
        "over_minimal": ratios,
        "idle": rest,
        "mock_idle": mock,
        "stream_200_per_s": few,
        "stream_1000_per_s": many,
        "thin_line_of_8k": thin,
        "reached": reached,
        "goals": GOALS,
        "missed": [name for name, goal in GOALS.items() if reached[name] > goal],
    }
    rounded = json.loads(json.dumps(report), parse_float=lambda text: round(float(text), 3))
    print(json.dumps(rounded, indent=2))
    sys.exit(1 if report["missed"] else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
