"""Figures over plain containers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal

from engine.domain.verdict import VerdictKind
from engine.ports.metrics import MOST_CHECKED, MOST_WAITS, HourUsage, Metrics
from engine.store import codec
from engine.store.memory.tables import Tables
from engine.store.metrics import checks_of


def read_metrics(tables: Tables, project: str, since: datetime | None) -> Metrics:
    """See `engine.ports.store.Reader.metrics`."""
    points = [
        point
        for made in tables.checkpoints.values()
        for point in made
        if point.project == project and (since is None or point.timestamp >= since)
    ]
    firsts = [point for point in points if point.iteration_count == 1]
    newest = sorted(points, key=lambda point: point.timestamp, reverse=True)[:MOST_CHECKED]
    made = Counter(point.task_id for point in points)
    return Metrics(
        usage=_usage(tables, project, since),
        verdicts=Counter(point.verdict.kind.value for point in points),
        iterations_per_task=Counter(made.values()),
        first_tries=len(firsts),
        first_passes=sum(point.verdict.kind is VerdictKind.PASS for point in firsts),
        waits_s=_waits(tables, project, since),
        checks_s=checks_of(point.verdict for point in newest),
    )


def _usage(tables: Tables, project: str, since: datetime | None) -> tuple[HourUsage, ...]:
    hours: dict[str, tuple[Decimal, int, int]] = {}
    for row in tables.usage:
        if row.project == project and (since is None or row.at >= since):
            hour = codec.to_stamp(row.at)[:13]
            cost, tokens, unpriced = hours.get(hour, (Decimal(0), 0, 0))
            hours[hour] = (
                cost + row.usage.cost_usd,
                tokens + row.usage.tokens,
                unpriced + row.usage.unpriced_calls,
            )
    return tuple(
        HourUsage(begin=hour, cost_usd=cost, tokens=tokens, unpriced_calls=unpriced)
        for hour, (cost, tokens, unpriced) in sorted(hours.items())
    )


def _waits(tables: Tables, project: str, since: datetime | None) -> tuple[float, ...]:
    asked = [
        (each.answered_at - each.raised_at).total_seconds()
        for each in reversed(tables.escalations.values())
        if each.project == project
        and each.answered_at is not None
        and (since is None or each.raised_at >= since)
    ]
    return tuple(sorted(asked[:MOST_WAITS]))
