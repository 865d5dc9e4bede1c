"""A chart as a plot. Loads plotext, so only the screen that shows plots imports it."""

from __future__ import annotations

from textual_plotext import PlotextPlot

from aio_tui.charts import Chart

_LABEL_CELLS = 7
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
        plot.title(chart.title if chart.labels else f"{chart.title}: nothing yet")
        if not chart.labels:
            plot.xticks([])
            plot.yticks([])
            return
        room = max((self.size.width - 10) // _LABEL_CELLS, 2)
        labels, values = chart.labels[-room:], chart.values[-room:]
        plot.bar(list(labels), list(values), width=0.6)
        plot.ylim(0, max(values) or 1)
        if len(labels) < _FEW:
            plot.xlim(0.5, _FEW + 0.5)
