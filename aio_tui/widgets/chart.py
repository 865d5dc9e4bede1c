"""A chart as a plot. Loads plotext, so only the screen that shows plots imports it."""

from __future__ import annotations

from textual.app import RenderResult
from textual_plotext import PlotextPlot

from aio_tui.charts import Chart, bars
from aio_tui.text import content

_LABEL_CELLS = 7
_PLOT_FROM = 8
"""Rows below which a plot is little more than its frame."""
_AXIS_FROM = 12
"""Rows from which on one is spent on what the labels are."""
_FEW = 6
"""Fewer bars are no wider than so many would be."""


class ChartView(PlotextPlot):
    """Bars, as many as there is room for the labels of."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self._chart: Chart | None = None

    def show(self, chart: Chart) -> None:
        """Show this chart from now on; an equal one costs no repaint."""
        if chart != self._chart:
            self._chart = chart
            self._draw_bars()
            self.refresh()

    def render(self) -> RenderResult:
        """The plot; bars of text where it would have no height; or why there is nothing to plot."""
        chart = self._chart
        if chart is None or not (chart.nothing or self.size.height < _PLOT_FROM):
            return super().render()
        if chart.nothing:
            return content(f"{chart.title}\n\n{chart.nothing}")
        rows = bars(chart, self.size.width, glyph="█")
        return content("\n".join((chart.title, *rows)))

    def on_resize(self) -> None:
        self._plot_again()

    def _plot_again(self) -> None:
        if self._chart is not None:
            self._draw_bars()
            self.refresh()

    def _draw_bars(self) -> None:
        chart, plot = self._chart, self.plt
        if chart is None:
            return
        plot.clear_data()
        plot.clear_figure()
        if chart.nothing:
            return
        plot.title(chart.title)
        if self.size.height >= _AXIS_FROM:
            plot.xlabel(chart.axis)
        room = max((self.size.width - 10) // _LABEL_CELLS, 2)
        labels, values = chart.labels[-room:], chart.values[-room:]
        plot.bar(list(labels), list(values), width=0.6)
        heights, words = zip(*chart.ticks, strict=True)
        plot.ylim(0, max(*values, heights[-1]))
        plot.yticks(list(heights), list(words))
        if len(labels) < _FEW:
            plot.xlim(0.5, _FEW + 0.5)
