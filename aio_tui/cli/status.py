"""`aio-tui status`: the first glance, without a screen."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines
from aio_tui.cli.session import engine_of
from aio_tui.cli.summary import totals
from aio_tui.wording import cost, counted, wait_words
from engine.domain.work import MergeState
from engine.ports.cockpit import Overview, RunState


async def status(args: argparse.Namespace) -> Exit:
    """Whether a run goes on, what it waits for and until when, and where the tasks stand."""
    async with engine_of(args) as engine:
        overview, pid = await engine.overview(), engine.engine_pid
        project = engine.settings.project
        merges = await engine.read(lambda reader: reader.merge_counts(project))
    if args.json:
        print_json(_document(overview, merges, pid, project))
    else:
        print_lines(_lines(overview, merges, pid, project))
    return Exit.DONE


def _lines(
    overview: Overview, merges: Mapping[MergeState, int], pid: int | None, project: str
) -> list[str]:
    if pid is None or overview.run is RunState.NO_ENGINE:
        lines = [f"{project}: no run; 'aio-tui' or 'aio-tui run' begins one"]
    else:
        lines = [
            f"{project}: {overview.run} (pid {pid}), {counted(overview.working, 'task')} at work"
        ]
    if overview.halted:
        lines.append(f"everything is halted {overview.halted}")
    if waits := wait_words(overview):
        lines.append(waits)
    lines += [
        f"{asked.task_id} asks ({asked.severity}): aio-tui escalations show {asked.escalation_id}"
        for asked in overview.escalations
    ]
    return [*lines, totals(overview.counts, merges), f"{cost(overview.usage)} so far"]


def _document(
    overview: Overview, merges: Mapping[MergeState, int], pid: int | None, project: str
) -> dict[str, object]:
    return {
        "project": project,
        "run": overview.run,
        "pid": pid,
        "waits_until": overview.waits_until,
        "halted": overview.halted or None,
        "working": overview.working,
        "questions": [asked.escalation_id for asked in overview.escalations],
        "counts": {state.value: number for state, number in overview.counts.items()},
        "merges": {state.value: number for state, number in merges.items()},
        "cost_usd": overview.usage.cost_usd,
    }
