"""The cockpit under a test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot

from aio_tui.app import Cockpit
from aio_tui.burst import Commanded
from aio_tui.looks import Looks
from aio_tui.screens.desk import DeskScreen
from aio_tui.widgets.line import Line
from aio_tui.widgets.rows import LineView
from engine.ports.cockpit import Overview
from tests.support.face import NOW, FakeFace

WIDE, NARROW = (200, 50), (80, 24)
_TRIES = 1500


class Cabin:
    """A running cockpit with its pilot."""

    def __init__(self, app: Cockpit, pilot: Pilot[bool], face: FakeFace) -> None:
        self.app = app
        self.pilot = pilot
        self.face = face

    @property
    def desk(self) -> DeskScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, DeskScreen)
        return screen

    @property
    def overview(self) -> Overview:
        assert self.desk.overview is not None
        return self.desk.overview

    async def until(self, is_true: Callable[[], object], what: str = "") -> None:
        """Give the app its turn until the condition holds."""
        for _ in range(_TRIES):
            await self.pilot.pause()
            if is_true():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"never came true: {what}\n{self.text()}")

    async def press(self, *keys: str) -> None:
        """As somebody who has read what the keys before them led to."""
        for screen in self.app.screen_stack:
            if isinstance(screen, Commanded):
                screen.burst.note_refused(float("-inf"))
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        for char in text:
            await self.pilot.press("space" if char == " " else char)
        await self.pilot.pause()

    async def select(self, task_id: str) -> None:
        """Put the cursor on a task and wait until its details are there."""
        self.desk.query_one("#queue").select_key(task_id)  # type: ignore[attr-defined]  # QueueList
        await self.until(lambda: self.desk.view and self.desk.view.item.task_id == task_id, task_id)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, and the app no time for it yet."""
        size = Size(width, height)
        assert isinstance(self.app._driver, HeadlessDriver)
        self.app._driver._size = size
        self.app.post_message(Resize(size, size))

    def lines(self) -> list[str]:
        """The screen as text, one string per row."""
        strips = self.app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    def text(self) -> str:
        return "\n".join(self.lines())

    def told(self) -> str:
        """The status line."""
        return self.desk.told.text

    def rows(self, selector: str) -> list[Line]:
        return self.app.screen.query_one(selector, LineView).rows


@asynccontextmanager
async def cockpit(
    face: FakeFace,
    size: tuple[int, int] = WIDE,
    *,
    is_read: bool = True,
    looks: Looks | None = None,
    kind: type[Cockpit] = Cockpit,
) -> AsyncIterator[Cabin]:
    """A cockpit on `face` that has read and shown its first overview."""
    app = kind(face, operator="kim", now=lambda: NOW, looks=looks)
    async with app.run_test(size=size) as pilot:
        cabin = Cabin(app, pilot, face)
        if is_read:
            await cabin.until(lambda: cabin.desk.overview, "first overview")
            if face.tasks:
                await cabin.until(lambda: cabin.desk.view, "first task")
        yield cabin
