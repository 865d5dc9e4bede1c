"""The figures of a project as charts: what each shows, and how it looks as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aio_tui.text import clean, fit
from aio_tui.wording import amount, counted, duration
from engine.domain.values import dataclass
from engine.ports.metrics import Metrics, median

_MOST_BARS = 24
"""Newest hours or days, or smallest numbers of iterations."""
_HOURS_UP_TO = 48
"""A longer period is shown by day."""
_LABEL, _VALUE = 14, 9
_WAITS = (
    ("< 1m", 60.0), ("< 5m", 300.0), ("< 15m", 900.0), ("< 1h", 3600.0), ("< 4h", 14400.0),
    ("longer", float("inf")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars under a title; labels are clean."""

    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    shown: tuple[str, ...]
    """The values in words."""


def charts(found: Metrics) -> list[Chart]:
    """All of them, also those without any bar."""
    return [
        *_usage_charts(found),
        _chart("Iterations of a task: tasks", _iterations(found)),
        _chart("Verdicts of Ralph: iterations", [
            (name, count, str(count)) for name, count in sorted(found.verdicts.items())
        ]),
        _chart("Questions waited for you: questions", _waits(found)),
        _chart("Checks: median time", [
            (name, median(values) or 0.0, duration(median(values) or 0.0))
            for name, values in found.checks_s.items()
        ]),
    ]  # fmt: skip


def _chart(title: str, bars: Sequence[tuple[str, float, str]]) -> Chart:
    kept = bars[-_MOST_BARS:]
    return Chart(
        title=title,
        labels=tuple(clean(label) for label, _, _ in kept),
        values=tuple(float(value) for _, value, _ in kept),
        shown=tuple(shown for _, _, shown in kept),
    )


def _usage_charts(found: Metrics) -> list[Chart]:
    is_short = len(found.usage) <= _HOURS_UP_TO and len(found.by_day) <= 2
    points = found.usage if is_short else found.by_day
    unit = "an hour" if is_short else "a day"
    labels = [f"{point.begin[11:]}h" if is_short else point.begin[5:] for point in points]
    costs = [(label, float(each.cost_usd), f"${each.cost_usd:.2f}")
             for label, each in zip(labels, points, strict=True)]  # fmt: skip
    tokens = [(label, float(each.tokens), amount(each.tokens))
              for label, each in zip(labels, points, strict=True)]  # fmt: skip
    return [_chart(f"Cost {unit} (UTC)", costs), _chart(f"Tokens {unit} (UTC)", tokens)]


def _iterations(found: Metrics) -> list[tuple[str, float, str]]:
    by_number = sorted(found.iterations_per_task.items())[:_MOST_BARS]
    return [(str(made), tasks, str(tasks)) for made, tasks in by_number]


def _waits(found: Metrics) -> list[tuple[str, float, str]]:
    bars: list[tuple[str, float, str]] = []
    least = 0.0
    for label, below in _WAITS:
        count = sum(least <= waited < below for waited in found.waits_s)
        bars.append((label, count, str(count)))
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
        ("cost", f"${cost:.2f}"),
        ("tokens", amount(sum(hour.tokens for hour in found.usage))),
        ("iterations", f"{made} in {counted(tasks, 'task')}" if made else "none yet"),
        ("passed at once", "-" if rate is None else
         f"{rate:.0%} ({found.first_passes} of {counted(found.first_tries, 'task')})"),
        ("verdicts PASS", f"{passed / made:.0%} of {made}" if made else "-"),
        ("questions waited", "-" if waited is None else
         f"{duration(waited)} at the median, {duration(found.waits_s[-1])} at most"),
    ]  # fmt: skip


def bars(chart: Chart, width: int, *, glyph: str) -> Iterator[str]:
    """The chart as lines of text, without its title."""
    room = max(width - _LABEL - _VALUE - 2, 4)
    most = max(chart.values, default=0.0) or 1.0
    for label, value, shown in zip(chart.labels, chart.values, chart.shown, strict=True):
        bar = glyph * max(round(value / most * room), 1 if value else 0)
        yield f"{fit(label, _LABEL)} {bar} {shown}"
    if not chart.labels:
        yield "nothing yet"
