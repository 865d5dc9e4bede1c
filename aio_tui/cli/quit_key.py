r"""Ctrl+\ on a terminal that lines are read from.

What is pasted before the first reading may hold it, and it would end the program and throw away
what else was typed. So it means nothing to `--plain` from the first instant until lines are read,
which then have all keys. Ctrl+C and Ctrl+Z are left as they are: whoever presses them means it.
"""

from __future__ import annotations

import os
import termios
from contextlib import suppress
from typing import Any

_CONTROL = 6
"""Where `termios.tcgetattr` has the characters that mean something."""
_DISABLED = b"\0"
_FAULTS = (termios.error, OSError, ValueError)

_key = _DISABLED
"""What it was on the terminal before it was disarmed."""


def disarm(fd: int) -> None:
    """Let the key be a character like any other, if `fd` is a terminal that is this process's."""
    global _key
    with suppress(*_FAULTS):
        if _is_mine(fd):
            modes = termios.tcgetattr(fd)
            key = modes[_CONTROL][termios.VQUIT]
            _set(fd, modes, _DISABLED)
            _key = key


def arm(fd: int) -> None:
    """Let it be what it was, if it was disarmed; nothing while another job has the terminal."""
    with suppress(*_FAULTS):
        if _key != _DISABLED and _is_mine(fd):
            _set(fd, termios.tcgetattr(fd), _key)


def armed(modes: list[Any]) -> list[Any]:
    """These modes of the terminal, with the key as it was."""
    if _key == _DISABLED:
        return modes
    characters = [*modes[_CONTROL]]
    characters[termios.VQUIT] = _key
    return [*modes[:_CONTROL], characters]


def _is_mine(fd: int) -> bool:
    return os.isatty(fd) and os.tcgetpgrp(fd) == os.getpgrp()


def _set(fd: int, modes: list[Any], key: bytes) -> None:
    modes[_CONTROL][termios.VQUIT] = key
    termios.tcsetattr(fd, termios.TCSANOW, modes)
