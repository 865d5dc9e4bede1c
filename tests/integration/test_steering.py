"""Holding work at once and stopping everything, while agents are at work."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.engine import Engine
from engine.domain.decision import DecisionKind
from engine.domain.facts import IterationAbandoned, RunHalted
from engine.domain.orders import (
    HaltRun,
    PauseRun,
    PauseTask,
    ResumeRun,
    ResumeTask,
    StopRun,
)
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.ports.cockpit import RunState
from tests.support.engines import (
    Bench,
    commands_of,
    cure,
    make_bench,
    say,
    until,
    until_fact,
    until_output,
    until_state,
    worsen,
)
from tests.support.steering import ADD, SLOW, applied, begin

pytestmark = pytest.mark.slow

QUICK = [cure("add"), say()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def until_run(engine: Engine, state: RunState) -> None:
    async def is_there() -> bool:
        return engine.run_state is state

    await until(is_there)


async def test_a_task_is_paused_at_once_and_its_iteration_is_begun_anew(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "kept")], SLOW]})
    await bench.add("add")
    async with bench.engine() as engine:
        await begin(engine, iteration=2)
        await applied(engine, PauseTask(task_id=ADD, at_once=True))
        item = await until_state(engine, "add", TaskState.PAUSED)
        assert not commands_of(bench)
        assert (item.iteration_count, item.interruptions, item.is_pause_requested) == (1, 0, False)
        given_up = await until_fact(engine, IterationAbandoned)
        assert isinstance(given_up, IterationAbandoned)
        assert (given_up.iteration, given_up.cause) == (2, "paused at once")
        bench.script({"add": [[], QUICK]})
        await engine.end_run()
    async with bench.engine() as engine:
        await applied(engine, ResumeTask(task_id=ADD))
        assert await engine.run(RunOptions()) is RunEnd.DRAINED
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.COMPLETED, 2)


async def test_a_pause_that_comes_between_claim_and_start_begins_nothing(bench: Bench) -> None:
    """As if the order had been applied while the worker was on its way."""
    await bench.add("add")
    async with bench.engine() as engine:
        await engine._store.write(lambda tx: tx.update_task(ADD, is_pause_requested=True))
        assert await engine.run(RunOptions()) is RunEnd.DRAINED
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.PAUSED, 0)


async def test_all_is_paused_at_once_and_goes_on(bench: Bench) -> None:
    bench.script({"add": [SLOW]})
    await bench.add("add")
    async with bench.engine() as engine:
        await begin(engine)
        await applied(engine, PauseRun(at_once=True))
        await until_state(engine, "add", TaskState.QUEUED)
        await until_run(engine, RunState.PAUSED)
        assert not commands_of(bench)
        await applied(engine, ResumeRun())
        await until_output(engine, "add", 1, "sleep 60")
        await engine.end_run()


async def test_a_run_is_stopped_at_once_by_a_guest(bench: Bench) -> None:
    bench.script({"add": [SLOW]})
    await bench.add("add")
    async with bench.engine() as owner, bench.engine(takes_work=False) as guest:
        await begin(owner)
        await applied(guest, StopRun(at_once=True))
        await until_run(owner, RunState.STOPPED)
        item = (await guest.task_view(ADD)).item
        assert (item.state, item.interruptions) == (TaskState.QUEUED, 0)
        assert not commands_of(bench)


async def test_an_emergency_stop_ends_all_and_holds_after_a_restart(bench: Bench) -> None:
    bench.script({"add": [SLOW], "scale": [[cure("scale"), say()]]})
    await bench.add("add")
    async with bench.engine() as owner, bench.engine(takes_work=False) as guest:
        await begin(owner)
        await bench.add("scale")
        record = await applied(guest, HaltRun(reason="it deletes things"))
        await until_run(owner, RunState.HALTED)
        await until_state(owner, "add", TaskState.QUEUED)
        assert not commands_of(bench)
        assert (await guest.overview()).halted == "by olive: it deletes things"
        halted = await until_fact(guest, RunHalted)
        assert halted == RunHalted(reason="it deletes things", by="olive")
        decisions, _ = await guest.decisions(None)
        decision = next(one for one in decisions if one.ref == record.order_id)
        assert (decision.kind, decision.decision) == (DecisionKind.RUN_CONTROL, "halt_run")
        assert (decision.reason, decision.approver) == ("it deletes things", "olive")
        await owner.end_run()
    assert await bench.run() is RunEnd.HALTED
    assert set((await bench.states()).values()) == {TaskState.QUEUED}
    bench.script({"add": [QUICK], "scale": [[cure("scale"), say()]]})
    async with bench.engine(takes_work=False) as guest:
        await applied(guest, ResumeRun())
        assert (await guest.overview()).halted == ""
    assert await bench.run() is RunEnd.DRAINED
    assert set((await bench.states()).values()) == {TaskState.COMPLETED}


async def test_an_emergency_stop_needs_no_reason(bench: Bench) -> None:
    async with bench.engine(takes_work=False) as guest:
        record = await applied(guest, HaltRun(reason=" "))
        assert (await guest.overview()).halted == "by olive: no reason given"
        decisions, _ = await guest.decisions(None)
        decision = next(one for one in decisions if one.ref == record.order_id)
        assert decision.reason == "no reason given"
