"""The figures of a project as charts: what each shows, and how it looks as plain text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from aio_tui.text import clean, fit
from aio_tui.wording import amount, counted, duration
from engine.domain.values import dataclass
from engine.ports.metrics import Metrics, median

_MOST_BARS = 24
"""Newest hours or days, or smallest numbers of iterations."""
_HOURS_UP_TO = 48
"""A longer period is shown by day."""
_LABEL, _VALUE = 14, 9
_STEPS = 4
"""About so many heights of a plot are named, besides 0."""
_WAITS = (
    ("< 1m", 60.0), ("< 5m", 300.0), ("< 15m", 900.0), ("< 1h", 3600.0), ("< 4h", 14400.0),
    ("longer", float("inf")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars under a title that says what is counted, and by what; labels are clean."""

    title: str
    axis: str
    """What the labels are: stands below the bars."""
    labels: tuple[str, ...]
    values: tuple[float, ...]
    shown: tuple[str, ...]
    """The values in words."""
    ticks: tuple[tuple[float, str], ...]
    """Heights that a plot names, with their units, from 0 on."""
    nothing: str
    """A sentence, where there is no bar to see: why; empty: there is one."""


class _Kind(NamedTuple):
    """What a chart is about."""

    title: str
    axis: str
    in_words: Callable[[float], str]
    """A value with its unit."""
    none: str
    """Why it may be empty."""
    least: float = 1.0
    """The smallest difference that its words can tell."""


def charts(found: Metrics) -> list[Chart]:
    """All of them, also those without any bar."""
    return [
        *_usage_charts(found),
        _chart(_ITERATIONS, _iterations(found)),
        _chart(_VERDICTS, sorted(found.verdicts.items())),
        _chart(_WAITED, _waits(found)),
        _chart(_CHECKS, [(name, median(took) or 0.0) for name, took in found.checks_s.items()]),
    ]


def _chart(kind: _Kind, bars: Sequence[tuple[str, float]]) -> Chart:
    kept = bars[-_MOST_BARS:]
    values = tuple(float(value) for _, value in kept)
    nothing = "" if any(values) else kind.none if not kept else _ALL_ZERO
    return Chart(
        title=kind.title,
        axis=kind.axis,
        labels=tuple(clean(label) for label, _ in kept),
        values=values,
        shown=tuple(map(kind.in_words, values)),
        ticks=tuple((at, kind.in_words(at)) for at in _heights(max(values, default=0.0), kind)),
        nothing=nothing,
    )


def _heights(most: float, kind: _Kind) -> list[float]:
    """From 0 to beyond `most`, in at most five round steps."""
    if not most:
        return [0.0]
    rough = most / _STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    step = max(step, kind.least)
    return [step * number for number in range(math.ceil(most / step) + 1)]


def _count(value: float) -> str:
    return str(round(value))


_NO_ITERATION = "Nothing to show yet: no iteration has ended in this period."
_NO_CALL = "Nothing to show: no call of a model was recorded in this period."
_ALL_ZERO = "Nothing to show: all of it is 0, or has no price."
_ITERATIONS = _Kind("Tasks, by the iterations they took", "iterations", _count, _NO_ITERATION)
_VERDICTS = _Kind("Iterations, by the verdict of Ralph", "verdict", _count, _NO_ITERATION)
_WAITED = _Kind(
    "Questions, by how long they waited for you", "waited", _count,
    "Nothing to show: no question was answered in this period.",
)  # fmt: skip
_CHECKS = _Kind(
    "Checks, by the median time of a run", "check", duration,
    "Nothing to show yet: no check has run in this period.", least=0.1,
)  # fmt: skip


def _usage_charts(found: Metrics) -> list[Chart]:
    is_short = len(found.usage) <= _HOURS_UP_TO and len(found.by_day) <= 2
    points = found.usage if is_short else found.by_day
    unit = "hour (UTC)" if is_short else "day (UTC)"
    labels = [f"{point.begin[11:]}h" if is_short else point.begin[5:] for point in points]
    cost = _Kind(f"Cost in US dollars, by {unit}", unit, "${:.2f}".format, _NO_CALL, least=0.01)
    tokens = _Kind(f"Tokens, by {unit}", unit, lambda value: amount(round(value)), _NO_CALL)
    return [
        _chart(cost, [(name, float(at.cost_usd)) for name, at in zip(labels, points, strict=True)]),
        _chart(tokens, [(name, float(at.tokens)) for name, at in zip(labels, points, strict=True)]),
    ]


def _iterations(found: Metrics) -> list[tuple[str, float]]:
    by_number = sorted(found.iterations_per_task.items())[:_MOST_BARS]
    return [(str(made), tasks) for made, tasks in by_number]


def _waits(found: Metrics) -> list[tuple[str, float]]:
    bars: list[tuple[str, float]] = []
    least = 0.0
    for label, below in _WAITS:
        count = sum(least <= waited < below for waited in found.waits_s)
        bars.append((label, count))
        least = below
    return bars if found.waits_s else []


def figures(found: Metrics) -> list[tuple[str, str]]:
    """What can be said in one number each."""
    rate, waited = found.first_pass_rate, median(found.waits_s)
    cost = sum((hour.cost_usd for hour in found.usage), start=0)
    made = sum(found.verdicts.values())
    tasks = sum(found.iterations_per_task.values())
    passed = found.verdicts.get("PASS", 0)
    return [
        ("cost", f"{'at least ' if found.unpriced_calls else ''}${cost:.2f}"),
        ("tokens", amount(sum(hour.tokens for hour in found.usage))),
        ("iterations", f"{made} in {counted(tasks, 'task')}" if made else "none yet"),
        ("passed at once", "none yet" if rate is None else
         f"{rate:.0%} ({found.first_passes} of {counted(found.first_tries, 'task')})"),
        ("verdicts PASS", f"{passed / made:.0%} of {made}" if made else "none yet"),
        ("questions waited", "none yet" if waited is None else
         f"{duration(waited)} at the median, {duration(found.waits_s[-1])} at most"),
    ]  # fmt: skip


def bars(chart: Chart, width: int, *, glyph: str) -> Iterator[str]:
    """The chart as lines of text, without its title."""
    if chart.nothing:
        yield fit(chart.nothing, min(len(chart.nothing), width))
        return
    room = max(width - _LABEL - _VALUE - 2, 4)
    most = max(chart.values, default=0.0) or 1.0
    for label, value, shown in zip(chart.labels, chart.values, chart.shown, strict=True):
        bar = glyph * max(round(value / most * room), 1 if value else 0)
        yield f"{fit(label, _LABEL)} {bar} {shown}"
