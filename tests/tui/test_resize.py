"""What is shown is laid out for the terminal as it is, and is there whenever it is looked at."""

from __future__ import annotations

import pytest

from aio_tui.widgets.detail import Detail
from tests.support.scene import RUNNING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit

SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
TAB_WORDS = {
    "1": "branch fix/fix-gcd",
    "3": "after iteration 2",
    "4": "session file",
    "5": "KO-zero-args",
    "6": "Question 1 of 2",
}


async def fresh(size: tuple[int, int]) -> str:
    """The screen of a cockpit that was never resized."""
    async with cockpit(busy_face(), size) as cabin:
        await cabin.select(RUNNING)
        await settle(cabin)
        return cabin.text()


async def settle(cabin: Cabin) -> None:
    for _ in range(6):
        await cabin.pilot.pause()


@SIZES
@pytest.mark.parametrize("key", TAB_WORDS)
async def test_each_tab_is_there_again_after_the_output(key: str, size: tuple[int, int]) -> None:
    async with cockpit(busy_face(), size) as cabin:
        await cabin.select(RUNNING)
        for _ in range(2):
            await cabin.press("2")
            await settle(cabin)
            await cabin.press(key)
            await settle(cabin)
            assert TAB_WORDS[key] in cabin.text()


@SIZES
async def test_the_timeline_is_there_again_after_an_iteration_was_opened(
    size: tuple[int, int],
) -> None:
    async with cockpit(busy_face(), size) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("tab", "enter")
        await cabin.until(lambda: cabin.desk.query_one(Detail).tab == 2)
        await settle(cabin)
        await cabin.press("1")
        await settle(cabin)
        assert TAB_WORDS["1"] in cabin.text()


@pytest.mark.parametrize(
    "sizes",
    [
        [(80, 24), (120, 30)],
        [(80, 24), (120, 30), (100, 30)],
        [(200, 50), (80, 24)],
        [(80, 24), (120, 30), (60, 20), (130, 40), (80, 24)],
        [(139, 40), (140, 40), (139, 40)],
    ],
    ids=str,
)
@pytest.mark.parametrize("is_quick", [False, True], ids=["slowly", "quickly"])
async def test_a_resized_screen_is_as_one_that_was_always_so(
    sizes: list[tuple[int, int]], is_quick: bool
) -> None:
    async with cockpit(busy_face(), sizes[0]) as cabin:
        await cabin.select(RUNNING)
        await settle(cabin)
        for size in sizes[1:]:
            if not is_quick:
                await settle(cabin)
            cabin.resize(*size)
        await settle(cabin)
        wanted = await fresh(sizes[-1])
        await cabin.until(lambda: unscrolled(cabin.text()) == unscrolled(wanted), wanted)


def unscrolled(text: str) -> str:
    """Without the signs of scrollbars, which stand where the cursor once took them."""
    return "\n".join(line.rstrip(" ▁▂▃▄▅▆▇█") for line in text.split("\n"))
