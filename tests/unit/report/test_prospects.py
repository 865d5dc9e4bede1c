"""A task that is not finished has a next step as well, and it is one that helps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.app.report_prospects import Prospects
from engine.app.reporting import read_report
from engine.domain.facts import WarningRaised
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import TaskState, Trigger
from engine.domain.work import WorkItem
from engine.loop.backends_down import TAKES_NO_MORE
from engine.ports.cockpit import RunState
from engine.ports.queue_values import RunControl
from engine.ports.report import Report
from engine.ports.store import Transaction
from engine.store.memory import MemoryStore
from tests.contract.stores import task
from tests.support.clock import FakeClock
from tests.support.workspaces import item_of

QUEUED = replace(item_of("T1"), state=TaskState.QUEUED)
BEHIND = replace(QUEUED, depends_on=(TaskId("done"), TaskId("lost")), unmet_dependencies=1)
STATES = {TaskId("done"): TaskState.COMPLETED, TaskId("lost"): TaskState.FAILED}
FREE, HELD, HALTED = RunControl(), RunControl(is_paused=True), RunControl(halted="fire")


@pytest.mark.parametrize(
    ("item", "run", "control", "told"),
    [
        (QUEUED, RunState.NO_ENGINE, FREE, "a run goes on with it: start one: 'aio-tui run'"),
        (QUEUED, RunState.STOPPED, FREE, "a run goes on with it: start one: 'aio-tui run'"),
        (QUEUED, RunState.RUNNING, FREE, "its turn comes by itself: 'aio-tui task show T1'"),
        (QUEUED, RunState.IDLE, FREE, "its turn comes by itself: 'aio-tui task show T1'"),
        (QUEUED, RunState.NO_ENGINE, HELD,
         "the queue is paused: let all go on: 'aio-tui task resume --all'"),
        (QUEUED, RunState.HALTED, HALTED,
         "everything is halted: let all go on: 'aio-tui task resume --all'"),
        (BEHIND, RunState.NO_ENGINE, FREE,
         "it comes after lost, which is failed: 'aio-tui task show T1'"),
        (replace(QUEUED, state=TaskState.PAUSED), RunState.RUNNING, FREE,
         "it is paused: let it go on: 'aio-tui task resume T1'"),
        (replace(QUEUED, state=TaskState.RUNNING), RunState.RUNNING, FREE,
         "it is at work: see how: 'aio-tui task show T1'"),
        (replace(QUEUED, state=TaskState.RUNNING), RunState.NO_ENGINE, FREE,
         "its engine died; a run goes on with it: start one: 'aio-tui run'"),
        (replace(QUEUED, state=TaskState.RUNNING), RunState.NO_ENGINE, HELD,
         "the queue is paused: let all go on: 'aio-tui task resume --all'"),
    ],
)  # fmt: skip
def test_what_lets_it_go_on_is_named(
    item: WorkItem, run: RunState, control: RunControl, told: str
) -> None:
    assert str(Prospects(run, control, STATES).step_of(item)) == told


@pytest.mark.parametrize(
    ("run", "way"),
    [(RunState.STOPPED, "'aio-tui run'"), (RunState.IDLE, "'aio-tui task show T1'")],
)
def test_a_backend_that_lacks_something_is_to_be_mended_first(run: RunState, way: str) -> None:
    prospects = Prospects(run, FREE, STATES, {TaskId("T1"): "no model key"})
    told = f"mend what its backend lacks, then run again: {way}"
    assert str(prospects.step_of(QUEUED)) == told
    assert prospects.why_of(QUEUED) == "it waits for its backend: no model key"


async def reported(store: MemoryStore, clock: FakeClock, run: RunState) -> Report:
    return await store.read(
        lambda reader: read_report(reader, "shop", since=None, until=clock.now(), run=run)
    )


async def test_no_task_of_a_report_is_without_a_next_step() -> None:
    store = MemoryStore(clock := FakeClock())

    def fill(tx: Transaction) -> None:
        tx.add_tasks([task(name) for name in ("new", "held", "busy", "gone", "lost")])
        tx.add_tasks([task("after", "lost")])
        tx.claim(WorkerId("w"), lease=timedelta(minutes=1), only=TaskId("busy"))
        tx.move(TaskId("busy"), Trigger.START)
        tx.move(TaskId("held"), Trigger.PAUSE)
        tx.move(TaskId("gone"), Trigger.CANCEL)
        tx.move(TaskId("lost"), Trigger.EXHAUST)

    await store.write(fill)
    for run in RunState:
        told = await reported(store, clock, run)
        assert len(told.tasks) == 6
        assert all(each.next_step and each.next_step.command for each in told.tasks), run


async def test_what_is_the_matter_with_a_backend_is_told_once() -> None:
    store = MemoryStore(clock := FakeClock())
    facts = [WarningRaised(text=f"{TAKES_NO_MORE}no model key"), WarningRaised(text="no model key")]
    await store.write(lambda tx: tx.append_facts(*facts))

    assert (await reported(store, clock, RunState.NO_ENGINE)).warnings == ("no model key",)
