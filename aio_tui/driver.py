"""Textual's way to the terminal, for terminals that may go away at any moment."""

from __future__ import annotations

import asyncio
import os
import selectors
import sys
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from threading import Event
from typing import IO, Any, Protocol, cast

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste
from textual.message import Message

from aio_tui.cli.foreground import can_go_behind, let_shell_go_on
from aio_tui.replies import PASTE_LAPSES, Replies

_PASTED_FROM = 256
"""Characters that come at once are a paste though the terminal does not say so; as keys, a
megabyte of them would keep the cockpit busy for a minute."""
_ESCAPE = "\x1b"

_LOOK_EVERY_S = 0.1
"""How often the input looks whether a lone Escape was all that came, after something came; and
whether a paste was."""
_LOOKS = PASTE_LAPSES
_LOOK_FRONT_EVERY_S = 0.2
_REST_S = 5.0
"""How long it sleeps after so many looks; input and the end of the app wake it."""


class _Shows(Protocol):
    def forget_screen(self) -> None:
        """Nothing of what was written is there any more."""
        ...


class TerminalDriver(LinuxDriver):
    """Draws on standard output, and bears that nobody is there to see it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._event_loop = asyncio.get_running_loop()
        super().__init__(*args, **options)
        self._file = cast("Any", _Unbreakable(cast("IO[str]", sys.__stdout__)))
        self.exit_event = self._bell = Bell()
        self._is_quiet = False
        """Somebody else has the terminal."""
        self._looking: asyncio.TimerHandle | None = None
        """At whether the terminal is back."""

    def start_application_mode(self) -> None:
        self._is_quiet = False
        cast("_Shows", self._app).forget_screen()
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

    def run_input_thread(self) -> None:
        """Read keys until the app ends. Textual's own ends at the first byte that is no UTF-8 and
        at sequences of no terminal, and takes the app with it; here they are passed over.
        """
        decoder = getincrementaldecoder("utf-8")(errors="replace")
        parser, replies = XTermParser(self._debug), Replies()
        is_pasting = False
        looks = 0
        with selectors.DefaultSelector() as ready:
            ready.register(self.fileno, selectors.EVENT_READ)
            ready.register(self._bell, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                woken_by = ready.select(_LOOK_EVERY_S if looks < _LOOKS else _REST_S)
                try:
                    is_input = any(key.fd == self.fileno for key, _ in woken_by)
                    text = self._read(decoder) if is_input else ""
                except OSError:  # the terminal is gone, and its end is told elsewhere
                    return
                text = replies.feed(text) if is_input else replies.lapse()
                looks = 0 if is_input else looks + 1
                is_pasting = _ESCAPE not in text and len(text) >= (is_pasting or _PASTED_FROM)
                if is_pasting:
                    self.process_message(Paste(text))
                    continue
                try:
                    self._tell(parser.feed(text) if text else (), parser.tick())
                except (ValueError, OverflowError, ParseError):
                    parser, replies = XTermParser(self._debug), Replies()

    def _read(self, decoder: IncrementalDecoder) -> str:
        raw = os.read(self.fileno, 4096)
        if not raw:  # at its end, which lets nobody wait
            self.exit_event.wait(_LOOK_EVERY_S)
        return decoder.decode(raw)

    def _tell(self, *events: Iterable[Message]) -> None:
        for event in chain.from_iterable(events):
            self.process_message(event)

    def stop_application_mode(self) -> None:
        if not self._is_quiet:  # else the modes are somebody else's, and touching them stops us
            super().stop_application_mode()

    def disable_input(self) -> None:
        if not self._is_quiet:
            super().disable_input()

    def step_aside(self) -> bool:
        """Give the terminal back to the shell until it is told to go on with this job; the run in
        this process goes on meanwhile. False: no shell waits for it, nothing happens.
        """
        if not can_go_behind():
            return False
        if self._auto_restart and not self._is_quiet:
            self.suspend_application_mode()
            self._must_signal_resume = True
        let_shell_go_on()
        return True

    def _sigtstp_application(self, *_: object) -> None:
        self._soon(self._stop_or_step_aside)

    def _stop_or_step_aside(self) -> None:
        if not self.step_aside():
            super()._sigtstp_application()

    def _sigcont_application(self, *_: object) -> None:
        self._soon(self._begin_anew)

    def _begin_anew(self) -> None:
        """Draw again from nothing, as somebody else may have used the terminal.

        Textual's own would start a second reader beside one that still runs, and one after the
        app has ended; such a reader keeps the process alive for ever.
        """
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        if not self._is_in_front():  # `bg`: `fg` then tells nobody
            self._looking = self._event_loop.call_later(_LOOK_FRONT_EVERY_S, self._begin_anew)
            return
        is_suspended = self._must_signal_resume
        is_reading = self._key_thread is not None and self._key_thread.is_alive()
        if is_reading and not is_suspended:
            self.suspend_application_mode()
        if is_reading or is_suspended:
            self.resume_application_mode()

    def _is_in_front(self) -> bool:
        """Whether the terminal is this job's now, or nobody's any more."""
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:
            return True

    def _soon(self, call: Callable[[], None]) -> None:
        """Not in the midst of a signal: that may have hit while the lock of the queue of what is
        to be written was held, and `call` needs it too.
        """
        with suppress(RuntimeError):  # the loop is over
            self._event_loop.call_soon_threadsafe(call)


class Bell(Event):
    """An event that can be waited for beside files: there is something to read once it is set."""

    def __init__(self) -> None:
        super().__init__()
        self._heard, self._rung = os.pipe()
        for descriptor in (self._heard, self._rung):
            os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        return self._heard

    def set(self) -> None:
        super().set()
        with suppress(BlockingIOError):  # it has been rung often enough
            os.write(self._rung, b"!")

    def clear(self) -> None:
        super().clear()
        with suppress(BlockingIOError):  # it was not rung
            os.read(self._heard, 4096)

    def __del__(self) -> None:
        os.close(self._heard)
        os.close(self._rung)


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
