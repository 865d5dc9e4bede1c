"""The metrics: figures, plots where there is room and a font for them, else text."""

from __future__ import annotations

import pytest

from aio_tui.charts import charts
from aio_tui.glyphs import Glyphs
from aio_tui.looks import Looks
from aio_tui.widgets.chart import ChartView
from engine.ports.metrics import Metrics
from tests.support.face import FakeFace
from tests.tui.cockpit_run import NARROW, Cabin, cockpit
from tests.tui.screens import every_face


async def opened(cabin: Cabin) -> None:
    await cabin.press("N")
    await cabin.until(lambda: "passed at once" in cabin.text(), "read")


async def test_the_figures_are_those_of_the_journal() -> None:
    async with cockpit(await every_face()) as cabin:
        await opened(cabin)
        assert "$0.50" in cabin.text()
        assert "0% (0 of 1 task)" in cabin.text()


async def test_one_plot_after_the_other_is_seen_where_there_is_room_for_one() -> None:
    async with cockpit(await every_face(), NARROW) as cabin:
        await opened(cabin)
        titles = []
        for _ in range(7):
            seen = [view for view in cabin.app.screen.query(ChartView) if view.display]
            assert len(seen) == 1
            titles.append(seen[0].id)
            await cabin.press("right_square_bracket")
        assert titles == [f"chart-{number % 6}" for number in range(7)]
        await cabin.press("left")
        assert "plot 1 of 6" in cabin.text()


async def test_where_only_ascii_is_drawn_all_charts_are_text() -> None:
    async with cockpit(await every_face(), NARROW) as cabin:
        cabin.app.wear(Looks(glyphs=Glyphs.ASCII))
        await opened(cabin)
        assert not cabin.app.screen.query(ChartView)
        rows = [row.text for row in cabin.rows("#figures")]
        assert "Tasks, by the iterations they took" in rows
        assert any("#" in row and "$0.50" in row for row in rows)


async def test_another_period_leaves_out_what_was_before() -> None:
    async with cockpit(await every_face()) as cabin:
        await opened(cabin)
        assert "all time" in cabin.lines()[1]
        await cabin.press("y")
        await cabin.until(lambda: "7 days" in cabin.lines()[1], "7 days")
        await cabin.press("y")
        await cabin.until(lambda: "24 hours" in cabin.lines()[1], "a day")


async def test_an_empty_project_has_no_bars_and_no_fault() -> None:
    face = await every_face()
    face.settings = FakeFace(project="empty").settings
    async with cockpit(face) as cabin:
        await opened(cabin)
        assert "none yet" in cabin.text()
        for why in ("no call of a model", "no iteration has ended", "no question", "no check has"):
            assert why in cabin.text()
        assert "┤" not in cabin.text()


@pytest.mark.parametrize("most", [0.004, 0.5, 3, 7.1, 99, 12_900])
def test_the_heights_of_a_plot_are_round_and_have_their_unit(most: float) -> None:
    chart = next(each for each in charts(metrics_of(most)) if each.axis == "check")
    heights = [at for at, _ in chart.ticks]
    assert heights[0] == 0
    assert heights[-2] < most <= heights[-1]
    assert len(heights) <= 7
    assert len({words for _, words in chart.ticks}) == len(heights)
    assert all(words.endswith(("s", "m")) for _, words in chart.ticks)


def test_what_is_counted_has_no_halves() -> None:
    chart = next(each for each in charts(metrics_of(1.0)) if each.axis == "verdict")
    assert chart.ticks == ((0.0, "0"), (1.0, "1"))


def metrics_of(check_s: float) -> Metrics:
    return Metrics(
        usage=(), verdicts={"PASS": 1}, iterations_per_task={}, waits_s=(),
        checks_s={"pytest": (check_s,)}, first_tries=0, first_passes=0,
    )  # fmt: skip
