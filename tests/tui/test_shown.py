"""What is written shows on a terminal what the screen is, whatever came before, and little more."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate
from textual.strip import Strip

from aio_tui.app import Cockpit
from aio_tui.looks import Looks
from aio_tui.shown import Shown, difference
from aio_tui.widgets.transcript_view import TranscriptView
from engine.domain.transcript import EntryKind
from tests.support.face import FakeFace
from tests.support.scene import RUNNING, busy_face, entry
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit

Look = tuple[str, str, str, bool, bool, bool]
"""A cell: its character, colours and marks; of a blank only those that can be seen."""


class Emulated:
    """A terminal of a size, and the number of bytes that it got."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self.screen)
        self.size_bytes = 0
        self.updates = 0

    def write(self, text: str) -> None:
        self.updates += 1
        self.size_bytes += len(text.encode())
        self._stream.feed(text)

    @property
    def cells(self) -> list[list[Look]]:
        buffer = self.screen.buffer
        width, height = self.screen.columns, self.screen.lines
        return [[_look(buffer[y][x]) for x in range(width)] for y in range(height)]


def _look(cell: Any) -> Look:
    is_seen = bool(cell.data.strip()) or cell.reverse
    colour, is_bold = (cell.fg, cell.bold) if is_seen else ("", False)
    return cell.data, colour, cell.bg, is_bold, cell.reverse, cell.underscore


