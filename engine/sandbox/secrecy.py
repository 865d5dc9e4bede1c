"""Closing the back door to the engine's own environment."""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4


def deny_inspection() -> bool:
    """Make this process unreadable to other processes of the same user; whether that worked.

    A program that gets no secrets handed down can still read them from `/proc/<engine>/environ`
    or `/proc/<engine>/mem`, which the kernel shows to every process of the same user unless the
    process says otherwise. It costs core dumps and debuggers that attach. It does not stop root.
    Source: prctl(2), PR_SET_DUMPABLE; proc(5).
    """
    if sys.platform != "linux":
        return False
    import ctypes  # imported late: 5 ms that only a process that runs programs should pay

    return bool(ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
