"""`aio-tui metrics`: how the work goes, in figures."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from aio_tui.charts import bars, charts, figures
from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines
from aio_tui.cli.session import engine_of
from aio_tui.cli.since import since_of
from engine.ports.metrics import Metrics, median

_WIDTH = 78


async def metrics(args: argparse.Namespace) -> Exit:
    """Print the figures and charts of text, or one JSON document."""
    async with engine_of(args) as engine:
        since, project = since_of(args.since, engine.now()), engine.settings.project
        found = await engine.read(lambda reader: reader.metrics(project, since=since))
    if args.json:
        print_json(_document(found))
    else:
        print_lines([f"{name:<18}{told}" for name, told in figures(found)])
        for chart in charts(found):
            print_lines(["", chart.title])
            print_lines([f"  {line}" for line in bars(chart, _WIDTH, glyph="#")])
    return Exit.DONE


def _document(found: Metrics) -> dict[str, object]:
    return {
        **asdict(found),
        "unpriced_calls": found.unpriced_calls,
        "first_pass_rate": found.first_pass_rate,
        "median_wait_s": median(found.waits_s),
        "median_check_s": {name: median(values) for name, values in found.checks_s.items()},
        "checks_s": {name: len(values) for name, values in found.checks_s.items()},
        "waits_s": len(found.waits_s),
    }
