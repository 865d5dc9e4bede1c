"""Starts a program under Landlock, where no bubblewrap works: run as a program.

`landlock.py RULES PROGRAM ARGUMENT...`; RULES is JSON (see `rules_for`). What a program may not
reach the kernel refuses to it and to all it starts. Only the standard library is imported.

Source: the kernel's Documentation/userspace-api/landlock.rst, ABI 6.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import stat
import struct
import sys
from collections.abc import Iterable
from typing import Any

NEEDED_ABI = 6
"""The first one that keeps signals and abstract sockets inside."""
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_SET_SECUREBITS, _DROP_CAPABILITY = 28, 24
_ROOT_IS_NOBODY = 0x2F
"""Exec gives root no capabilities, and nothing changes that again."""
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_ALL_RIGHTS = (1 << 16) - 1
_MAKE_DEVICES = 1 << 6 | 1 << 11
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_LOOK = _EXECUTE | _READ_FILE | _READ_DIR
_CHANGE = _ALL_RIGHTS & ~_MAKE_DEVICES
_CONNECT_TCP = 1 << 1
_SCOPES = 1 << 0 | 1 << 1


def version() -> int:
    """The ABI of the running kernel; 0: it has no Landlock, or not in force."""
    return max(0, int(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION)))


def rules_for(
    *,
    readable: Iterable[str],
    listable: Iterable[str],
    writable: Iterable[str],
    limits: dict[str, int],
    filter_program: bytes,
) -> str:
    """What the program is told; paths that are not there are passed over. `limits`: names of
    `resource.RLIMIT_...` in lower case, and bytes or counts.
    """
    return json.dumps(
        {
            "readable": list(readable),
            "listable": list(listable),
            "writable": list(writable),
            "limits": limits,
            "filter": base64.b64encode(filter_program).decode(),
        }
    )


def restrict(rules: dict[str, Any]) -> None:
    """Bind this process for good.

    Raises:
        OSError: the kernel refuses; nothing may be started.
    """
    for name, most in rules["limits"].items():
        _lower(getattr(resource, f"RLIMIT_{name.upper()}"), most)
    libc = _libc()
    handled = struct.pack("=QQQ", _ALL_RIGHTS, _CONNECT_TCP, _SCOPES)
    ruleset = _must(libc.syscall(_CREATE, handled, ctypes.c_size_t(len(handled)), 0))
    for key, rights in (("readable", _LOOK), ("listable", _READ_DIR), ("writable", _CHANGE)):
        for path in rules[key]:
            _allow(libc, ruleset, path, rights)
    if os.geteuid() == 0:
        _give_up_capabilities(libc)
    _must(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    _must(libc.syscall(_RESTRICT, ruleset, 0))
    os.close(ruleset)
    lines = base64.b64decode(rules["filter"])
    held = ctypes.create_string_buffer(lines, len(lines))
    program = _Program(len(lines) // 8, ctypes.addressof(held))
    _must(libc.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))


def _give_up_capabilities(libc: ctypes.CDLL) -> None:
    """At the next exec: some of root's let it look into processes past Landlock."""
    _must(libc.prctl(_SET_SECUREBITS, _ROOT_IS_NOBODY, 0, 0, 0))
    number = 0
    while libc.prctl(_DROP_CAPABILITY, number, 0, 0, 0) == 0:
        number += 1


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _must(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


def _lower(limit: int, most: int) -> None:
    _, hard = resource.getrlimit(limit)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(limit, (value, value))


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        _must(libc.syscall(_ADD, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(descriptor)


def main() -> None:
    """Bind itself, become the program."""
    restrict(json.loads(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  that is what it is for


if __name__ == "__main__":
    main()
