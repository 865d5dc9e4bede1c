from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.domain.run import RunOptions
from engine.domain.state import TaskState
from tests.support.engines import Bench, make_bench

pytestmark = pytest.mark.slow
STAYS = RunOptions(stays=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def test_a_run_that_loses_its_watcher_at_once_still_does_its_work_and_ends(
    bench: Bench,
) -> None:
    await bench.add("add")
    async with bench.engine() as engine, asyncio.timeout(30):
        engine.start(STAYS)
        await engine.finish()
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_run_that_is_stopped_at_once_begins_nothing(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine() as engine, asyncio.timeout(30):
        engine.start(STAYS)
        await engine.end_run()
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.QUEUED, 0)
