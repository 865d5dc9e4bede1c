"""What a shell waits for: a process in front of the cockpit that can end before the run does.

A shell holds the terminal for as long as the program it started lives. So that program is a second,
small one: it forks before anything is loaded, waits, and ends with exit code 0 as soon as the
cockpit is left. The cockpit's process then has a session of its own, out of the shell's reach.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from aio_tui.cli.quit_key import armed

_IS_LEFT: Final = signal.SIGUSR1
_STEPS_ASIDE: Final = signal.SIGUSR2
_LEFT_TO_THE_CHILD = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP)
"""The terminal sends them to both. The shell takes the terminal as soon as this process stops, so
that it must not before the cockpit has let go of it.
"""
_PR_SET_PDEATHSIG = 1
_LOCAL_MODES = 3
"""Where `termios.tcgetattr` has them."""
_LEAVE_SCREEN = "".join((
    "\x1b[?2026l",  # what was being drawn is shown
    *(f"\x1b[?{mode}l" for mode in (1000, 1002, 1003, 1006, 1015, 1016, 1004, 2004, 2048)),
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[0m",
    "\x1b[23;0t",  # the window has its title again
))  # fmt: skip
"""Takes back all that a cockpit asks of a terminal: mouse, focus, marks around a paste, news of its
size, keys told in full, another screen without a cursor, a title.
"""

TOO_SIMPLE: Final = frozenset({"", "dumb", "unknown"})
"""Values of TERM of a terminal that cannot place text."""

_guardian = 0
"""The process that the shell waits for; 0: this one, or there is no shell."""


def stand_in_front() -> int | None:
    """Split in two if a shell waits for this process; to be called before any thread is there.

    Returns:
        In the process that goes on to work: None. In the one that the shell waits for, once its end
        has come: its exit code.
    """
    global _guardian
    if not _has_shell():
        return None
    guardian = os.getpid()
    child = os.fork()
    if child == 0:
        _guardian = guardian
        return None
    return _wait_for(child)


def _has_shell() -> bool:
    """Whether another process, such as a shell with job control, leads the session."""
    return sys.stdin.isatty() and os.getsid(0) != os.getpgrp()


def _wait_for(child: int) -> int:
    modes = armed(termios.tcgetattr(sys.stdin))

    def pass_on(number: int, _: FrameType | None) -> None:
        os.kill(child, number)

    signal.signal(_IS_LEFT, lambda *_: os._exit(0))
    signal.signal(_STEPS_ASIDE, lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
    signal.signal(signal.SIGTERM, pass_on)
    for number in _LEFT_TO_THE_CHILD:
        signal.signal(number, signal.SIG_IGN)
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)  # the shell is to see it, and to wake both
            continue
        if os.WIFSIGNALED(status):
            _restore_terminal(modes, os.WTERMSIG(status))
        return _end_as(status)


def _restore_terminal(modes: list[Any], killed_by: int) -> None:
    """Give the shell its terminal back if the cockpit had it when it was killed."""
    with suppress(OSError, termios.error, ValueError):
        if termios.tcgetattr(sys.stdin)[_LOCAL_MODES] & termios.ICANON:
            return
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, modes)
        if os.environ.get("TERM", "") not in TOO_SIMPLE:  # only lines were shown, in plain mode
            sys.stdout.write(_LEAVE_SCREEN)
        sys.stdout.flush()
        name = signal.Signals(killed_by).name
        sys.stderr.write(
            f"aio-tui: the cockpit was killed ({name}). What was done is kept: the same command"
            " opens it again and goes on from there.\n"
        )
        sys.stderr.flush()


def _end_as(status: int) -> int:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return os.waitstatus_to_exitcode(status)


def can_go_behind() -> bool:
    """Whether a shell waits for another process than this one, and can show its prompt again."""
    return _guardian != 0


def die_with_guardian() -> None:
    """From here on this process is killed when the one that the shell waits for is."""
    if _guardian and not _ask_for_signal(signal.SIGKILL):
        return
    if _guardian and os.getppid() != _guardian:
        os.kill(os.getpid(), signal.SIGKILL)


def go_behind() -> None:
    """Leave the shell's session and let the shell go on; nothing if there is no such shell."""
    global _guardian
    if not _guardian:
        return
    _ask_for_signal(0)
    os.setsid()
    os.kill(_guardian, _IS_LEFT)
    _guardian = 0


def let_shell_go_on() -> None:
    """Let the shell show its prompt, as with a job that is stopped; this process goes on, and hears
    SIGCONT when the shell is told to go on with it. Only where `can_go_behind`.
    """
    os.kill(_guardian, _STEPS_ASIDE)


def _ask_for_signal(number: int) -> bool:
    """Be sent this signal when the parent dies; whether that is possible here."""
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) == 0)
    except (AttributeError, ImportError, OSError):
        return False
