"""What a model call cost that was given up, nobody knows; that is said wherever a cost is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aio_tui.widgets.timeline import timeline_lines
from aio_tui.wording import short_cost
from engine.domain.ids import TaskId
from engine.ports.agent import AgentEvent, AgentTurn, ModelCalled, Permissions, TextDelta, Tools
from tests.support.cli import Cli
from tests.support.engines import Bench, make_bench, run_with

pytestmark = pytest.mark.slow


@dataclass
class Calling:
    """An agent whose model has begun to answer, and never ends."""

    is_called: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "calling"

    async def run(
        self, turn: AgentTurn, tools: Tools, permissions: Permissions
    ) -> AsyncGenerator[AgentEvent, None]:
        yield ModelCalled(model="m")
        yield TextDelta(text="I will")
        self.is_called.set()
        await asyncio.Event().wait()


async def _give_up_a_call(bench: Bench) -> tuple[str, str]:
    """The costs in the row and in the timeline of the task whose call was given up."""
    await bench.add("add")
    agent = Calling()
    async with asyncio.TaskGroup() as group:
        run = group.create_task(run_with(bench, agent))
        await agent.is_called.wait()
        run.cancel()
    async with bench.engine(takes_work=False) as engine:
        overview = await engine.overview()
        view = await engine.task_view(TaskId("add"))
    shown = "\n".join(line.text for line in timeline_lines(view, 80))
    return short_cost(overview.usage_by_task[TaskId("add")]), shown


def test_the_cost_of_a_call_that_was_given_up_is_at_least(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = make_bench(tmp_path)
    row, timeline = asyncio.run(_give_up_a_call(bench))
    assert row == "$0.00+"
    assert "none of 15 iterations" in timeline
    assert "at least $0.00" in timeline
    assert "the cost of 1 call is unknown" in timeline
    cli = Cli(bench.repo, capsys)
    assert "at least $0.0000; the cost of 1 call is unknown" in cli("task", "show", "add").out
    report = cli("report").out
    assert "at least $0.00, 0 tokens (the cost of 1 call is unknown)" in report
    assert "fix/add · at least $0.00" in report
    assert "at least $0.00" in cli("status").out
