from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aio_tui.commands.leaving import goes_on_alone
from aio_tui.wording import wait_words
from engine.domain.facts import EscalationRaised, RunEnded
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import ApproveEscalation, HaltRun, Order, PauseRun, ResumeRun
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.ports.cockpit import RunState
from tests.support.engines import (
    WITHIN_S,
    Bench,
    append_outside,
    cure,
    make_bench,
    say,
    until,
    until_fact,
)

pytestmark = pytest.mark.slow
STAYS = RunOptions(stays=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def test_a_run_that_loses_its_watcher_at_once_still_does_its_work_and_ends(
    bench: Bench,
) -> None:
    await bench.add("add")
    async with bench.engine() as engine, asyncio.timeout(WITHIN_S):
        engine.start(STAYS)
        await engine.finish()
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_run_that_is_stopped_at_once_begins_nothing(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine() as engine, asyncio.timeout(WITHIN_S):
        engine.start(STAYS)
        await engine.end_run()
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.QUEUED, 0)


WAITS = "[escalations]\nrun_waits_s = {}"


async def asks(bench: Bench, mark: Path, waits_s: float) -> None:
    bench.configure(more=WAITS.format(waits_s))
    bench.script({"add": [[append_outside(mark), cure("add"), say()]]})
    await bench.add("add")


async def test_a_run_that_is_left_waits_for_an_answer_and_goes_on_with_it(
    bench: Bench, tmp_path: Path
) -> None:
    await asks(bench, tmp_path / "mark", 3600)
    async with bench.engine() as engine, bench.engine(takes_work=False) as guest:
        engine.start(STAYS)
        asked = await until_fact(engine, EscalationRaised)
        assert isinstance(asked, EscalationRaised)
        assert (await engine.overview()).waits_until is None
        left_at = engine.now()

        async def waits() -> bool:
            return (await guest.overview()).waits_until is not None

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(engine.finish())
            await until(waits)
            for face in (engine, guest):
                seen = (await face.overview()).waits_until
                assert seen is not None
                assert seen - left_at >= timedelta(seconds=3600)
            answer = ApproveEscalation(escalation_id=EscalationId(asked.escalation_id))
            await guest.give(answer, by="olive")
        assert (await guest.overview()).waits_until is None
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def left_until_its_end(bench: Bench) -> RunEnded:
    """How a run ended that was left with a question open."""
    async with bench.engine() as engine:
        engine.start(STAYS)
        await until_fact(engine, EscalationRaised)
        async with asyncio.timeout(60):
            await engine.finish()
        ended = await until_fact(engine, RunEnded)
    assert isinstance(ended, RunEnded)
    return ended


async def test_when_nobody_answers_in_time_what_waits_is_parked_and_the_journal_says_so(
    bench: Bench, tmp_path: Path
) -> None:
    await asks(bench, tmp_path / "mark", 0.3)
    ended = await left_until_its_end(bench)
    assert ended.cause.startswith("nobody answered until 20")
    assert ended.cause.endswith("UTC: what is left waits for the operator")
    item = await bench.item("add")
    assert (item.state, item.orchestrator_id) == (TaskState.WAITING, None)
    assert len(await bench.open_escalations()) == 1


async def test_a_run_that_shall_not_wait_parks_at_once(bench: Bench, tmp_path: Path) -> None:
    await asks(bench, tmp_path / "mark", 0)
    ended = await left_until_its_end(bench)
    assert ended.cause == "what is left waits for the operator"


ADD = TaskId("add")


async def test_a_run_that_is_left_waits_for_the_task_that_was_taken_over(bench: Bench) -> None:
    bench.configure(more=WAITS.format(3600))
    await bench.add("add")
    async with bench.engine() as engine, bench.engine(takes_work=False) as guest:
        folder = await guest.take(ADD, by="olive")
        engine.start(STAYS)

        async def waits() -> bool:
            return (await guest.overview()).waits_until is not None

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(engine.finish())
            await until(waits)
            seen = await guest.overview()
            assert seen.waits_until is not None
            assert seen.waits_until - seen.tasks[0].updated_at == timedelta(seconds=3600)
            assert "nothing is left but what is taken over (add): the run waits" in wait_words(seen)
            assert goes_on_alone(replace(seen, run=RunState.IDLE))
            (folder / "seen.txt").write_text("by olive\n")
            await guest.hand_back(ADD, "look at it again", by="olive")
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_what_nobody_hands_back_in_time_is_told_in_the_journal(bench: Bench) -> None:
    bench.configure(more=WAITS.format(0.3))
    await bench.add("add")
    async with bench.engine() as engine:
        await engine.take(ADD, by="olive")
        engine.start(STAYS)
        async with asyncio.timeout(60):
            await engine.finish()
        ended = await until_fact(engine, RunEnded)
    assert isinstance(ended, RunEnded)
    assert ended.cause.startswith("nothing was handed back until 20")
    assert ended.cause.endswith("UTC: what is left waits for the operator")
    assert (await bench.item("add")).state is TaskState.TAKEN


async def test_a_take_over_that_nobody_is_at_any_more_keeps_no_run_and_is_handed_back_later(
    bench: Bench,
) -> None:
    """As of an operator who left his shell in the evening: the night is not waited through."""
    bench.configure(more=f"{WAITS.format(3600)}\ntake_over_waits_s = 0")
    await bench.add("add", "most")
    async with bench.engine() as engine:
        folder = await engine.take(ADD, by="olive")
        (folder / "seen.txt").write_text("by olive\n")
        engine.start(STAYS)
        async with asyncio.timeout(60):
            await engine.finish()
        ended = await until_fact(engine, RunEnded)
    assert isinstance(ended, RunEnded)
    assert ended.cause.startswith("add has been in the hands of olive since 20")
    assert ended.cause.endswith("UTC, and nobody is there: what is left waits for the operator")
    assert await bench.states() == {"add": TaskState.TAKEN, "most": TaskState.COMPLETED}
    async with bench.engine(takes_work=False) as guest:
        record = await guest.hand_back(ADD, "", by="olive")
    assert record.outcome == "queued again with the work of olive"
    assert await bench.run() is RunEnd.DRAINED
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_take_over_is_waited_for_while_somebody_is_in_its_worktree(bench: Bench) -> None:
    bench.configure(more=f"{WAITS.format(3600)}\ntake_over_waits_s = 0")
    await bench.add("add")
    async with bench.engine() as engine, bench.engine(takes_work=False) as guest:
        folder = await guest.take(ADD, by="olive")
        shell = await asyncio.create_subprocess_exec(
            "cat", cwd=folder, stdin=asyncio.subprocess.PIPE
        )
        engine.start(STAYS)

        async def waits() -> bool:
            return (await guest.overview()).waits_until is not None

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(engine.finish())
            await until(waits)
            shell.kill()
            await shell.wait()
            await guest.give(ResumeRun(), by="olive")
        ended = await until_fact(engine, RunEnded)
    assert isinstance(ended, RunEnded)
    assert "add has been in the hands of olive" in ended.cause


@pytest.mark.parametrize("order", [PauseRun(), HaltRun()], ids=lambda order: order.kind)
async def test_a_run_that_is_left_goes_on_after_a_pause_of_everything(
    bench: Bench, tmp_path: Path, order: Order
) -> None:
    await asks(bench, tmp_path / "mark", 3600)
    async with bench.engine() as engine, bench.engine(takes_work=False) as guest:
        engine.start(STAYS)
        await until_fact(engine, EscalationRaised)
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            left = group.create_task(engine.finish())
            await guest.give(order, by="olive")

            async def waits() -> bool:
                seen = await guest.overview()
                return "nothing is left but your word to go on: the run waits" in wait_words(seen)

            await until(waits)
            assert not left.done()
            await guest.give(ResumeRun(), by="olive")

            async def goes_on() -> bool:
                """After a halt the agent may ask anew."""
                for asked in (await guest.overview()).escalations:
                    answer = ApproveEscalation(escalation_id=asked.escalation_id)
                    await guest.give(answer, by="olive")
                return left.done()

            await until(goes_on)
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_pause_that_nobody_ends_in_time_ends_the_run_with_these_words(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine(takes_work=False) as guest:
        await guest.give(PauseRun(), by="olive")
    bench.configure(more=WAITS.format(0.3))
    async with bench.engine() as engine:
        engine.start(STAYS)
        async with asyncio.timeout(60):
            await engine.finish()
        ended = await until_fact(engine, RunEnded)
    assert isinstance(ended, RunEnded)
    assert ended.cause.startswith("nobody let it go on until 20")
    assert ended.cause.endswith(f"UTC: {RunEnd.PAUSED.value}")


async def test_a_paused_run_with_nothing_to_go_on_with_ends(bench: Bench) -> None:
    async with bench.engine(takes_work=False) as guest:
        await guest.give(PauseRun(), by="olive")
    assert await bench.run(RunOptions(waits=True)) is RunEnd.PAUSED


async def test_a_run_for_one_task_does_not_wait_for_another_that_is_taken_over(
    bench: Bench,
) -> None:
    await bench.add("add", "most")
    async with bench.engine(takes_work=False) as guest:
        await guest.take(TaskId("most"), by="olive")
    assert await bench.run(RunOptions(waits=True, only=ADD)) is RunEnd.WAITING
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_run_may_wait_for_answers_for_a_time(bench: Bench, tmp_path: Path) -> None:
    await asks(bench, tmp_path / "mark", 3600)
    assert await bench.run(RunOptions(waits=True, waits_s=0.3)) is RunEnd.WAITING
    assert len(await bench.open_escalations()) == 1
