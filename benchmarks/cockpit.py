"""The cockpit through a real pty, beside a minimal Textual app: `python benchmarks/cockpit.py`.

First frame and settled view (medians of interleaved runs), bytes and CPU at rest, key to repaint
while ten agents stream, resident memory. Prints one JSON document; ratios are of the same run.
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
FRAME_END = b"\x1b[?2026l"
"""Textual ends each update with it."""
_QUERY, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether the terminal knows synchronized updates; it does, as most of today's do."""
GOALS = {"first_frame_ratio": 1.3, "idle_bytes": 0, "key_p95_ms": 50.0}

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
import asyncio
from aio_tui.app import Cockpit
from benchmarks.stream import streaming_face, stream
face = streaming_face(agents=10)
async def main():
    streaming = asyncio.ensure_future(stream(face, agents=10, per_second=20))
    await Cockpit(face, operator="bench").run_async()
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
    """Median seconds to the first frame: a minimal app, the cockpit on a face without an engine,
    `aio-tui` itself on a repository with a queue; and to the cockpit's first reading.
    """
    minimal, cockpit, settled, whole = [], [], [], []
    for _ in range(runs):
        with program("minimal") as terminal:
            minimal.append(terminal.read_until(b"state"))
        with program("cockpit") as terminal:
            cockpit.append(terminal.read_until(b"reading"))
            settled.append(terminal.read_until(b"write-hosts"))
        with program("program") as terminal:
            whole.append(terminal.read_until(b"reading"))
    return {
        "minimal_s": statistics.median(minimal),
        "cockpit_s": statistics.median(cockpit),
        "cockpit_settled_s": statistics.median(settled),
        "whole_program_s": statistics.median(whole),
    }


def at_rest() -> dict[str, float]:
    """Bytes and CPU share over 3 s of doing nothing, and memory."""
    with program("cockpit") as terminal:
        terminal.read_until(b"write-hosts")
        terminal.drain(1.0)
        before = terminal.cpu_s()
        count = terminal.drain(3.0)
        return {
            "bytes": count,
            "cpu_percent": (terminal.cpu_s() - before) / 3 * 100,
            "resident_mb": terminal.resident_mb(),
        }


def under_stream(presses: int) -> dict[str, float]:
    """Milliseconds from a key to the end of the update that shows it, while agents stream."""
    waits = []
    with program("stream") as terminal:
        terminal.read_until(b"agent-00")
        os.write(terminal.fd, b"2")
        terminal.drain(2.0)
        before_cpu = terminal.cpu_s()
        count = terminal.drain(3.0)
        cpu = (terminal.cpu_s() - before_cpu) / 3 * 100
        for number in range(presses):
            waits.append(_key_wait_ms(terminal, b"jk"[number % 2 : number % 2 + 1]))
            terminal.drain(0.037)
        memory = terminal.resident_mb()
    waits.sort()
    return {
        "cpu_percent": cpu,
        "kb_per_s": count / 3 / 1000,
        "key_p50_ms": statistics.median(waits),
        "key_p95_ms": waits[int(len(waits) * 0.95)],
        "resident_mb": memory,
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
    rest, stream = at_rest(), under_stream(options.presses)
    ratio = frames["cockpit_s"] / frames["minimal_s"]
    reached = {
        "first_frame_ratio": ratio <= GOALS["first_frame_ratio"],
        "idle_bytes": rest["bytes"] == GOALS["idle_bytes"],
        "key_p95_ms": stream["key_p95_ms"] < GOALS["key_p95_ms"],
    }
    report = {
        "first_frame": {
            **frames,
            "ratio": ratio,
            "whole_program_ratio": frames["whole_program_s"] / frames["minimal_s"],
        },
        "idle": rest,
        "stream_10_agents_200_per_s": stream,
        "goals": GOALS,
        "reached": reached,
    }
    rounded = json.loads(json.dumps(report), parse_float=lambda text: round(float(text), 3))
    print(json.dumps(rounded, indent=2))
    sys.exit(0 if all(reached.values()) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
