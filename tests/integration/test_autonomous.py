"""A run over the queue: which task, how many at once, how far, and what one task's end means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from engine.domain.errors import GuardrailError, UnknownTaskError
from engine.domain.facts import IterationStarted, RunEnded, TaskMoved
from engine.domain.ids import TaskId
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.domain.work import Claim, WorkItem
from engine.loop.autonomous import AutonomousLoop
from engine.ports.agent import AgentEvent, AgentTurn, Permissions, TextDelta, Tools
from engine.workspace.git import GitWorkspace
from tests.support.engines import (
    Bench,
    append_outside,
    bash,
    cure,
    make_bench,
    run_with,
    say,
    until_fact,
    until_state,
    worsen,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def started(bench: Bench) -> list[tuple[str | None, int]]:
    """Task and number of every iteration that was begun, in order."""
    async with bench.engine(takes_work=False) as engine:
        facts = await engine.facts_after(0)
    return [
        (entry.task_id, entry.fact.iteration)
        for entry in facts
        if isinstance(entry.fact, IterationStarted)
    ]


async def test_tasks_begin_by_priority_and_then_by_age(bench: Bench) -> None:
    await bench.add("add", "scale", priority=5)
    await bench.add("least", priority=1)
    await bench.run()
    assert await started(bench) == [("least", 1), ("add", 1), ("scale", 1)]


async def test_a_begun_task_goes_before_a_more_urgent_new_one(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a")], [cure("add")]], "scale": [[cure("scale")]]})
    await bench.add("add", priority=9)
    await bench.run(RunOptions(max_iterations=1))
    await bench.add("scale", priority=0)
    await bench.run()
    assert await started(bench) == [("add", 1), ("add", 2), ("scale", 1)]


async def test_max_tasks_counts_tasks_and_not_their_iterations(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a")], [cure("add")]]})
    await bench.add("add", "scale")
    assert await bench.run(RunOptions(max_tasks=1)) is RunEnd.DRAINED
    assert await bench.states() == {"add": TaskState.COMPLETED, "scale": TaskState.QUEUED}


async def test_max_iterations_counts_over_all_tasks(bench: Bench) -> None:
    await bench.add("add", "scale", "least")
    assert await bench.run(RunOptions(max_iterations=2)) is RunEnd.LIMIT
    assert await started(bench) == [("add", 1), ("scale", 1)]


async def test_only_the_named_task_is_worked_on(bench: Bench) -> None:
    await bench.add("add", "scale")
    await bench.run(RunOptions(only=TaskId("scale")))
    assert await bench.states() == {"add": TaskState.QUEUED, "scale": TaskState.COMPLETED}


async def test_an_unknown_task_to_work_on_is_an_error(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine() as engine:
        with pytest.raises(UnknownTaskError, match="nowhere"):
            await engine.run(RunOptions(only=TaskId("nowhere")))
        assert await engine.run(RunOptions()) is RunEnd.DRAINED


async def test_dependents_begin_after_the_pass_of_what_they_need(bench: Bench) -> None:
    bench.configure(parallel=3)
    await bench.add("add")
    await bench.add("scale", depends_on=(TaskId("add"),), priority=0)
    await bench.run()
    order = [move for move in await moves_of(bench) if move[1] in ("passed", "claimed")]
    assert order == [
        ("add", "claimed"),
        ("add", "passed"),
        ("scale", "claimed"),
        ("scale", "passed"),
    ]


async def test_dependents_of_a_failed_task_never_begin_and_the_summary_says_failed(
    bench: Bench,
) -> None:
    bench.script({"add": [[worsen("add", "a")]], "scale": [[cure("scale")]]})
    await bench.add("add", max_iterations=1)
    await bench.add("scale", depends_on=(TaskId("add"),))
    async with bench.engine() as engine:
        end = await engine.run(RunOptions())
        summary = await engine.summary(end)
    assert end is RunEnd.DRAINED
    assert summary.has_failed
    assert await bench.states() == {"add": TaskState.FAILED, "scale": TaskState.QUEUED}


async def test_a_later_run_still_says_that_a_dependent_can_never_begin(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a")]], "scale": [[cure("scale")]]})
    await bench.add("add", max_iterations=1)
    await bench.add("scale", depends_on=(TaskId("add"),))
    await bench.add("least", depends_on=(TaskId("scale"),))
    await bench.run()
    async with bench.engine() as engine:
        summary = await engine.summary(await engine.run(RunOptions()))
    assert summary.has_failed


async def test_a_dependent_of_a_blocked_task_waits_for_a_human_in_every_run(bench: Bench) -> None:
    bench.script({"add": [[say("<promise>BLOCKED: which sum?</promise>")]]})
    await bench.add("add")
    await bench.add("scale", depends_on=(TaskId("add"),))
    await bench.run()
    async with bench.engine() as engine:
        summary = await engine.summary(await engine.run(RunOptions()))
    assert summary.waits_for_human
    assert not summary.has_failed


async def test_three_tasks_work_at_the_same_time(bench: Bench) -> None:
    bench.configure(parallel=3)
    await bench.add("add", "scale", "least", "most")
    await bench.run()
    moves = [state for _, state in await moves_of(bench) if state in ("claimed", "verifying")]
    assert moves[:4] == ["claimed", "claimed", "claimed", "verifying"]


async def moves_of(bench: Bench) -> list[tuple[str | None, str]]:
    """Task and state of every move, in order."""
    async with bench.engine(takes_work=False) as engine:
        facts = await engine.facts_after(0)
    return [
        (entry.task_id, entry.fact.after) for entry in facts if isinstance(entry.fact, TaskMoved)
    ]


async def test_a_waiting_task_frees_its_only_slot(bench: Bench, tmp_path: Path) -> None:
    bench.script(
        {"add": [[append_outside(tmp_path / "mark"), cure("add")]], "scale": [[cure("scale")]]}
    )
    await bench.add("add", "scale")
    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        await until_state(engine, "add", TaskState.WAITING)
        await until_state(engine, "scale", TaskState.COMPLETED)
        await engine.end_run()
    assert await bench.states() == {"add": TaskState.WAITING, "scale": TaskState.COMPLETED}


async def test_new_tasks_are_taken_while_a_run_stays(bench: Bench) -> None:
    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        await bench.add("add")
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()


class FaultyAgent:
    """Raises in the middle of a turn, but for the tasks it likes."""

    name = "faulty"

    def __init__(self, *, healthy: str = "") -> None:
        self.turns: list[str] = []
        self._healthy = healthy

    async def run(
        self, turn: AgentTurn, tools: Tools, permissions: Permissions
    ) -> AsyncGenerator[AgentEvent, None]:
        self.turns.append(turn.task_id)
        yield TextDelta(text="Let me see")
        if turn.task_id != self._healthy:
            raise ZeroDivisionError("a bug in the agent")


async def test_a_crash_in_an_iteration_is_repeated_twice_and_then_blocks_the_task(
    bench: Bench,
) -> None:
    await bench.add("add")
    await bench.add("scale", max_iterations=1)
    agent = FaultyAgent(healthy="scale")
    assert await run_with(bench, agent) is RunEnd.DRAINED
    assert agent.turns.count("add") == 3
    assert await bench.states() == {"add": TaskState.BLOCKED, "scale": TaskState.FAILED}
    item = await bench.item("add")
    assert "ZeroDivisionError: a bug in the agent (3 times)" in item.error_log
    assert item.iteration_count == 0


async def test_a_run_that_is_stopped_at_once_gives_its_tasks_back(bench: Bench) -> None:
    bench.configure(parallel=2)
    bench.script({name: [[bash("sleep 60")]] for name in ("add", "scale")})
    await bench.add("add", "scale")
    async with bench.engine() as engine:
        engine.start(RunOptions())
        for name in ("add", "scale"):
            await until_fact(engine, IterationStarted, task_id=name)
        engine.stop(at_once=True)
        engine.stop(at_once=True)
        await engine.finish()
    assert set((await bench.states()).values()) == {TaskState.QUEUED}
    item = await bench.item("add")
    assert (item.interruptions, item.iteration_count, item.orchestrator_id) == (0, 0, None)


async def test_a_run_that_is_stopped_ends_after_the_running_iteration(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a")], [worsen("add", "b")], [cure("add")]]})
    await bench.add("add", "scale")
    async with bench.engine() as engine:
        engine.start(RunOptions())
        await until_fact(engine, IterationStarted)
        engine.stop(at_once=False)
        await engine.finish()
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.QUEUED, 1)


async def test_a_broken_contract_starts_nothing_and_the_engine_can_run_again(
    bench: Bench,
) -> None:
    contracts = bench.brain / "contracts"
    contracts.mkdir()
    (contracts / "qa-team.yaml").write_text("autonomy: [unfinished", encoding="utf-8")
    await bench.add("add")
    async with bench.engine() as engine:
        with pytest.raises(GuardrailError):
            await engine.run(RunOptions())
        await engine.finish()
        (contracts / "qa-team.yaml").unlink()
        assert await engine.run(RunOptions()) is RunEnd.DRAINED


async def test_a_heartbeat_while_a_proved_task_is_tidied_up_does_not_end_the_tidying(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its claim is over by then. Else it would stay unmerged, with its worktree, until the end."""
    refused = asyncio.Event()
    renew, close = AutonomousLoop._renew, GitWorkspace.close

    async def renewing(loop: AutonomousLoop, claim: Claim) -> bool:
        is_held = await renew(loop, claim)
        if not is_held:
            refused.set()
        return is_held

    async def closing(workspace: GitWorkspace, item: WorkItem) -> None:
        await refused.wait()
        await close(workspace, item)

    monkeypatch.setattr(AutonomousLoop, "_renew", renewing)
    monkeypatch.setattr(GitWorkspace, "close", closing)
    bench.configure(more="[limits]\nlease_s = 0.9\n")
    await bench.add("add")
    assert await bench.run() is RunEnd.DRAINED
    async with bench.engine(takes_work=False) as engine:
        facts = [entry.fact for entry in await engine.facts_after(0)]
    states = [fact.after if isinstance(fact, TaskMoved) else fact.KIND for fact in facts]
    assert states.index("completed") < states.index(RunEnded.KIND)
