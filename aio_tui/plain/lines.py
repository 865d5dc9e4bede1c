"""Lines that somebody types, or that come through a pipe, without a thread that waits for them."""

from __future__ import annotations

import asyncio
import os
import select
import termios
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from aio_tui.cli.quit_key import arm, armed
from aio_tui.plain.editing import LineEditor

_LOOK_EVERY_S = 0.2
"""At whether the terminal is back."""
_PASTE_S = 0.3
"""So long nothing more has come of a paste that is over."""
_APART_S = 0.05
"""Nobody enters two lines within so short a time: a paste may come in pieces."""
_DRAINED_WITHIN_S = 5.0
"""So long what still comes is thrown away at the end."""
_AHEAD = 2
"""So many lines may have been typed while nothing was read."""
_MOST = 65_536
"""Characters of a line; what is longer is cut."""
_REST = 3
"""More letters than that behind an entered line, in the same instant, were not typed."""
_QUICK = 40
"""So many bytes quick hands may have typed while nothing was read."""
_INPUT, _LOCAL = 0, 3
"""Where `termios.tcgetattr` has the modes of input, and of the line."""
INTERRUPT, STOP = b"\x03", b"\x1a"
"""Ctrl+C and Ctrl+Z: keys, and nothing in the middle of a paste."""


class Refused(str):
    """Why what came in is not to be obeyed; it stands for that line."""

    __slots__ = ()


