"""Find and end the processes that started programs left behind (Linux: through /proc).

Every program the engine starts carries a mark in its environment, which its descendants inherit
even if they leave the session: `AIO_TUI_CALL=<engine pid>:<engine start>:<number>:<root>`. Run as
a program this file is the guardian: it waits for the end of its standard input, which comes
however the engine dies, and then ends all that carries the engine's mark.

Only the standard library's quickest parts are imported: the guardian is started with every engine.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

MARK = "AIO_TUI_CALL"
DISMISSED = b"q"
"""What the guardian reads when the engine ended in good order."""

_ROUND_PAUSE_S = 0.02
_QUIET_ROUNDS = 3


class Process(NamedTuple):
    """One line of the process table."""

    pid: int
    parent: int
    group: int
    session: int
    started: int
    """Clock ticks after boot; with the pid it names a process for good."""


def is_supported() -> bool:
    """Whether this system shows its processes under /proc."""
    return sys.platform == "linux" and os.path.exists("/proc/self/environ")  # noqa: PTH110


def look_up(pid: int) -> Process | None:
    """The living process `pid`; None if there is none or only its zombie."""
    raw = _read(f"/proc/{pid}/stat")
    fields = raw[raw.rfind(b")") + 2 :].split()
    if len(fields) < 20 or fields[0] in (b"Z", b"X"):
        return None
    return Process(pid, int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19]))


def engine_mark(pid: int, number: int) -> str:
    """The beginning that the marks of runner `number` of engine `pid` share."""
    process = look_up(pid)
    return f"{pid}:{process.started if process else 0}:{number}."


def newest_pid() -> int:
    """The process id given out last; ids above one read earlier are younger, until they wrap."""
    fields = _read("/proc/loadavg").split()
    return int(fields[-1]) if fields else 0


def find_call(mark: str, main_pid: int | None, *, is_short: bool) -> list[int]:
    """Living processes of one call: by mark, by session or group of its first process, and the
    descendants of all these. Cost: one listing of /proc plus two reads per process; for a short
    call, in which process ids cannot have gone round, only of those younger than the call.
    """
    wanted = os.fsencode(f"{MARK}={mark}")
    is_narrow = is_short and main_pid is not None and newest_pid() >= main_pid
    found: set[int] = set()
    others: list[Process] = []
    for process in _processes(above=main_pid - 1 if main_pid and is_narrow else 1):
        is_member = main_pid is not None and main_pid in (process.session, process.group)
        if is_member or _has_mark(process.pid, wanted):
            found.add(process.pid)
        else:
            others.append(process)
    return sorted(_with_descendants(found, others))


def kill_marked(is_wanted: Callable[[str], bool]) -> int:
    """Kill every process whose mark is wanted, and its descendants, until none is left.

    Returns how many were killed. Gives up after about a second on those that will not die.
    """
    killed: set[int] = set()
    quiet = 0
    for _ in range(50):
        pids = _find_marked(is_wanted)
        killed.update(pids)
        for pid in pids:
            send(pid, signal.SIGKILL)
        quiet = 0 if pids else quiet + 1
        if quiet == _QUIET_ROUNDS:
            break
        time.sleep(_ROUND_PAUSE_S)
    return len(killed)


def send(pid: int, number: int) -> None:
    """Signal a process that may be gone already."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def send_group(group: int, number: int) -> None:
    """Signal a process group that may be gone already."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _find_marked(is_wanted: Callable[[str], bool]) -> list[int]:
    prefix = f"{MARK}=".encode()
    found: set[int] = set()
    others: list[Process] = []
    for process in _processes(above=1):
        mark = _mark_of(process.pid, prefix)
        if process.pid != os.getpid() and mark is not None and is_wanted(mark):
            found.add(process.pid)
        else:
            others.append(process)
    return sorted(_with_descendants(found, others) - {os.getpid()})


def _with_descendants(found: set[int], others: list[Process]) -> set[int]:
    grown = set(found)
    while more := {other.pid for other in others if other.parent in grown} - grown:
        grown |= more
    return grown


def _processes(*, above: int) -> Iterator[Process]:
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit() and int(name) > above:
            process = look_up(int(name))
            if process is not None:
                yield process


def _has_mark(pid: int, wanted: bytes) -> bool:
    environ = _read(f"/proc/{pid}/environ")
    return wanted in environ.split(b"\0") if wanted in environ else False


def _mark_of(pid: int, prefix: bytes) -> str | None:
    environ = _read(f"/proc/{pid}/environ")
    if prefix not in environ:
        return None
    for entry in environ.split(b"\0"):
        if entry.startswith(prefix):
            return os.fsdecode(entry[len(prefix) :])
    return None


def _read(path: str) -> bytes:
    """The file's bytes; empty when the process is gone or another user's."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def guard(mark: str) -> None:
    """Wait until the engine lets go of standard input, then kill what bears its mark."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    if os.read(0, 1) != DISMISSED:
        kill_marked(lambda seen: seen.startswith(mark))


if __name__ == "__main__":
    guard(sys.argv[1])
