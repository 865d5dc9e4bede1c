"""Textual's way to the terminal, for terminals that may go away at any moment."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Draws on standard output, and bears that nobody is there to see it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._event_loop = asyncio.get_running_loop()
        super().__init__(*args, **options)
        self._file = cast("Any", _Unbreakable(cast("IO[str]", sys.__stdout__)))
        self._is_quiet = False
        """Somebody else has the terminal."""

    def start_application_mode(self) -> None:
        self._is_quiet = False
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's

    def close(self) -> None:
        self._is_quiet = True
        super().close()

    def write(self, data: str) -> None:
        """Drop what is drawn while another program has the terminal: the thread that would write
        it has ended, its queue would fill up, and the event loop wait for room in it for ever.
        """
        if not self._is_quiet:
            super().write(data)

    def _sigtstp_application(self, *_: object) -> None:
        self._soon(super()._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        self._soon(self._begin_anew)

    def _begin_anew(self) -> None:
        """Draw again from nothing, as somebody else may have used the terminal.

        Textual's own would start a second reader beside one that still runs, and one after the
        app has ended; such a reader keeps the process alive for ever.
        """
        is_suspended = self._must_signal_resume
        is_reading = self._key_thread is not None and self._key_thread.is_alive()
        if is_reading and not is_suspended:
            self.suspend_application_mode()
        if is_reading or is_suspended:
            self.resume_application_mode()

    def _soon(self, call: Callable[[], None]) -> None:
        """Not in the midst of a signal: that may have hit while the lock of the queue of what is
        to be written was held, and `call` needs it too.
        """
        with suppress(RuntimeError):  # the loop is over
            self._event_loop.call_soon_threadsafe(call)


class _Unbreakable:
    """A file whose terminal may be gone; then what is written goes nowhere.

    If writing raised, Textual's writing thread would end, its queue would fill up, and the thread
    of the engine would wait for room in it.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        try:
            return self._file.write(text)
        except OSError:
            return 0

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            return

    def fileno(self) -> int:
        return self._file.fileno()


def let_go_of_terminal() -> None:
    """From here on input is at its end, and what is written goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
