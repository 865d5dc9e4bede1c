"""A program in a pty: what it prints, what it costs, how long a key waits."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import dropwhile
from pathlib import Path
from typing import NamedTuple

from benchmarks.apps import CHILDREN

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 200, 50
FRAME_END = b"\x1b[?2026l"
"""Textual ends each update with it."""
_QUERY, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether the terminal knows synchronized updates; it does, as most of today's do."""
_MARKS = re.compile(rb"\x1b\[(\d+);\d+H|48;2;\d+;\d+;\d+|" + re.escape(FRAME_END))
_ALTERNATE_SCREEN = b"\x1b[?1049h"
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z$]|\x1b[^\[]|\s")
_PAUSE_S = 0.037
"""Between two keys, which is no multiple of the length of a frame."""
_MOST_S = 5.0
"""How long a key is waited for."""
_HOPELESS = 3
"""After so many keys in a row that nothing came of, no more are pressed."""


class Cursor(NamedTuple):
    """How a program shows which row is selected, and the keys that move it."""

    colour: bytes
    """Background of the row."""
    down: bytes
    up: bytes


OURS = Cursor(b"48;2;11;99;174", b"j", b"k")
"""In the cockpit's default theme."""
TEXTUALS = Cursor(b"48;2;1;120;212", b"\x1b[B", b"\x1b[A")
"""Of Textual's own table."""


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
        return self._read_until(lambda: mark in self.output[start:], repr(mark), limit_s)

    def read_until_painted(self, characters: int = 400, *, limit_s: float = 30.0) -> float:
        """Seconds from the start until so many were seen on the alternate screen, blanks apart."""
        return self._read_until(lambda: self._painted() >= characters, "a frame", limit_s)

    def _painted(self) -> int:
        at = self.output.find(_ALTERNATE_SCREEN)
        return 0 if at < 0 else len(_ESCAPES.sub(b"", bytes(self.output[at:])))

    def _read_until(self, is_seen: Callable[[], bool], what: str, limit_s: float) -> float:
        while not is_seen():
            self.read(0.5)
            if time.perf_counter() - self.started_at > limit_s:
                raise TimeoutError(f"{what} was not seen; got {bytes(self.output[-500:])!r}")
        return time.perf_counter() - self.started_at

    def drain(self, seconds: float) -> int:
        """Bytes that come in `seconds`."""
        count, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            count += len(self.read(left))
        return count

    def rates(self, seconds: float) -> dict[str, float]:
        """Bytes a second and percent of a core, over so many seconds."""
        before, began = self.cpu_s(), time.perf_counter()
        count = self.drain(seconds)
        passed = time.perf_counter() - began
        cpu = (self.cpu_s() - before) / passed * 100
        return {"bytes_per_s": count / passed, "cpu_percent": cpu}

    def cpu_s(self) -> float:
        """CPU seconds the program has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def program(name: str, **environment: str) -> Iterator[Terminal]:
    """The child `name` in a fresh terminal; ended afterwards."""
    command = [sys.executable, "-c", CHILDREN[name]]
    with started(command, PYTHONPATH=str(ROOT), **environment) as terminal:
        yield terminal


@contextmanager
def started(command: Sequence[str], **environment: str) -> Iterator[Terminal]:
    """Any program, by its whole path, in a fresh terminal; ended afterwards."""
    started_at = time.perf_counter()
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
        os.execve(command[0], list(command), env)  # noqa: S606  whoever measures names it
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    try:
        yield Terminal(pid, fd, started_at)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)


def percentiles(waits_ms: Sequence[float]) -> dict[str, float]:
    """The middle, and what 95 of 100 stay below."""
    ordered = sorted(waits_ms)
    return {
        "key_p50_ms": statistics.median(ordered),
        "key_p95_ms": ordered[int(len(ordered) * 0.95)],
    }


def waits_for_frame(terminal: Terminal, keys: Sequence[bytes], presses: int) -> list[float]:
    """Milliseconds from a key to the end of the next update, whatever that shows: of a program at
    rest it is the key's.
    """
    is_drawn = re.compile(re.escape(FRAME_END)).search
    return [_press(terminal, keys[number % len(keys)], is_drawn) for number in range(presses)]


def waits_for_cursor(terminal: Terminal, cursor: Cursor, presses: int) -> list[float]:
    """Milliseconds from a key to the end of the update in which the row that it leads to is drawn
    as the selected one: whatever else is drawn meanwhile does not count.
    """
    keys = cursor.down, cursor.up
    above = _rows_of(cursor, bytes(terminal.output))[-1]
    rows = _row_below(terminal, cursor, above), above
    _press(terminal, cursor.up, partial(_is_drawn_on, above, cursor))
    waits: list[float] = []
    for number in range(presses):
        is_drawn = partial(_is_drawn_on, rows[number % 2], cursor)
        waits.append(_press(terminal, keys[number % 2], is_drawn))
        if min(waits[-_HOPELESS:]) >= _MOST_S * 1000 and len(waits) >= _HOPELESS:
            break
    return waits


def _row_below(terminal: Terminal, cursor: Cursor, above: int) -> int:
    """Where the cursor comes to by one key from row `above`."""
    start = len(terminal.output)
    _press(terminal, cursor.down, lambda output: set(_rows_of(cursor, output)) - {above})
    drawn = _rows_of(cursor, bytes(terminal.output[start:]))
    return next((row for row in drawn if row != above), above + 1)


def _rows_of(cursor: Cursor, output: bytes) -> list[int]:
    """The rows that are drawn as the selected one, as they come."""
    return [row for row, mark in _marks(output) if mark == cursor.colour]


def _is_drawn_on(row: int, cursor: Cursor, output: bytes) -> bool:
    marks = dropwhile(lambda each: each != (row, cursor.colour), _marks(output))
    return any(mark == FRAME_END for _, mark in marks)


def _marks(output: bytes) -> Iterator[tuple[int, bytes]]:
    """Backgrounds and ends of updates, each with the row that it stands on."""
    row = 0
    for found in _MARKS.finditer(output):
        if found[1]:
            row = int(found[1])
        else:
            yield row, found[0]


def _press(terminal: Terminal, key: bytes, is_shown: Callable[[bytes], object]) -> float:
    """Milliseconds until `is_shown` holds of what came since the key; at most `_MOST_S`."""
    terminal.read(0)
    start, pressed_at = len(terminal.output), time.perf_counter()
    os.write(terminal.fd, key)
    passed_s = 0.0
    while not is_shown(bytes(terminal.output[start:])) and passed_s < _MOST_S:
        terminal.read(0.5)
        passed_s = time.perf_counter() - pressed_at
    terminal.drain(_PAUSE_S)
    return passed_s * 1000
