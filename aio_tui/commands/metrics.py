"""What can be done on the metrics alone."""

from __future__ import annotations

from typing import Protocol

from aio_tui.commands.base import Desk
from aio_tui.commands.look import LookCommand


class MetricsDesk(Desk, Protocol):
    """The metrics as a desk."""

    def turn_chart(self, step: int) -> None:
        """The next or previous plot, where there is room for one."""
        ...

    def next_period(self) -> None:
        """All time, then the last seven days, then the last day."""
        ...


class NextChart(LookCommand[MetricsDesk]):
    """The next plot, where not all of them are seen."""

    keys = ("right_square_bracket", "right")
    label = "next plot"
    is_in_bar = True

    def run(self, desk: MetricsDesk) -> None:
        desk.turn_chart(1)


class PreviousChart(LookCommand[MetricsDesk]):
    """The previous plot, where not all of them are seen."""

    keys = ("left_square_bracket", "left")
    label = "previous plot"

    def run(self, desk: MetricsDesk) -> None:
        desk.turn_chart(-1)


class Period(LookCommand[MetricsDesk]):
    """Look at all time, at the last seven days or at the last day."""

    keys = ("y",)
    label = "period"
    is_in_bar = True

    def run(self, desk: MetricsDesk) -> None:
        desk.next_period()
