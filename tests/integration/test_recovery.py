"""What a start does about engines that vanished."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from engine.app.engine import Engine
from engine.app.system import SystemClock
from engine.domain.decision import DecisionKind
from engine.domain.ids import OrderId, TaskId, WorkerId
from engine.domain.orders import ApproveEscalation, OrderRecord, PauseTask
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState, Trigger
from engine.ports.store import Transaction
from engine.store.sqlite import SqliteStore
from tests.support.engines import (
    Bench,
    append_outside,
    bash,
    commands_of,
    cure,
    make_bench,
    say,
    start_cli,
    until_output,
    worsen,
)
from tests.support.repos import git

pytestmark = pytest.mark.slow

ADD = TaskId("add")
GONE = WorkerId("engine-gone")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


@asynccontextmanager
async def store_of(bench: Bench) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.open(bench.brain / "state" / "work.db", clock=SystemClock())
    try:
        yield store
    finally:
        await store.close()


async def vanish(bench: Bench, task_id: str, *triggers: Trigger) -> None:
    """Leave the task as an engine leaves it that is killed after these moves."""

    def hold(tx: Transaction) -> None:
        claim = tx.claim(GONE, lease=timedelta(hours=1), only=TaskId(task_id))
        assert claim
        for trigger in triggers:
            tx.move(TaskId(task_id), trigger, fence=claim.fence)

    async with store_of(bench) as store:
        await store.write(hold)


@pytest.mark.parametrize(
    "triggers", [(), (Trigger.START,), (Trigger.START, Trigger.VERIFY)], ids=lambda t: str(len(t))
)
async def test_a_held_task_is_repeated_whatever_its_lease_says(
    bench: Bench, triggers: tuple[Trigger, ...]
) -> None:
    await bench.add("add")
    await vanish(bench, "add", *triggers)
    async with bench.engine() as engine:
        item = (await engine.task_view(ADD)).item
        assert (item.state, item.interruptions, item.orchestrator_id) == (
            TaskState.QUEUED,
            1,
            None,
        )
        assert await engine.run(RunOptions()) is RunEnd.DRAINED
        item = (await engine.task_view(ADD)).item
    assert (item.state, item.iteration_count, item.interruptions) == (TaskState.COMPLETED, 1, 0)


async def test_a_guest_that_only_looks_repeats_nothing(bench: Bench) -> None:
    await bench.add("add")
    await vanish(bench, "add", Trigger.START)
    assert (await bench.item("add")).state is TaskState.RUNNING


async def test_a_task_that_keeps_ending_its_engine_is_set_aside(bench: Bench) -> None:
    bench.configure(more="[limits]\nmax_interruptions = 2\n")
    await bench.add("add", "scale")
    for _ in range(2):
        await vanish(bench, "add", Trigger.START)
        async with bench.engine():
            pass
    item = await bench.item("add")
    assert (item.state, item.interruptions) == (TaskState.BLOCKED, 2)
    assert "2 times in a row" in item.error_log
    async with bench.engine(takes_work=False) as engine:
        decisions, _ = await engine.decisions(ADD)
    assert [decision.kind for decision in decisions] == [DecisionKind.RETRY, DecisionKind.POISON]
    await bench.run()
    assert await bench.states() == {"add": TaskState.BLOCKED, "scale": TaskState.COMPLETED}


async def test_a_pause_asked_before_the_end_holds_after_it(bench: Bench) -> None:
    await bench.add("add")
    await vanish(bench, "add", Trigger.START)

    def ask(tx: Transaction) -> None:
        tx.update_task(ADD, is_pause_requested=True)

    async with store_of(bench) as store:
        await store.write(ask)
    await bench.run()
    assert (await bench.item("add")).state is TaskState.PAUSED


async def test_a_passed_task_is_completed_by_the_next_start(bench: Bench) -> None:
    await bench.add("add")
    await bench.run()

    def untidy(tx: Transaction) -> None:
        tx.move(ADD, Trigger.REJECT)
        tx.move(ADD, Trigger.PAUSE)
        tx.move(ADD, Trigger.ACCEPT)

    async with store_of(bench) as store:
        await store.write(untidy)
    async with bench.engine() as engine:
        assert (await engine.task_view(ADD)).item.state is TaskState.COMPLETED


async def test_a_waiting_task_keeps_waiting_for_its_answer(bench: Bench, tmp_path: Path) -> None:
    bench.script({"add": [[append_outside(tmp_path / "mark"), cure("add"), say()]]})
    await bench.add("add")
    await bench.run()

    def hold(tx: Transaction) -> None:
        tx.update_task(ADD, orchestrator_id=GONE)

    async with store_of(bench) as store:
        await store.write(hold)
    async with bench.engine() as engine:
        item = (await engine.task_view(ADD)).item
    assert (item.state, item.orchestrator_id) == (TaskState.WAITING, None)
    assert len(await bench.open_escalations()) == 1


async def test_a_task_answered_while_its_engine_was_dead_is_ready(
    bench: Bench, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    bench.script({"add": [[append_outside(mark), cure("add"), say()]]})
    await bench.add("add")
    await bench.run()
    [escalation] = await bench.open_escalations()

    def hold(tx: Transaction) -> None:
        tx.update_task(ADD, orchestrator_id=GONE)

    async with store_of(bench) as store:
        await store.write(hold)
    async with bench.engine(takes_work=False) as guest:
        await guest.give(ApproveEscalation(escalation_id=escalation.escalation_id), by="olive")
    assert (await bench.item("add")).state is TaskState.QUEUED
    await bench.run()
    assert (await bench.item("add")).state is TaskState.COMPLETED
    assert mark.read_text().count("once") == 1


async def test_checkouts_of_a_dead_engine_are_swept(bench: Bench) -> None:
    await bench.add("add")
    left = bench.brain / "state" / "worktrees" / ".base-0123456789ab"
    left.mkdir(parents=True)
    (left / "file").write_text("left over")
    await bench.run()
    assert not left.exists()


async def test_orders_given_to_a_dead_engine_are_settled_before_the_next_run(
    bench: Bench,
) -> None:
    await bench.add("add")
    record = OrderRecord(
        order_id=OrderId("ord-1"),
        order=PauseTask(task_id=ADD),
        by="olive",
        given_at=SystemClock().now(),
    )

    def leave(tx: Transaction) -> None:
        tx.add_order(record)

    async with store_of(bench) as store:
        await store.write(leave)
    await bench.run()
    assert (await bench.item("add")).state is TaskState.PAUSED


async def test_a_killed_engine_loses_its_running_iteration_and_nothing_else(
    bench: Bench,
) -> None:
    bench.script({"add": [[worsen("add", "kept")], [worsen("add", "lost"), bash("sleep 60")]]})
    await bench.add("add")
    await bench.run(RunOptions(max_iterations=1))
    async with bench.engine(takes_work=False) as guest:
        before = (await guest.task_view(ADD)).checkpoints
        await _run_and_kill(bench, guest)

    bench.script({"add": [[worsen("add", "kept")], [cure("add"), say()]]})
    async with bench.engine() as engine:
        view = await engine.task_view(ADD)
        assert (view.item.state, view.item.interruptions) == (TaskState.QUEUED, 1)
        assert view.checkpoints == before
        assert not commands_of(bench)
        await engine.run(RunOptions())
        view = await engine.task_view(ADD)
    assert (view.item.state, view.item.iteration_count) == (TaskState.COMPLETED, 2)
    files = git(bench.repo, "ls-tree", "-r", "--name-only", "fix/add")
    assert "sums/add_kept.py" in files
    assert "sums/add_lost.py" not in files


async def _run_and_kill(bench: Bench, guest: Engine) -> None:
    """A real engine in a process of its own, killed while a command of its agent runs."""
    program = await start_cli(bench, "run", "--headless")
    try:
        await until_output(guest, "add", 2, "sleep 60", program=program)
    finally:
        if program.returncode is None:
            program.kill()
        await program.communicate()
