"""Runs against a model server that refuses, costs money, or is not there."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from engine.domain.facts import IterationAbandoned, RunEnded, WarningRaised
from engine.domain.ids import TaskId
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from tests.support.engines import (
    DEFECTS,
    Bench,
    bash,
    cure,
    make_bench,
    say,
    until_fact,
    until_state,
    until_warning,
    worsen,
)
from tests.support.messages_api import Fault, MessagesServer, by_task
from tests.support.messages_script import Answer

pytestmark = pytest.mark.slow

EDITOR = "str_replace_based_edit_tool"
SCRIPT = {
    "version": 1,
    "tasks": {
        name: {"iterations": [{"steps": [dict(cure(name)), dict(say())]}]} for name in DEFECTS
    },
}
COSTLY = """
[prices."claude-sonnet-4-5"]
input = 0
output = 1000000
cache_read = 0
cache_write = 0
"""
"""A dollar for each token that the model writes."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path, backend="anthropic", more="[model]\nmax_retries = 0\n")


def serve(
    monkeypatch: pytest.MonkeyPatch,
    *,
    faults: dict[int, Fault] | None = None,
    answer: Answer | None = None,
) -> MessagesServer:
    """A server that takes the key in the environment; its address is known once it is entered."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    return MessagesServer(answer or by_task(SCRIPT), faults=faults or {})


async def run(
    bench: Bench,
    server: MessagesServer,
    monkeypatch: pytest.MonkeyPatch,
    options: RunOptions | None = None,
) -> RunEnd:
    async with server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        return await bench.run(options)


async def test_a_model_mends_a_defect_and_its_usage_is_recorded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.add("add")
    server = serve(monkeypatch)
    assert await run(bench, server, monkeypatch) is RunEnd.DRAINED
    async with bench.engine(takes_work=False) as engine:
        view = await engine.task_view(TaskId("add"))
    assert view.item.state is TaskState.COMPLETED
    assert view.usage.calls == len(server.bodies) == 2
    assert view.usage.cost_usd > 0
    assert view.checkpoints[0].usage == view.usage


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_wrong_key_or_model_ends_the_run_and_blames_no_task(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    await bench.add("add", "scale", "least")
    server = serve(monkeypatch, faults={0: Fault(status=status)})
    async with server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        async with bench.engine() as engine:
            end = await engine.run(RunOptions())
            summary = await engine.summary(end)
    assert end is RunEnd.BROKEN
    assert str(status) in summary.failure
    assert summary.is_setup_wrong
    assert len(summary.failure.splitlines()) == 1
    assert len(server.bodies) == 1
    assert set((await bench.states()).values()) == {TaskState.QUEUED}
    item = await bench.item("add")
    assert (item.iteration_count, item.interruptions, item.not_before) == (0, 0, None)


async def test_the_run_after_a_wrong_key_does_the_whole_queue(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.add("add")
    await run(bench, serve(monkeypatch, faults={0: Fault(status=401)}), monkeypatch)
    assert await run(bench, serve(monkeypatch), monkeypatch) is RunEnd.DRAINED
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_without_a_key_nothing_is_begun(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    await bench.add("add", "scale")
    async with bench.engine() as engine:
        end = await engine.run(RunOptions())
        summary = await engine.summary(end)
    assert end is RunEnd.BROKEN
    assert "ANTHROPIC_API_KEY" in summary.failure
    assert set((await bench.states()).values()) == {TaskState.QUEUED}


async def test_a_run_that_was_told_to_stop_says_so_although_a_backend_has_no_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    bench.configure(backend="anthropic", parallel=2, more="[model]\nmax_retries = 0\n")
    bench.script({"least": [[bash("sleep 60")]]})
    await bench.add("add")
    await bench.add("least", backend="scripted")
    async with bench.engine() as engine:
        engine.start(RunOptions())
        await until_warning(engine, "ANTHROPIC_API_KEY")
        await until_state(engine, "least", TaskState.RUNNING)
        engine.stop(at_once=True)
        await engine.finish()
        ended = await engine.read(lambda reader: reader.newest_fact(RunEnded.KIND))
    assert ended is not None
    assert isinstance(ended.fact, RunEnded)
    assert ended.fact.cause == "it was told to stop"


async def test_tasks_of_another_backend_are_done_although_one_has_no_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    await bench.add("add", "scale")
    await bench.add("least", "most", backend="scripted")
    async with bench.engine() as engine:
        end = await engine.run(RunOptions())
        summary = await engine.summary(end)
    assert end is RunEnd.BROKEN
    assert "ANTHROPIC_API_KEY" in summary.failure
    done, waits = TaskState.COMPLETED, TaskState.QUEUED
    assert await bench.states() == {"add": waits, "scale": waits, "least": done, "most": done}
    assert summary.has_failed is False


async def test_a_cockpit_is_told_of_a_backend_that_cannot_work(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        warning = await until_fact(engine, WarningRaised, task_id="add")
        await until_fact(engine, RunEnded)
    assert "ANTHROPIC_API_KEY" in str(warning)


async def test_a_request_that_is_refused_blocks_its_task_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.add("add", "scale")
    server = serve(monkeypatch, faults={1: Fault(status=400, message="prompt is too long")})
    assert await run(bench, server, monkeypatch) is RunEnd.DRAINED
    assert await bench.states() == {"add": TaskState.BLOCKED, "scale": TaskState.COMPLETED}
    assert "prompt is too long" in (await bench.item("add")).error_log


async def test_an_overloaded_server_sends_the_task_back_and_others_go_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.add("add", "scale")
    server = serve(monkeypatch, faults={1: Fault(status=529)})
    async with server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        assert await bench.run(RunOptions(max_iterations=2)) is RunEnd.LIMIT
    assert await bench.states() == {"add": TaskState.QUEUED, "scale": TaskState.COMPLETED}
    item = await bench.item("add")
    assert item.not_before is not None
    assert item.iteration_count == 0
    async with bench.engine(takes_work=False) as engine:
        abandoned = await until_fact(engine, IterationAbandoned, task_id="add")
    assert isinstance(abandoned, IterationAbandoned)
    assert abandoned.is_transient


@pytest.mark.parametrize("options", [RunOptions(), RunOptions(only=TaskId("add"))])
async def test_a_run_waits_for_the_end_of_a_back_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, options: RunOptions
) -> None:
    await bench.add("add")
    server = serve(monkeypatch, faults={0: Fault(status=529)})
    async with server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        async with bench.engine() as engine:
            engine.start(options)
            await until_fact(engine, IterationAbandoned)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await engine.finish()
            await engine.end_run()
    assert (await bench.item("add")).state is TaskState.QUEUED


async def test_a_spent_task_budget_stops_before_the_next_call(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.configure(
        backend="anthropic", more=f"{COSTLY}\n[budgets]\ntask_cost_usd = 1\nrun_cost_usd = 500\n"
    )
    answer = by_task(
        {"version": 1, "tasks": {"add": {"iterations": [{"steps": [dict(worsen("add", "a"))]}]}}}
    )
    await bench.add("add")
    server = serve(monkeypatch, answer=answer)
    await run(bench, server, monkeypatch)
    item = await bench.item("add")
    assert item.state is TaskState.FAILED
    assert "USD" in item.error_log
    assert len(server.bodies) == 1


async def test_a_spent_run_budget_ends_the_run_and_leaves_the_queue(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.configure(
        backend="anthropic", more=f'{COSTLY}\n[budgets]\ntask_cost_usd = "none"\nrun_cost_usd = 1\n'
    )
    await bench.add("add", "scale", "least")
    server = serve(monkeypatch)
    assert await run(bench, server, monkeypatch) is RunEnd.BUDGET
    states = await bench.states()
    assert states == {
        "add": TaskState.COMPLETED,
        "scale": TaskState.QUEUED,
        "least": TaskState.QUEUED,
    }
    async with bench.engine(takes_work=False) as engine:
        used = (await engine.overview()).usage
    assert used.cost_usd > Decimal(1)
    assert used.calls == len(server.bodies) == 2


async def test_a_model_without_a_price_is_refused_while_money_is_limited(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.configure(backend="anthropic", more='[model]\nmodel = "house-model"\n')
    await bench.add("add")
    server = serve(monkeypatch)
    assert await run(bench, server, monkeypatch) is RunEnd.BROKEN
    assert server.bodies == []
