"""What is composed sparingly looks as Textual itself would have composed it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from aio_tui.composing import Composer
from aio_tui.places import PLACES
from aio_tui.screens.frame import FrameScreen
from aio_tui.widgets.queue_list import QueueList
from aio_tui.widgets.rows import RowView
from aio_tui.widgets.still_bar import StillBar
from tests.support.scene import RUNNING
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.screens import every_face

Cells = list[tuple[str, object]]


def cells(strips: Sequence[Strip | None]) -> Cells:
    """Each character with its style."""
    segments = (segment for strip in strips for segment in strip or ())
    return [(char, style or Style.null()) for text, style, _ in segments for char in text]


def composer_of(cabin: Cabin) -> Composer:
    composer = cabin.app.screen._compositor
    assert isinstance(composer, Composer)
    return composer


def everything(composer: Compositor, kind: type[Compositor]) -> list[Cells]:
    chops = kind._render_chops(composer, composer.size.region, lambda _: True)
    return [cells(list(row.values())) for row in chops]


async def go(cabin: Cabin, place: str, key: str) -> None:
    await cabin.press(key)

    def is_there() -> bool:
        screen = cabin.app.screen
        return isinstance(screen, FrameScreen) and place == screen.PLACE

    await cabin.until(is_there, place)
    await cabin.until(lambda: "reading" not in cabin.text(), "read")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
async def test_every_screen_is_composed_as_textual_does(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cockpit(await every_face(), size) as cabin:
        await cabin.select(RUNNING)
        for place in PLACES:
            if place.name != "cockpit":
                await go(cabin, place.name, place.key)
            composer = composer_of(cabin)
            ours = everything(composer, Composer)
            with monkeypatch.context() as context:
                context.setattr(RowView, "render_lines", Widget.render_lines)
                context.setattr(StillBar, "render_lines", Widget.render_lines)
                assert unlike(ours, everything(composer, Compositor)) == [], place.name


def unlike(ours: list[Cells], wanted: list[Cells]) -> list[object]:
    """The cells that differ: row, column, both."""
    return [
        (y, x, *pair)
        for y, rows in enumerate(zip(ours, wanted, strict=True))
        for x, pair in enumerate(zip(*rows, strict=True))
        if pair[0] != pair[1]
    ]


def regions(dice: random.Random, size: tuple[int, int]) -> set[Region]:
    width, height = size
    found = set()
    for _ in range(dice.randint(1, 5)):
        x, y = dice.randrange(width), dice.randrange(height)
        found.add(Region(x, y, dice.randint(1, width - x), dice.randint(1, height - y)))
    return found


def touched(update: ChopsUpdate) -> dict[tuple[int, int], Cells]:
    """What the update may send: each piece that has cells in what changed, by row and column."""
    return {
        (y, x): cells([strip])
        for y, x1, x2 in update.spans
        for (x, strip), end in zip(update.chops[y].items(), update.chop_ends[y], strict=False)
        if x < x2 and end > x1
    }


@pytest.mark.parametrize("seed", range(3))
async def test_any_part_is_composed_as_textual_does(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  the same parts each time
    async with cockpit(await every_face(), WIDE) as cabin:
        await cabin.press("2")
        await cabin.until(lambda: not cabin.app.screen._dirty_widgets)
        composer = composer_of(cabin)
        for _ in range(40):
            changed = regions(dice, WIDE)
            sent = []
            for kind in (Composer, Compositor):
                composer._dirty_regions = set(changed)
                update = kind.render_partial_update(composer)
                assert update is not None
                assert not composer._dirty_regions
                sent.append(touched(update))
            assert sent[0] == sent[1], changed


async def test_only_the_lines_that_changed_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, Region]] = []
    original = RowView.render_lines

    def record(self: RowView[object], crop: Region) -> list[Strip]:
        asked.append((self.id, crop))
        return original(self, crop)

    async with cockpit(await every_face(), WIDE) as cabin:
        await cabin.until(lambda: not cabin.app.screen._dirty_widgets)
        monkeypatch.setattr(RowView, "render_lines", record)
        queue = cabin.desk.query_one(QueueList)
        composer_of(cabin)._dirty_regions = {Region(queue.region.x, queue.region.y + 3, 5, 1)}
        composer_of(cabin).render_partial_update()
    assert asked[:1] == [("queue", Region(0, 3, queue.outer_size.width, 1))]


def test_nothing_changed_is_no_update() -> None:
    assert Composer().render_partial_update() is None
