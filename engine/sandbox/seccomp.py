"""A filter for system calls that no namespace holds, as the kernel wants it."""

from __future__ import annotations

import platform
import struct
from collections.abc import Mapping

_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _UNKNOWN, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
"""`_REFUSE`: the call ends with EPERM; `_UNKNOWN`: with ENOSYS."""
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_X32_BIT = 0x40000000
_ARCHITECTURES: Mapping[str, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_NUMBERS: Mapping[str, tuple[int, int]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsmount": (432, 432), "mount_setattr": (442, 442),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "syslog": (103, 116), "personality": (135, 92), "kcmp": (312, 272),
}  # fmt: skip
"""Refused calls: numbers on x86_64 and on aarch64. Source: the kernel's syscall tables."""
_CLONE = (56, 220)
_CLONE3 = 435
_NEW_USER_NAMESPACE = 0x10000000
"""A flag of clone. What clone3 is asked for lies in memory, which a filter cannot read: it is
answered as by an old kernel, and everybody then takes clone.
"""


_SOCKET = (41, 198)


def seccomp_filter(machine: str = "", *, is_alone: bool = False) -> bytes | None:
    """The program; None: the numbers of this machine are not known here. `is_alone`: no namespace
    keeps sockets apart, so none can be made but pairs.
    """
    machine = machine or platform.machine()
    architecture = _ARCHITECTURES.get(machine)
    if architecture is None:
        return None
    at = list(_ARCHITECTURES).index(machine)
    numbers = [known[at] for known in (*_NUMBERS.values(), *([_SOCKET] if is_alone else ()))]
    lines = [
        _line(_LOAD, 0, 0, _ARCHITECTURE_AT),
        _line(_JUMP_EQUAL, 1, 0, architecture),
        _line(_RETURN, 0, 0, _KILL),
        _line(_LOAD, 0, 0, _NUMBER_AT),
        _line(_JUMP_GREATER, len(numbers) + 6, 0, _X32_BIT),
        _line(_JUMP_EQUAL, 0, 1, _CLONE3),
        _line(_RETURN, 0, 0, _UNKNOWN),
    ]
    lines += [
        _line(_JUMP_EQUAL, len(numbers) + 3 - index, 0, number)
        for index, number in enumerate(numbers)
    ]
    lines += [
        _line(_JUMP_EQUAL, 0, 2, _CLONE[at]),
        _line(_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        _line(_JUMP_SET, 1, 0, _NEW_USER_NAMESPACE),
        _line(_RETURN, 0, 0, _ALLOW),
        _line(_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(lines)


def _line(code: int, is_true: int, is_false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, is_true, is_false, value)
