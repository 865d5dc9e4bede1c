"""How the work goes, as figures and plots; as bars of text where the terminal draws only ASCII."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar, cast

from textual import on
from textual.containers import Grid
from textual.events import Resize
from textual.widget import Widget

from aio_tui.charts import Chart, bars, charts, figures
from aio_tui.commands.base import AnyCommand
from aio_tui.commands.metrics import NextChart, Period, PreviousChart
from aio_tui.glyphs import Glyphs
from aio_tui.looks import Wearer
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.sparing import Sparing
from aio_tui.widgets.chart import ChartView
from aio_tui.widgets.line import BLANK, Line, heading, line
from aio_tui.widgets.pane import PaneView
from aio_tui.wording import READING, Tone
from engine.ports.cockpit import EngineFace
from engine.ports.metrics import Metrics

_PAUSE_S = 3.0
_CHARTS = 6
_ALL_FROM = 140
"""Cells from which on all plots are seen at once."""
_PERIODS = (("all time", None), ("7 days", timedelta(days=7)), ("24 hours", timedelta(days=1)))
_NAME = 18


class MetricsScreen(FrameScreen):
    """Read anew while the run goes on, seldom enough not to be felt."""

    PLACE = "metrics"
    READS = "the metrics"
    OWN_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = (NextChart(), PreviousChart(), Period())
    AUTO_FOCUS = "#figures"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._period = 0
        self._number = 0
        self._found: Metrics | None = None
        self._reading = self._new_reading()

    def _new_reading(self) -> Sparing[Metrics]:
        length, project = _PERIODS[self._period][1], self._face.settings.project
        since = self._now() - length if length else None
        return Sparing(
            lambda: self._face.read(lambda reader: reader.metrics(project, since=since)),
            pause_s=_PAUSE_S,
        )

    def compose_body(self) -> Iterator[Widget]:
        figures_pane = PaneView(id="figures")
        figures_pane.set_class(self._is_text, "-text")
        yield figures_pane
        if not self._is_text:
            with Grid(id="charts"):
                for number in range(_CHARTS):
                    yield ChartView(id=f"chart-{number}")

    @property
    def _is_text(self) -> bool:
        return cast("Wearer", self.app).looks.glyphs is not Glyphs.UNICODE

    async def read(self, face: EngineFace) -> Metrics:
        return await self._reading.read()

    def show(self, read: Metrics) -> None:
        self._found = read
        found = charts(read)
        for view, chart in zip(self.query(ChartView), found, strict=False):
            view.show(chart)
        self.query_one("#figures", PaneView).show(lambda width: self._lines(read, found, width))
        self._show_charts()

    def _lines(self, read: Metrics, found: list[Chart], width: int) -> list[Line]:
        lines = [line((name.ljust(_NAME), Tone.MUTED), told) for name, told in figures(read)]
        if self._is_text:
            for chart in found:
                told = [line(f"  {bar}") for bar in bars(chart, width - 2, glyph="#")]
                lines.extend((BLANK, heading(chart.title), *told))
        return lines

    def tick(self) -> None:
        if self._reading.is_due:
            self.read_again()

    @on(Resize)
    def _show_charts(self) -> None:
        """All of them, or where there is no room the one whose turn it is."""
        are_all_seen = self.size.width >= _ALL_FROM
        for number, view in enumerate(self.query(ChartView)):
            view.display = are_all_seen or number == self._number
        self.draw_path()

    def path_note(self) -> str:
        if self._found is None:
            return READING
        period = _PERIODS[self._period][0]
        if self._is_text or self.size.width >= _ALL_FROM:
            return period
        return f"{period} · plot {self._number + 1} of {_CHARTS}: ] is the next"

    def turn_chart(self, step: int) -> None:
        self._number = (self._number + step) % _CHARTS
        self._show_charts()

    def next_period(self) -> None:
        self._period = (self._period + 1) % len(_PERIODS)
        self._reading = self._new_reading()
        self.read_again()
