"""What the agent says about being done starts verification, and decides nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.verdict import VerdictKind
from engine.ports.cockpit import TaskView
from tests.support.engines import PYTEST, Bench, Iterations, cure, make_bench, say, worsen

pytestmark = pytest.mark.slow

ADD = TaskId("add")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def told(bench: Bench, iterations: Iterations, *, budget: int) -> TaskView:
    """The task after a whole run."""
    bench.script({"add": iterations})
    await bench.add("add", max_iterations=budget)
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        return await engine.task_view(ADD)


async def test_a_signal_without_a_change_fails_and_says_so(bench: Bench) -> None:
    bench.configure(checks=PYTEST)
    view = await told(bench, [[say()]], budget=1)

    [point] = view.checkpoints
    assert point.has_signal
    assert point.verdict.reasons[0].rule == "no-change"
    assert "target-test-red" in {reason.rule for reason in point.verdict.reasons}
    assert view.item.state is TaskState.FAILED


async def test_a_signal_on_wrong_work_is_told_to_the_next_iteration(bench: Bench) -> None:
    view = await told(bench, [[worsen("add", "note"), say()], [cure("add"), say()]], budget=2)

    first, second = view.checkpoints
    assert (first.has_signal, first.verdict.kind) == (True, VerdictKind.FAIL)
    assert first.decision.startswith("called complete, but ")
    assert second.verdict.kind is VerdictKind.PASS
    assert view.item.state is TaskState.COMPLETED


async def test_a_proved_change_without_a_signal_completes_the_task(bench: Bench) -> None:
    view = await told(bench, [[cure("add"), say("Not sure yet.")], [say()]], budget=3)

    [point] = view.checkpoints
    assert (point.has_signal, point.verdict.kind) == (False, VerdictKind.PASS)
    assert view.item.state is TaskState.COMPLETED


async def test_a_proof_in_the_last_iteration_counts(bench: Bench) -> None:
    view = await told(bench, [[worsen("add", "note")], [cure("add"), say()]], budget=2)

    assert (view.item.state, view.item.iteration_count) == (TaskState.COMPLETED, 2)


async def test_a_signal_that_comes_after_the_budget_is_not_heard(bench: Bench) -> None:
    view = await told(bench, [[worsen("add", "note"), say()], [cure("add"), say()]], budget=1)

    assert (view.item.state, view.item.iteration_count) == (TaskState.FAILED, 1)
    assert view.item.error_log.startswith("1 of 1 iterations are used")


async def test_an_unchanged_tree_is_not_checked_again(bench: Bench) -> None:
    view = await told(bench, [[worsen("add", "note"), say()], [say()]], budget=2)

    first, second = view.checkpoints
    assert (first.verdict.proved_at, second.verdict.proved_at is None) == (None, False)
    assert second.verdict.reasons == first.verdict.reasons


async def test_a_scope_that_is_no_list_blocks_the_task_with_the_reason(bench: Bench) -> None:
    bench.script({"add": [[cure("add"), say()]]})
    await bench.add("add", metadata={"scope": {"src": 1}})
    await bench.run()

    item = await bench.item("add")
    assert item.state is TaskState.BLOCKED
    assert "scope of task 'add' is no list of globs" in item.error_log
