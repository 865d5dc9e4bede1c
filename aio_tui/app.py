"""The cockpit: a guest of the engine."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import constants, on
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.events import Event, Key, Paste
from textual.worker import Worker, WorkerState

from aio_tui.burst import Commanded
from aio_tui.driver import TerminalDriver
from aio_tui.glyphs import plain_text
from aio_tui.line_filters import filters_for
from aio_tui.looks import Looks
from aio_tui.palette import PALETTES, palette_named, theme_of
from aio_tui.screens.desk import DeskScreen
from aio_tui.screens.directory import screen_at
from aio_tui.screens.edges import Surroundings, failure_line
from aio_tui.screens.frame import LEFT, ORDERS, FrameScreen
from aio_tui.shown import Drawn, Shown
from aio_tui.text import clean
from aio_tui.thrift import Purse, Thrift
from aio_tui.turns import Behind, Turns
from engine.domain.escalation import Escalation
from engine.ports.cockpit import EngineFace, ToldNews

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.await_complete import AwaitComplete
    from textual.command import Provider
    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.theme import Theme

_LONGEST_PARTING_S = 5.0
_NOTE_EVERY_S = 5.0
_PUSH_TITLE, _POP_TITLE = "\x1b[22;0t", "\x1b[23;0t"


def _commands() -> type[Provider]:
    from aio_tui.screens.palette_offers import CommandProvider

    return CommandProvider


def _driver() -> type[Driver]:
    """To a page of `aio-tui serve`, or to a terminal."""
    if constants.DRIVER is None:
        return TerminalDriver
    from aio_tui.web_driver import PageDriver

    return PageDriver


def utc_now() -> datetime:
    """The present, for ages on the screen."""
    return datetime.now(UTC)  # noqa: TID251  nothing is decided or stored by it


class Cockpit(App[bool], inherit_bindings=False):
    """Shows the engine behind `face` and gives it the orders of `operator`.

    `notice` stands in the status line until something happens; `looks` is how it is drawn;
    `bytes_a_second` is the most that is sent to the terminal (None: no limit). One that
    `is_read_only` names no key that would give an order, and says so of those that are pressed.
    Installs no signal handlers; `exit()` ends it cleanly, and the engine is not its to stop.
    """

    CSS_PATH = Path(__file__).parent / "styles" / "cockpit.tcss"
    COMMANDS: ClassVar = {_commands}
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        face: EngineFace,
        *,
        operator: str,
        notice: str = "",
        now: Callable[[], datetime] = utc_now,
        looks: Looks | None = None,
        bytes_a_second: int | None = None,
        is_read_only: bool = False,
    ) -> None:
        self.looks = looks or Looks()
        super().__init__(driver_class=_driver())
        self.animation_level = "none"
        self._line_filters = filters_for(self.looks.theme, self.looks.glyphs)
        self.set_reactive(App.theme, self.looks.theme)
        self._face = face
        self._operator = operator
        self._notice = notice
        self._now = now
        self._terminal_title = ""
        self._bytes_a_second = bytes_a_second
        self._is_read_only = is_read_only
        self._thrift: Thrift | None = None
        self._is_drawing_later = False
        self._shown = Shown()
        self._noted_at = float("-inf")
        self._is_parting = False
        self.turns = Turns(self, self._press, self.once_in)

    has_refused = False
    """Nothing that a script says reaches it."""

    @property
    def is_left(self) -> bool:
        """Whether the operator wants the run to go on without the cockpit."""
        return self.return_value is LEFT

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Ours; the palette decides what they are."""
        return {palette.name: theme_of(palette) for palette in PALETTES}

    def get_theme(self, theme_name: str) -> Theme:
        """The theme; for a name that is not ours, as Textual's own default, the one that was
        chosen. Textual reads the style sheet before anybody can tell it the name.
        """
        known = {palette.name for palette in PALETTES}
        return theme_of(palette_named(theme_name if theme_name in known else self.looks.theme))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What finished lines go through: nothing in a full terminal."""
        return self._line_filters

    def wear(self, looks: Looks) -> None:
        """Look like this from now on."""
        self.looks = looks
        self._line_filters = filters_for(looks.theme, looks.glyphs)
        if looks.theme == self.theme:
            self.refresh_css(animate=False)
        else:
            self.theme = looks.theme  # which draws everything anew

    async def run_async(self, **options: Any) -> None:
        """As Textual's own. What imports have made by now lives as long as the process; keeping
        the garbage collector from walking through it shortens the way to the first frame.
        """
        gc.freeze()
        await super().run_async(**options)

    def get_default_screen(self) -> DeskScreen:
        around = Surroundings(
            face=self._face,
            operator=self._operator,
            now=self._now,
            set_title=self.set_terminal_title,
            screen_at=screen_at,
            ring=self.ring,
            is_calm=lambda: self.looks.is_calm,
            is_read_only=self._is_read_only,
            opening=self.turns.opening,
        )
        return DeskScreen(around, notice=self._notice)

    async def on_event(self, event: Event) -> None:
        """As Textual's own, but keys have their turns, and where a letter is a command, no paste
        gets through.
        """
        if isinstance(event, Key) and not event.is_forwarded:
            self._note_key(event.time)
            await self.turns.arrive(event)
            return
        screen = self.screen if isinstance(event, Paste) else None
        if isinstance(screen, Commanded) and not event.is_forwarded:
            screen.burst.note_paste(event.time)
            screen.ignore_paste()
        else:
            await super().on_event(event)

    async def _press(self, key: Key) -> None:
        screen = self.screen
        if isinstance(screen, FrameScreen):
            screen.end_notice()
        await super().on_event(key)

    @on(Behind)
    def _end_turn(self, event: Behind) -> None:
        self.turns.come_back(event.turn)

    def pop_screen(self) -> AwaitComplete:
        """As Textual's own."""
        popping = super().pop_screen()
        self.turns.leave_screen()
        return popping

    def action_command_palette(self) -> None:
        """Show the palette, in which nothing blinks."""
        from aio_tui.screens.palette_screen import StillPalette

        if not isinstance(self.screen, StillPalette):
            self.push_screen(StillPalette(id="--command-palette"))

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """As Textual's own, but only what the terminal does not show yet is written; on a thin
        line, what is affordable now, and the rest when it is.
        """
        if renderable is None or self.is_headless:
            super()._display(screen, renderable)
        elif self._bytes_a_second is not None:
            if not self._is_drawing_later:
                self._draw_thriftily()
        elif isinstance(renderable, ChopsUpdate):
            self._draw_difference(screen, renderable)
        else:
            self._shown.forget()
            super()._display(screen, renderable)

    def _draw_difference(self, screen: Screen[Any], update: ChopsUpdate) -> None:
        if not self._can_draw:
            return
        text = self._shown.bring_up_to(update, self.console)
        if text:
            super()._display(screen, cast("RenderableType", Drawn(text)))

    @property
    def _can_draw(self) -> bool:
        is_there = self._driver is not None and self._running and not self._closed
        return is_there and not self._batch_count

    def _draw_thriftily(self) -> None:
        self._is_drawing_later = False
        driver = self._driver
        if driver is None or not self._can_draw:
            return
        if self._thrift is None:
            purse = Purse(self._bytes_a_second or 0, time.monotonic)
            self._thrift = Thrift(purse, driver.write)
        strips = self.screen._compositor.render_strips()  # noqa: SLF001  there is no public way
        is_done = self._thrift.draw(strips, self.console)
        driver.flush()
        if not is_done:
            self._is_drawing_later = True
            self.once_in(self._thrift.purse.refilled_in_s, self._draw_thriftily)

    def once_in(self, delay_s: float, callback: Callable[[], object]) -> None:
        """Call it then, or as soon after that as can be. Textual's `set_timer` never does if the
        process is held up for longer than the delay while the timer starts.
        """
        asyncio.get_running_loop().call_later(delay_s, self.call_next, callback)

    def forget_screen(self) -> None:
        """Somebody else has used the terminal: all of it is to be drawn anew."""
        self._shown.forget()
        if self._thrift is not None:
            self._thrift.forget()

    def tell(self, text: str) -> None:
        """Say a line in the status line of the screen that is seen; of a cockpit that has been left
        in nobody's.
        """
        frame = self._frame
        if frame is not None:
            frame.say(text)

    @property
    def _frame(self) -> FrameScreen | None:
        """The uppermost one; dialogs may lie over it. None: the cockpit has been left."""
        screens = reversed(self.screen_stack)
        return next((screen for screen in screens if isinstance(screen, FrameScreen)), None)

    @on(Worker.StateChanged)
    def _show_failure(self, event: Worker.StateChanged) -> None:
        if event.worker.group == ORDERS and event.state is WorkerState.ERROR:
            frame = self._frame
            if frame is not None:
                frame.tell(failure_line(event.worker))

    def exit(self, result: bool | None = None, return_code: int = 0, message: Any = None) -> None:
        """See `App.exit`. What the operator has ordered is given first, as Textual ends what works
        behind the screen; asked again, or after some seconds, it ends at once.
        """
        under_way = [
            worker for worker in self.workers if worker.group == ORDERS and not worker.is_finished
        ]
        if self._is_parting or not under_way:
            super().exit(result, return_code, message)
            return
        self._is_parting = True
        given = asyncio.gather(*(worker.wait() for worker in under_way), return_exceptions=True)
        parting = asyncio.get_running_loop().call_later(_LONGEST_PARTING_S, given.cancel)
        given.add_done_callback(lambda _: parting.cancel())
        given.add_done_callback(lambda _: self.exit(result, return_code, message))

    def set_terminal_title(self, title: str) -> None:
        """Name the terminal's window; the old name comes back when the cockpit ends."""
        if self._driver is None or self.is_headless or title == self._terminal_title:
            return
        if not self._terminal_title:
            self._driver.write(_PUSH_TITLE)
        self._terminal_title = title
        shown = plain_text(clean(title), self.looks.glyphs)
        self._driver.write(f"\x1b]0;{shown}\x07")
        self._driver.flush()
        if self._thrift is not None:
            self._thrift.purse.spend(len(shown.encode()) + 5)

    def ring(self, told: Sequence[Escalation], news: ToldNews | None) -> None:
        """Let the terminal say that these questions wait, and what else happened."""
        if self._driver is None or self.is_headless:
            return
        from aio_tui.notices import notice_text, ring  # late: the first frame is silent

        settings = self._face.settings
        title, body = notice_text(told, news, settings)
        self._driver.write(ring(title, body, settings.notifications, os.environ))
        self._driver.flush()

    def _note_key(self, at: float) -> None:
        """Let the engine know that somebody is here, so that it sends no notices."""
        if at - self._noted_at >= _NOTE_EVERY_S:
            self._noted_at = at
            self.run_worker(
                self._face.note_key(), name="noting a key", group="keys", exit_on_error=False
            )

    def on_unmount(self) -> None:
        if self._terminal_title and self._driver is not None:
            self._driver.write(_POP_TITLE)
