"""The arguments of bubblewrap: what a held program sees of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.domain.settings import SandboxSettings
from engine.domain.values import dataclass

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix")
_SECRET_FILES = (
    "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers",
    "/etc/krb5.keytab", "/etc/machine-id", "/etc/security/opasswd",
)  # fmt: skip
_SECRET_FOLDERS = ("/etc/ssh", "/etc/ssl/private", "/etc/sudoers.d", "/etc/letsencrypt")
"""Of `/etc`: what root could read, for the operator may be root."""
_MB = 1024 * 1024
_TEMP_BYTES = 2048 * _MB
HOME = "/tmp/home"  # noqa: S108  inside the sandbox, where /tmp belongs to one command
_LIMITED = """\
exec 3>&2 2>/dev/null
ulimit -u {processes} || ulimit -p {processes}
ulimit -d {data_kb}
ulimit -f {file_blocks}
ulimit -c 0
exec 2>&3 3>&- "$@"
"""
"""For the shell of the system; the number of processes is `-p` for some of them. A limit that is
stricter already stays.
"""
_ISOLATION = (
    "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts",
    "--unshare-cgroup-try", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
    "--hostname", "sandbox",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is there beside the system."""

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    """They win over `readable` and `hidden`."""
    hidden: tuple[Path, ...] = ()
    """Folders of which nothing is there but what the others bring."""
    mounted: tuple[tuple[Path, Path], ...] = ()
    """Writable folders that are there under another path: `(real, seen as)`."""


def bubblewrap(
    argv: Sequence[str],
    *,
    program: str,
    cwd: Path,
    view: View,
    limits: SandboxSettings,
    filter_file: int | None,
) -> list[str]:
    """The command that runs `argv` held; the caller sees to it that its program is there.

    `filter_file`: the descriptor that the filter of system calls is read from; None: there is no
    filter for this machine.
    """
    # Without the filter nothing else keeps a program from making namespaces; with it another
    # namespace around this one would cost a third of the start.
    guard = ["--disable-userns"] if filter_file is None else ["--seccomp", str(filter_file)]
    return [
        *(program, *_ISOLATION, *guard),
        *_system(),
        *_own(view),
        *("--chdir", str(cwd), "--"),
        *("/bin/sh", "-c", _limited(limits), "sh"),
        *argv,
    ]


def readable_system() -> Iterator[str]:
    """Paths of the system without its secrets, for who cannot hide a path in another."""
    secrets = {*_SECRET_FILES, *_SECRET_FOLDERS}
    yield from (folder for folder in _SYSTEM if folder != "/etc")
    for name in os.listdir("/etc"):  # noqa: PTH208
        path = f"/etc/{name}"
        if path in secrets:
            continue
        if any(one.startswith(f"{path}/") for one in secrets):
            inner = (f"{path}/{below}" for below in os.listdir(path))  # noqa: PTH208
            yield from (one for one in inner if one not in secrets)
        else:
            yield path


def _system() -> Iterator[str]:
    for folder in _SYSTEM:
        if os.path.islink(folder):  # noqa: PTH114  runs before every command
            yield from ("--symlink", os.readlink(folder), folder)  # noqa: PTH115
        else:
            yield from ("--ro-bind-try", folder, folder)
    yield from ("--proc", "/proc", "--dev", "/dev")
    for secret in _SECRET_FILES:
        if os.path.exists(secret):  # noqa: PTH110
            yield from ("--ro-bind", "/dev/null", secret)
    for secret in _SECRET_FOLDERS:
        if os.path.isdir(secret):  # noqa: PTH112
            yield from ("--tmpfs", secret)
    yield from ("--size", str(_TEMP_BYTES), "--tmpfs", "/tmp", "--dir", HOME)  # noqa: S108
    yield from ("--size", str(64 * _MB), "--tmpfs", "/dev/shm", "--dir", "/run")  # noqa: S108
    yield from ("--size", str(64 * _MB), "--tmpfs", "/var/tmp")  # noqa: S108


def _own(view: View) -> Iterator[str]:
    for folder in view.hidden:
        yield from ("--tmpfs", str(folder))
    for path in view.readable:
        yield from ("--ro-bind-try", str(path), str(path))
    for path in view.writable:
        yield from ("--bind", str(path), str(path))
    for real, seen in view.mounted:
        yield from ("--bind", str(real), str(seen))
    for folder in view.hidden:
        yield from ("--remount-ro", str(folder))


def _limited(limits: SandboxSettings) -> str:
    return _LIMITED.format(
        processes=limits.processes,
        data_kb=limits.memory_mb * 1024,
        file_blocks=limits.file_mb * 2048,
    )