class LineReader:
    """Iterates over the lines that come in on `fd`; ends with the input.

    Args:
        fd: where lines come from.
        show: writes to the terminal what is typed on it, which is then known (`begun`); and several
            lines that come in the same instant are a paste, of which none is given. None: the
            terminal does all that itself, and tells whole lines.
    """

    def __init__(self, fd: int, show: Callable[[str], object] | None = None) -> None:
        self._fd = fd
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._begun = b""
        self._is_reading = False
        self._edits = show is not None
        self._show = show or (lambda _: None)
        self._editor = LineEditor(self._show)
        self._modes: list[Any] | None = None
        """Of the terminal as it was, while its lines are edited here."""
        self._pasted = 0
        self._paste: asyncio.TimerHandle | None = None
        self._entered: list[str | None] = []
        """What may yet turn out to be the first line of a paste."""
        self._apart: asyncio.TimerHandle | None = None
        self.is_lent = False
        """Whether a program that this one started has the terminal."""
        self._is_fresh = True
        """Whether what comes next may have been typed ahead while nobody read."""
        self.on_control: Mapping[bytes, Callable[[], None]] = {}
        """What is done for keys that are no letters, while lines are edited here."""
        self.on_key: Callable[[], None] = lambda: None
        """Called when something was typed, and when the terminal is back."""

    @property
    def is_terminal(self) -> bool:
        """Whether somebody types."""
        with suppress(OSError):
            return os.isatty(self._fd)
        return False

    @property
    def begun(self) -> str:
        """What is typed and not entered, as far as that is known."""
        return self._editor.begun

    @property
    def is_behind(self) -> bool:
        """Whether the terminal is another program's now."""
        try:
            return self.is_lent or (os.isatty(self._fd) and os.tcgetpgrp(self._fd) != os.getpgrp())
        except OSError:
            return False

    def begin(self) -> None:
        """Read from here on; what was typed before comes now."""
        if self._is_reading:
            return
        self._is_reading = True
        self.take_terminal()
        if self._modes is None:  # it edits lines itself: all is as it was
            arm(self._fd)
        try:
            asyncio.get_running_loop().add_reader(self._fd, self._take)
        except (PermissionError, OSError):  # a file: it never lets anybody wait
            while self._take():
                pass

    def take_terminal(self) -> None:
        """Edit lines here from now on, if the terminal does; one that is without echo is a program
        that edits them itself.
        """
        self._is_fresh = True
        with suppress(termios.error, OSError, ValueError):
            if not self._edits or self._modes or not self.is_terminal or self.is_behind:
                return
            before = termios.tcgetattr(self._fd)
            if not (before[_LOCAL] & termios.ICANON and before[_LOCAL] & termios.ECHO):
                return
            mine = [*before]
            mine[_INPUT] &= ~termios.IXON  # a letter must not stop what is written, for a night
            mine[_LOCAL] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
            termios.tcsetattr(self._fd, termios.TCSADRAIN, mine)
            self._modes = armed(before)
            asyncio.get_running_loop().call_later(_PASTE_S, self._note_read)

    def _note_read(self) -> None:
        """All that was typed ahead has come."""
        self._is_fresh = False

    def give_terminal(self) -> None:
        """Leave it as it was."""
        modes, self._modes = self._modes, None
        if self.is_behind:
            return
        if modes is None:
            arm(self._fd)
            return
        with suppress(termios.error, OSError, ValueError):
            termios.tcsetattr(self._fd, termios.TCSADRAIN, modes)

    async def drain(self) -> None:
        """Read no more; throw away what is unread and what still comes, for a paste goes on when
        the program ends, and a shell would run the rest of it.
        """
        if self._modes is None or self.is_behind:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        quiet_s = _PASTE_S if self._paste is not None else _APART_S
        until = loop.time() + quiet_s
        last = loop.time() + _DRAINED_WITHIN_S
        with suppress(OSError, ValueError):
            while loop.time() < min(until, last):
                if not select.select([self._fd], [], [], 0)[0]:
                    await asyncio.sleep(_APART_S / 5)
                elif os.read(self._fd, 65_536):
                    until = loop.time() + _PASTE_S
                else:
                    return

    def lend_terminal(self) -> None:
        """Read nothing, and leave it as it was, until it is taken back."""
        self.give_terminal()
        self.is_lent = True
        asyncio.get_running_loop().remove_reader(self._fd)

    def take_terminal_back(self) -> None:
        """Go on reading."""
        self.is_lent = False
        self.take_terminal()
        asyncio.get_running_loop().add_reader(self._fd, self._take)

    def forget(self) -> None:
        """Let go of what is typed and not entered, and begin a new line."""
        self._editor.begun = ""
        self._show("\n")

    def _take(self) -> bool:
        """Whether there may be more."""
        if self.is_behind:  # reading would stop this process, and SIGTERM find it so
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._fd)
            loop.call_later(_LOOK_EVERY_S, loop.add_reader, self._fd, self._take)
            return True
        try:
            raw = os.read(self._fd, 65_536)
        except OSError:
            raw = b""
        if self._modes is not None and raw:
            self._take_typed(raw)
            if not self._entered and self._queue.empty():  # else that is dealt with first
                self.on_key()
        else:
            self._take_lines(raw)
        if not raw:
            self._end()
        return bool(raw)

    def _take_lines(self, raw: bytes) -> None:
        *lines, self._begun = (self._begun + raw).split(b"\n")
        self._begun = self._begun[:_MOST]
        if not raw and self._begun:
            lines.append(self._begun)
            self._begun = b""
        for line in lines:
            self._queue.put_nowait(line[:_MOST].decode(errors="replace"))

    def _take_typed(self, raw: bytes) -> None:
        key = raw[-1:]
        if key in self.on_control and len(raw) <= _QUICK and self._paste is None:
            self._take_typed(raw.rstrip(key))
            self.on_control[key]()
            return
        lines = _came_at_once(self._editor.begun.encode() + raw)
        most = _AHEAD if self._is_fresh else 0 if self._entered else 1
        if self._paste is not None or lines > most:
            self._take_paste(lines)
            return
        entered = list(self._editor.feed(raw))
        if self._is_fresh:
            self._is_fresh = False
            self._give(entered)
        elif entered:
            self._give_entered()
            self._hold(entered)

    def _hold(self, entered: list[str | None]) -> None:
        """Give it unless it turns out to be a piece of a paste."""
        self._entered = entered
        self._apart = asyncio.get_running_loop().call_later(_APART_S, self._give_entered)

    def _give_entered(self) -> None:
        if self._apart is not None:
            self._apart.cancel()
        self._apart, entered, self._entered = None, self._entered, []
        self._give(entered)

    def _give(self, lines: Iterable[str | None]) -> None:
        for line in lines:
            self._queue.put_nowait(line)

    def _take_paste(self, lines: int) -> None:
        if self._apart is not None:
            self._apart.cancel()
        self._pasted += lines + sum(bool(line and line.strip()) for line in self._entered)
        self._apart, self._entered = None, []
        if self._paste is not None:
            self._paste.cancel()
        self._paste = asyncio.get_running_loop().call_later(_PASTE_S, self._end_paste)

    def _end_paste(self) -> None:
        self._paste = None
        lines, self._pasted = self._pasted, 0
        self._editor.clear()
        self._queue.put_nowait(
            Refused(
                f"{lines} lines came at once, as a paste does: none of them was taken. Type one"
                " line after the other; a pipe may send many"
            )
        )

    def _end(self) -> None:
        self._give_entered()
        self._queue.put_nowait(None)
        asyncio.get_running_loop().remove_reader(self._fd)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._queue.get()) is not None:
            yield line


def _came_at_once(raw: bytes) -> int:
    """How many lines with something in them these bytes are; a letter or two behind an entered line
    may be typed by quick hands.
    """
    *entered, rest = raw.replace(b"\r", b"\n").split(b"\n")
    lines = sum(bool(line.strip()) for line in entered)
    return lines + bool(lines and len(rest) > _REST)
