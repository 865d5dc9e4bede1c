"""Where there is no colour, marks say what is selected and which pane has the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from rich.segment import Segment

from aio_tui.looks import Looks
from aio_tui.palette import NO_COLOUR
from aio_tui.widgets.rows import LineBar, RowView
from tests.support.scene import RUNNING
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.screens import every_face

BARE = Looks(theme=NO_COLOUR.name)
LISTS = ["", "I", "K", "L"]
"""Keys that lead to a list."""


def sent(cabin: Cabin, view: RowView[Any], y: int) -> list[Segment]:
    """Row `y` of a list as the terminal gets it, without the scrollbar."""
    region = view.content_region
    strip = cabin.app.screen._compositor.render_strips()[region.y + y - view.scroll_offset.y]
    row = strip.crop(region.x, region.x + view.room)
    for line_filter in cabin.app.get_line_filters():
        row = row.apply_filter(line_filter, view.styles.background)
    return list(row)


def are(segments: Sequence[Segment], mark: str) -> bool:
    """Whether there is something, and all of it has the mark."""
    return bool(segments) and all(getattr(each.style, mark) for each in segments if each.text)


@pytest.mark.parametrize("keys", LISTS)
async def test_the_selected_row_is_the_only_one_that_is_reversed(keys: str) -> None:
    async with cockpit(await every_face(), NARROW, looks=BARE) as cabin:
        await cabin.press(*keys, "j")
        view = cabin.app.focused
        assert isinstance(view, RowView)
        await cabin.until(lambda: view.cursor is not None, "a selected row")
        top = view.scroll_offset.y
        rows = range(top, min(top + view.size.height, len(view.rows)))
        reversed_rows = [y for y in rows if are(sent(cabin, view, y), "reverse")]
        assert reversed_rows == [view.cursor]


async def test_a_line_under_its_titles_says_which_pane_has_the_keys() -> None:
    async with cockpit(await every_face(), WIDE, looks=BARE) as cabin:
        await cabin.select(RUNNING)
        above = {"left": "#titles", "detail": "#tabs"}
        for has_keys in ("left", "detail", "left"):
            await cabin.until(lambda at=has_keys: is_within(cabin, at), has_keys)  # type: ignore[misc]
            for pane, titles in above.items():
                view = cabin.app.screen.query_one(titles, LineBar)
                assert are(sent(cabin, view, 0), "underline") == (pane == has_keys)
            await cabin.press("tab")


def is_within(cabin: Cabin, pane: str) -> bool:
    """Whether this pane has the keys, and shows it."""
    return cabin.app.screen.query_one(f"#{pane}").has_class("-active")
