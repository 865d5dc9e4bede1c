"""Figures over many rows, added up by the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime

from engine.ports.metrics import MOST_CHECKED, MOST_WAITS, HourUsage, Metrics
from engine.store import codec
from engine.store.metrics import checks_of

_HOUR = len("2026-01-05T22")
Run = Callable[..., sqlite3.Cursor]


def read_metrics(run: Run, project: str, since: datetime | None) -> Metrics:
    """See `engine.ports.store.Reader.metrics`."""
    scope = (project, codec.to_stamp(since) if since else "")
    tries, passes = run(
        "SELECT count(*), coalesce(sum(verdict = 'PASS'), 0) FROM checkpoints"
        " WHERE project = ? AND timestamp >= ? AND iteration_count = 1",
        *scope,
    ).fetchone()
    return Metrics(
        usage=_usage(run, scope),
        verdicts=dict(
            run(
                "SELECT verdict, count(*) FROM checkpoints"
                " WHERE project = ? AND timestamp >= ? GROUP BY verdict",
                *scope,
            )
        ),
        iterations_per_task=dict(
            run(
                "SELECT made, count(*) FROM (SELECT count(*) AS made FROM checkpoints"
                " WHERE project = ? AND timestamp >= ? GROUP BY task_id) GROUP BY made",
                *scope,
            )
        ),
        first_tries=tries,
        first_passes=passes,
        waits_s=_waits(run, scope),
        checks_s=_checks(run, scope),
    )


def _usage(run: Run, scope: tuple[str, str]) -> tuple[HourUsage, ...]:
    rows = run(
        "SELECT substr(at, 1, ?) AS hour, sum(cost_units),"
        " sum(input_tokens + output_tokens + cache_read_tokens + cache_write_tokens),"
        " sum(unpriced_calls)"
        " FROM usage WHERE project = ? AND at >= ? GROUP BY hour ORDER BY hour",
        _HOUR,
        *scope,
    )
    return tuple(
        HourUsage(
            begin=hour,
            cost_usd=codec.from_cost_units(units),
            tokens=tokens,
            unpriced_calls=unpriced,
        )
        for hour, units, tokens, unpriced in rows
    )


def _waits(run: Run, scope: tuple[str, str]) -> tuple[float, ...]:
    rows = run(
        "SELECT raised_at, answered_at FROM escalations WHERE project = ? AND raised_at >= ?"
        " AND answered_at IS NOT NULL ORDER BY number DESC LIMIT ?",
        *scope,
        MOST_WAITS,
    )
    waits = (
        (datetime.fromisoformat(answered) - datetime.fromisoformat(raised)).total_seconds()
        for raised, answered in rows
    )
    return tuple(sorted(waits))


def _checks(run: Run, scope: tuple[str, str]) -> dict[str, tuple[float, ...]]:
    rows = run(
        "SELECT evidence FROM checkpoints WHERE project = ? AND timestamp >= ?"
        " ORDER BY timestamp DESC LIMIT ?",
        *scope,
        MOST_CHECKED,
    )
    return checks_of(codec.verdict_from_json(evidence) for (evidence,) in rows)
