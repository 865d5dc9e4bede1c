"""Tries, from inside, each thing that a sandbox is to keep away: run as a program.

It reads JSON on standard input, what was planted outside, and prints JSON: for each property what
was tried, and what was reached. Only the standard library is imported.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

Planted = dict[str, Any]
Trial = tuple[str, Callable[[], object]]
"""What is tried in words, and the attempt: it reached something unless it raises OSError or gives
nothing.
"""


def trials(planted: Planted) -> Iterator[tuple[str, list[Trial]]]:
    """Properties with their trials."""
    secret = planted["secret"]
    yield "reads outside", [_reading(path) for path in planted["outside"]]
    yield "writes outside", [_writing(path) for path in planted["unwritable"]]
    yield "home", [_listing(path) for path in planted["home"]]
    yield (
        "network",
        [
            ("127.0.0.1", lambda: _connect(socket.AF_INET, ("127.0.0.1", planted["port"]))),
            ("other interfaces", lambda: [x for _, x in socket.if_nameindex() if x != "lo"]),
            ("192.0.2.1", lambda: _connect(socket.AF_INET, ("192.0.2.1", 80))),
        ],
    )
    yield (
        "host sockets",
        [
            ("a Unix socket", lambda: _connect(socket.AF_UNIX, planted["unix"])),
            ("an abstract one", lambda: _connect(socket.AF_UNIX, "\0" + planted["abstract"])),
        ],
    )
    yield (
        "other processes",
        [
            ("kill", lambda: _kills(planted["victim"], planted["started"])),
            ("look into the engine", lambda: _is_process(planted["engine"], planted["born"])),
            ("namespaces of its own", lambda: _makes_namespace()),
        ],
    )
    yield (
        "limits",
        [
            ("memory", lambda: _holds_bytes(planted["memory_bytes"])),
            ("file size", lambda: _holds_file(planted["file_bytes"])),
            ("processes", lambda: _allows_processes(planted["processes"])),
            ("core files", lambda: resource.getrlimit(resource.RLIMIT_CORE)[1]),
        ],
    )
    yield (
        "environment",
        [
            ("own variables", lambda: secret in "".join(os.environ.values())),
            ("those of all processes", lambda: _in_environments(secret.encode())),
        ],
    )
    yield "engine state", [_reading(path) for path in planted["state"]]
    yield "git of others", [_listing(path) for path in planted["git"]]


def reached(attempt: Callable[[], object]) -> bool:
    """Whether it led anywhere."""
    try:
        return bool(attempt())
    except (OSError, ValueError, MemoryError):
        return False


def _reading(path: str) -> Trial:
    def read() -> bool:
        os.close(os.open(path, os.O_RDONLY))
        return True

    return path, read


def _writing(path: str) -> Trial:
    def write() -> bool:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        os.unlink(path)  # noqa: PTH108  it was just made, and nothing but this program is loaded
        return True

    return path, write


def _listing(path: str) -> Trial:
    """Folders of programs may be shown in it, nothing beside them."""
    return path, lambda: [name for name in os.listdir(path) if name not in SHOWN]  # noqa: PTH208


SHOWN: set[str] = set()
"""First parts of what is shown on purpose."""


def _connect(family: int, address: Any) -> bool:
    with socket.socket(family) as one:
        one.settimeout(0.3)
        one.connect(address)
    return True


def _kills(pid: int, started: str) -> bool:
    if not _is_process(pid, started):
        return False
    os.kill(pid, 0)
    return True


def _is_process(pid: int, started: str) -> bool:
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[19] == started


def _makes_namespace() -> bool:
    child = os.fork()
    if child == 0:
        os.execvp("unshare", ["unshare", "-U", "true"])  # noqa: S606  that it fails is the point
    return os.waitpid(child, 0)[1] == 0


def _holds_bytes(size_bytes: int) -> bool:
    with mmap.mmap(-1, size_bytes + (1 << 26), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS):
        return True


def _holds_file(size_bytes: int) -> bool:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    name = f"trial-{os.getpid()}"
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.ftruncate(descriptor, size_bytes + (1 << 20))
    finally:
        os.close(descriptor)
        os.unlink(name)  # noqa: PTH108  as above
    return True


def _allows_processes(most: int) -> bool:
    allowed = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    return allowed == resource.RLIM_INFINITY or allowed > most


def _in_environments(secret: bytes) -> bool:
    for pid in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
                if secret in file.read():
                    return True
        except OSError:
            continue
    return False


def main() -> None:
    """Try everything."""
    planted: Planted = json.load(sys.stdin)
    SHOWN.update(planted["shown"])
    told = [
        {
            "property": name,
            "tried": [what for what, _ in tried],
            "reached": [what for what, attempt in tried if reached(attempt)],
        }
        for name, tried in trials(planted)
    ]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