class Watched(Cockpit):
    """A cockpit whose every update also goes to an emulated terminal, as the real one's does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.emulated: Emulated | None = None
        self.known = Shown()

    def _display(self, screen: Any, renderable: Any) -> None:
        if self.emulated is not None and renderable is not None and screen is self.screen:
            if isinstance(renderable, ChopsUpdate):
                self.emulated.write(self.known.bring_up_to(renderable, self.console))
            else:
                assert isinstance(renderable, CompositorUpdate)
                self.known.forget()
                self.emulated.write(renderable.render_segments(self.console))
        super()._display(screen, renderable)


async def watch(cabin: Cabin, size: tuple[int, int]) -> Emulated:
    """A terminal that shows the cockpit from here on."""
    app = cabin.app
    assert isinstance(app, Watched)
    app.emulated = Emulated(size)
    app.known.forget()
    app.screen.refresh()
    await cabin.until(lambda: app.emulated and app.emulated.updates, "drawn whole")
    return app.emulated


def whole(cabin: Cabin, size: tuple[int, int]) -> list[list[Look]]:
    """What the terminal has to show."""
    fresh = Emulated(size)
    for y, strip in enumerate(cabin.app.screen._compositor.render_strips()):
        fresh.write(f"\x1b[{y + 1};1H{strip.render(cabin.app.console)}")
    return fresh.cells


async def is_true(cabin: Cabin, terminal: Emulated, size: tuple[int, int], what: str) -> None:
    try:
        await cabin.until(lambda: terminal.cells == whole(cabin, size))
    except AssertionError:
        pairs = enumerate(zip(terminal.cells, whole(cabin, size), strict=True))
        wrong = [(y, a, b) for y, (row, wanted) in pairs
                 for a, b in zip(row, wanted, strict=True) if a != b]  # fmt: skip
        raise AssertionError(f"{what}: {len(wrong)} cells are wrong: {wrong[:5]}") from None


@pytest.mark.parametrize(
    ("colours", "written"),
    [
        (None, "38;2;200;0;0"),
        ("truecolor", "38;2;200;0;0"),
        ("256", "38;5;160"),
        ("standard", "31"),
    ],
)
def test_colours_are_those_that_the_terminal_has(
    colours: Literal["truecolor", "256", "standard"] | None, written: str
) -> None:
    console = Console(color_system=colours, force_terminal=True)
    red = Strip([Segment("red", Style(color="rgb(200,0,0)", meta={"only": colours}))])
    assert difference(None, red, 4, console) == f"\x1b[5;1H\x1b[0;{written}mred\x1b[0m"


def deeds(dice: random.Random) -> Iterator[str]:
    keys = "jjkkk123456GgJK[]TVIN"
    while True:
        yield dice.choice([*keys, "tab", "escape", "escape", "?", "stream", "stream", "fact"])


@pytest.mark.parametrize("seed", range(2))
async def test_the_terminal_shows_the_screen_after_whatever_is_done(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  the same deeds each time
    face = busy_face()
    async with cockpit(face, NARROW, kind=Watched) as cabin:
        terminal = await watch(cabin, NARROW)
        todo = deeds(dice)
        for number in range(32):
            deed = next(todo)
            if deed == "stream":
                words = dice.choices(("failed", "漢字", "a" * 90, "ok", "é", " "), k=6)
                face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, f"{' '.join(words)}\n"))
            elif deed == "fact":
                await face.push(task_id=RUNNING)
            else:
                await cabin.press(deed)
            if number % 4 == 3:
                await is_true(cabin, terminal, NARROW, f"seed {seed}, {number}: {deed}")


@pytest.mark.parametrize("theme", ["light", "no-colour", "16-colours"])
async def test_another_theme_reaches_all_that_was_shown(theme: str) -> None:
    async with cockpit(busy_face(), NARROW, kind=Watched) as cabin:
        terminal = await watch(cabin, NARROW)
        await is_true(cabin, terminal, NARROW, "at first")
        cabin.app.wear(Looks(theme=theme))
        await is_true(cabin, terminal, NARROW, theme)


async def test_output_costs_its_letters_and_little_more() -> None:
    face: FakeFace = busy_face()
    async with cockpit(face, WIDE, kind=Watched) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("2")
        terminal = await watch(cabin, WIDE)
        rows = 200
        for number in range(rows):
            face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, f"row {number} of what it said\n"))
        await cabin.until(lambda: f"row {rows - 1} of" in "".join(terminal.screen.display))
        await is_true(cabin, terminal, WIDE, "filled")
        terminal.size_bytes = 0
        face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, f"row {rows} of what it said\n"))
        await cabin.until(lambda: f"row {rows} of" in "".join(terminal.screen.display))
        await is_true(cabin, terminal, WIDE, "one more")
        height = cabin.app.screen.query_one("#output").size.height
        assert height > 30
        assert terminal.size_bytes < height * 30  # Textual's own needs more than 300 a row


def seen(cabin: Cabin, text: str) -> bool:
    return text in cabin.text()


async def test_the_scrollbar_is_as_if_it_were_painted_anew() -> None:
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("2", "tab")
        output = cabin.app.screen.query_one("#output", TranscriptView)
        ends: dict[str, Callable[[], bool]] = {
            "": lambda: output.is_following,
            "g": lambda: output.scroll_offset.y == 0,
            "G": lambda: output.is_following,
            "k": lambda: not output.is_following,
        }
        for key, rows in ("", 30), ("g", 0), ("G", 300), ("k", 0):
            for number in range(rows):
                face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, f"{rows} row {number}\n"))
            await cabin.press(*key)
            if rows:
                await cabin.until(partial(seen, cabin, f"{rows} row {rows - 1}"))
            await cabin.until(ends[key], f"scrolled by {key}")
            shown = cabin.lines()
            output.vertical_scrollbar.refresh()
            await cabin.pilot.pause()
            assert cabin.lines() == shown, key


def grew(terminal: Emulated, updates: int) -> bool:
    return terminal.updates > updates


async def test_an_update_that_changes_nothing_writes_nothing() -> None:
    async with cockpit(busy_face(), NARROW, kind=Watched) as cabin:
        terminal = await watch(cabin, NARROW)
        queue = cabin.desk.query_one("#queue")
        for bytes_expected in (True, False):
            updates, terminal.size_bytes = terminal.updates, 0
            queue.refresh()
            await cabin.until(partial(grew, terminal, updates), "drawn again")
            assert bool(terminal.size_bytes) is bytes_expected
