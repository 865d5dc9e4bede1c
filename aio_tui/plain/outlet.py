"""What goes out: answers at once, long ones by pages; news where they tear nothing apart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from aio_tui.glyphs import Glyphs, plain_text
from aio_tui.text import clean
from aio_tui.wording import counted

PATIENCE_S = 30.0
"""News wait so long for a line that is being typed, or for an answer, after the last key."""
PAGE = 40
"""Lines that are told in one go to somebody who types."""
_MOST_HELD = 500
"""Lines of news that wait; of more, the first are left out."""


class Keyboard(Protocol):
    """What is known of who types."""

    @property
    def begun(self) -> str: ...

    @property
    def is_behind(self) -> bool: ...

    @property
    def is_terminal(self) -> bool: ...


class Outlet:
    """Writes lines; nothing in them reaches the terminal but text.

    News wait while a line is being typed or a question is open, at most `patience_s` after the last
    key, and as long as the terminal is another job's. Told in the middle of a line, they stand on
    lines of their own, and what was begun is written again below them.

    Args:
        write: takes whole pieces of text.
        keyboard: who types.
        question: what is asked now, to be said again; empty: nothing is.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        glyphs: Glyphs,
        keyboard: Keyboard,
        question: Callable[[], Sequence[str]],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._write = write
        self._glyphs = glyphs
        self._keyboard = keyboard
        self._question = question
        self._patience_s = patience_s
        self._held: list[str] = []
        self._left_out = 0
        self._once_told: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._more: list[str] = []
        self._whole = 0
        """Lines of what `_more` is the rest of."""

    def tell(self, texts: Sequence[str]) -> None:
        """Write lines now."""
        shown = (plain_text(clean(text), self._glyphs) for text in texts)
        self._write("".join(f"{text}\n" for text in shown))

    def tell_by_pages(self, texts: Sequence[str]) -> None:
        """Write lines now, and keep for `tell_more` what is too much for one go."""
        self._more, self._whole = list(texts), len(texts)
        self.tell_more(is_all=not self._keyboard.is_terminal)

    def tell_more(self, *, is_all: bool = False) -> None:
        """The next page of what was told last, or all that is left of it."""
        if not self._more:
            self.tell(["there is no more"])
            return
        size = len(self._more) if is_all or len(self._more) <= PAGE + PAGE // 4 else PAGE
        page, self._more = self._more[:size], self._more[size:]
        self.tell(page)
        if self._more:
            done = self._whole - len(self._more)
            self.tell([f"{done} of {self._whole} lines: 'more' goes on, 'more all' tells the rest"])

    def tell_news(self, texts: Sequence[str], then: Callable[[], None] = lambda: None) -> None:
        """Write lines as soon as they tear nothing apart; `then` is called once they are told."""
        if not texts:
            return
        self._held += texts
        self._once_told.append(then)
        over = len(self._held) - _MOST_HELD
        if over > 0:
            self._left_out += over
            del self._held[:over]
        self._tell_or_wait()

    def settle(self) -> None:
        """Somebody typed, or a line is dealt with: tell the news that wait, if nothing is in
        their way; else wait anew until it is not.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tell_or_wait()

    def _tell_or_wait(self) -> None:
        if not self._held or self._keyboard.is_behind:
            return
        if not (self._keyboard.begun or self._question()):
            self._tell_held()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._patience_s, self._interrupt)

    def _interrupt(self) -> None:
        """Nobody has gone on with the line: news come first, then where one was."""
        self._timer = None
        if self._keyboard.is_behind:
            return
        self._write("\n" if self._keyboard.begun else "")
        self.say_again()

    def say_again(self) -> None:
        """Tell the news that wait, then where one was: the question, and the begun line."""
        self._tell_held()
        self.tell(self._question())
        self._write(plain_text(self._keyboard.begun, self._glyphs))

    def _tell_held(self) -> None:
        held, self._held = self._held, []
        if self._left_out:
            self.tell([f"{counted(self._left_out, 'line')} of news left out: 'log' has them"])
            self._left_out = 0
        self.tell(held)
        told, self._once_told = self._once_told, []
        for each in told:
            each()
