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
from collections.abc import Callable, Container, Iterator
from typing import NamedTuple

MARK = "AIO_TUI_CALL"
DISMISSED = b"q"
"""What the guardian reads when the engine ended in good order."""

_ROUND_PAUSE_S = 0.02
_QUIET_ROUNDS = 3
_FREEZE_ROUNDS = 20
_EXEC_LOOKS = 10
_EXEC_PAUSE_S = 0.0005
_KERNEL_THREAD = 0x00200000


class Process(NamedTuple):
    """One line of the process table."""

    pid: int
    parent: int
    group: int
    session: int
    started: int
    """Clock ticks after boot; with the pid it names a process for good."""

    @property
    def identity(self) -> tuple[int, int]:
        return self.pid, self.started


def is_supported() -> bool:
    """Whether this system shows its processes under /proc."""
    return sys.platform == "linux" and os.path.exists("/proc/self/environ")  # noqa: PTH110


def look_up(pid: int) -> Process | None:
    """The living process `pid`; None if there is none, only its zombie, or a kernel thread."""
    raw = _read(f"/proc/{pid}/stat")
    fields = raw[raw.rfind(b")") + 2 :].split()
    if len(fields) < 20 or fields[0] in (b"Z", b"X") or int(fields[6]) & _KERNEL_THREAD:
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


def find_call(
    mark: str, main_pid: int | None, known: Container[tuple[int, int]], *, is_short: bool
) -> list[Process]:
    """Living processes of one call: by mark, by session or group of its first process, those known
    from an earlier look, and the descendants of all these. Cost: one listing of /proc plus two
    reads per process; for a short call, in which process ids cannot have gone round, only of those
    younger than the call.
    """
    wanted = os.fsencode(f"{MARK}={mark}")
    is_narrow = is_short and main_pid is not None and newest_pid() >= main_pid
    found: dict[int, Process] = {}
    others: list[Process] = []
    for process in _processes(above=main_pid - 1 if main_pid and is_narrow else 1):
        is_member = main_pid is not None and main_pid in (process.session, process.group)
        if is_member or process.identity in known or _has_mark(process.pid, wanted):
            found[process.pid] = process
        else:
            others.append(process)
    return _with_descendants(found, others)


def kill_marked(is_wanted: Callable[[str], bool], *, quiet_rounds: int) -> int:
    """Kill every process whose mark is wanted, and its descendants, until none is left.

    Returns how many were killed. Ends after `quiet_rounds` looks in a row that found none; more
    than one is for processes that may be in the middle of being started. Gives up after about a
    second on those that will not die.
    """
    killed: set[int] = set()
    quiet = 0
    for _ in range(50):
        frozen = freeze(lambda: _find_marked(is_wanted))
        killed.update(process.pid for process in frozen)
        for process in frozen:
            send(process.pid, signal.SIGKILL)
        quiet = 0 if frozen else quiet + 1
        if quiet == quiet_rounds:
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


def freeze(find: Callable[[], list[Process]]) -> list[Process]:
    """Stop every process that `find` finds, until it finds no new one; all of them.

    A tree that runs on while it is looked at can grow a child and lose its parent between the look
    and the signal, and then nothing leads to that child any more.
    """
    frozen: dict[int, Process] = {}
    for _ in range(_FREEZE_ROUNDS):
        fresh = [process for process in find() if process.pid not in frozen]
        if not fresh:
            break
        for process in fresh:
            send(process.pid, signal.SIGSTOP)
            frozen[process.pid] = process
    return list(frozen.values())


def _find_marked(is_wanted: Callable[[str], bool]) -> list[Process]:
    prefix = f"{MARK}=".encode()
    found: dict[int, Process] = {}
    others: list[Process] = []
    for process in _processes(above=1):
        mark = _mark_of(process.pid, prefix)
        if mark is not None and is_wanted(mark):
            found[process.pid] = process
        else:
            others.append(process)
    return [one for one in _with_descendants(found, others) if one.pid != os.getpid()]


def _with_descendants(found: dict[int, Process], others: list[Process]) -> list[Process]:
    grown = dict(found)
    while more := [one for one in others if one.parent in grown and one.pid not in grown]:
        grown.update((one.pid, one) for one in more)
    return list(grown.values())


def _processes(*, above: int) -> Iterator[Process]:
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit() and int(name) > above:
            process = look_up(int(name))
            if process is not None:
                yield process


def _has_mark(pid: int, wanted: bytes) -> bool:
    environ = _environ(pid)
    return wanted in environ and wanted in environ.split(b"\0")


def _mark_of(pid: int, prefix: bytes) -> str | None:
    environ = _environ(pid)
    if prefix not in environ:
        return None
    for entry in environ.split(b"\0"):
        if entry.startswith(prefix):
            return os.fsdecode(entry[len(prefix) :])
    return None


def _environ(pid: int) -> bytes:
    """What the process was started with; empty when it is gone or another user's.

    It also reads as empty in the middle of an exec, so an empty one is looked at again.
    """
    for _ in range(_EXEC_LOOKS):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
                environ = file.read()
        except OSError:
            return b""
        if environ:
            return environ
        time.sleep(_EXEC_PAUSE_S)
    return b""


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
        kill_marked(lambda seen: seen.startswith(mark), quiet_rounds=_QUIET_ROUNDS)


if __name__ == "__main__":
    guard(sys.argv[1])
