"""Keys have their turns: one is done, with all that it opens or closes, before the next is pressed.

Textual hands each key to what has the focus when it comes. One that was typed ahead of a dialog
would be an order of the screen below, or get into the dialog behind those that came after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.events import Key
from textual.message import Message
from textual.widgets import Input

from aio_tui.burst import FULL, Commanded

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.screen import Screen

_LONGEST_TURN_S = 1.0
"""So long a key waits for the one before it; the cockpit can always be left."""
_LONGEST_OPENING_S = 5.0


class Behind(Message):
    """Goes the way that a key goes, behind it: where it arrives, the key is done."""

    def __init__(self, turn: int) -> None:
        super().__init__()
        self.turn = turn


class Turns:
    """The keys that came and have not been pressed yet.

    Args:
        app: it sends each `Behind` that comes back to it to `come_back`.
        once_in: calls something after so many seconds.
        press: hands a key to what has the focus.
    """

    def __init__(
        self,
        app: App[Any],
        press: Callable[[Key], Awaitable[None]],
        once_in: Callable[[float, Callable[[], object]], None],
    ) -> None:
        self._app = app
        self._once_in = once_in
        self._press = press
        self._waiting: deque[tuple[Key, object]] = deque()
        """Each with the screen that it came to."""
        self._holding: object = None
        """The screen whose burst holds some."""
        self._ready: Screen[Any] | None = None
        """The last screen of which it is known that it takes keys."""
        self._typed_in: Input | None = None
        """The line that may not have taken in yet what was typed."""
        self._turn = 0
        self._is_taken = False

    async def arrive(self, key: Key) -> None:
        """A key came. Where letters are commands it is held, to see whether it is of a paste."""
        screen: object = self._app.screen
        if isinstance(self._holding, Commanded) and self._holding is not screen:
            self._let_go(self._holding)
        if isinstance(screen, Commanded):
            self._hold(key, screen)
        else:
            self._waiting.append((key, screen))
            await self._go_on()

    def come_back(self, turn: int) -> None:
        """The turn is over, but for what it has told the app to do next."""
        if self._is_taken and turn == self._turn:
            self._app.call_next(self._end, turn)

    def leave_screen(self) -> None:
        """A screen has been closed, and with it the way back of what was behind the key."""
        self.come_back(self._turn)

    def opening(self, work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
        """`work`, which opens a screen when it has found out what to show there: until it is done,
        no key has its turn.
        """
        turn = self._take(_LONGEST_OPENING_S)

        async def done_in_turn() -> None:
            try:
                await work
            finally:
                self.come_back(turn)

        return done_in_turn()

    def _hold(self, key: Key, screen: Commanded) -> None:
        burst = screen.burst
        was_holding = burst.is_holding
        if burst.add(key):
            screen.ignore_paste()
        self._holding = screen if burst.is_holding else None
        if was_holding or not burst.is_holding:
            return
        if self._app.is_headless:
            self._app.call_later(self._release, screen)
        else:
            self._once_in(burst.hold_s, partial(self._release, screen))

    async def _release(self, screen: Commanded) -> None:
        self._let_go(screen)
        await self._go_on()

    def _let_go(self, screen: Commanded) -> None:
        self._waiting.extend((key, screen) for key in screen.burst.release())
        if self._holding is screen:
            self._holding = None

    async def _go_on(self) -> None:
        while self._waiting and not self._is_taken:
            screen = self._app.screen
            if screen is not self._ready:
                self._ready = screen
                self._wait_behind(screen)
                return
            key, came_to = self._waiting[0]
            if isinstance(screen, Commanded) and came_to is not screen:
                self._waiting.popleft()
                self._hold(key, screen)
            elif isinstance(screen, Commanded) and screen.burst.is_for_refused(key):
                self._waiting.popleft()
                screen.ignore_typed()
            elif isinstance(self._app.focused, Input) and key.is_printable:
                self._waiting.popleft()
                await self._type(key, self._app.focused)
            elif self._typed_in is not None:
                typed_in, self._typed_in = self._typed_in, None
                self._wait_behind(typed_in)
            else:
                self._waiting.popleft()
                target = self._app.focused or screen
                turn = self._take(_LONGEST_TURN_S)
                await self._press(key)
                self._send(target, turn)

    async def _type(self, key: Key, line: Input) -> None:
        """A letter of a text opens nothing, and there may be thousands of them."""
        if not line.has_class(FULL):
            self._typed_in = line
            await self._press(key)

    def _wait_behind(self, target: MessagePump) -> None:
        self._send(target, self._take(_LONGEST_TURN_S))

    def _send(self, target: MessagePump, turn: int) -> None:
        if not target.post_message(Behind(turn)):
            self.come_back(turn)

    def _take(self, at_most_s: float) -> int:
        self._turn += 1
        self._is_taken = True
        self._once_in(at_most_s, partial(self._end, self._turn))
        return self._turn

    async def _end(self, turn: int) -> None:
        if self._is_taken and turn == self._turn:
            self._is_taken = False
            await self._go_on()
