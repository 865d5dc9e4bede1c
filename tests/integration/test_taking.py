"""The operator takes a task over, works on it by hand, and gives it back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.app.engine import Engine
from engine.domain.decision import DecisionKind
from engine.domain.errors import StateError
from engine.domain.escalation import EscalationState
from engine.domain.facts import IterationAbandoned, IterationStarted
from engine.domain.orders import CancelTask, OrderStatus, PauseTask, ResumeTask
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from tests.support.engines import (
    WITHIN_S,
    Bench,
    append_outside,
    commands_of,
    cure,
    make_bench,
    say,
    start_cli,
    until_fact,
    until_output,
    until_state,
)
from tests.support.repos import git
from tests.support.steering import ADD, SLOW, STAYS, begin

pytestmark = pytest.mark.slow

CURE = "def add(a, b):\n    return a + b\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def prompt_of(engine: Engine, iteration: int) -> str:
    entries = (await engine.transcript(ADD, iteration)).entries
    return next(entry.text for entry in entries if entry.kind is EntryKind.PROMPT)


async def test_what_the_operator_does_is_committed_as_his_and_told_to_the_next_iteration(
    bench: Bench,
) -> None:
    bench.script({"add": [[say()]]})
    await bench.add("add")
    async with bench.engine(takes_work=False) as guest:
        folder = await guest.take(ADD, by="olive <o@x>")
        (folder / "sums" / "add.py").write_text(CURE, "utf-8")
        (folder / "new.txt").write_text("mine\n", "utf-8")
        record = await guest.hand_back(ADD, "the sign was wrong", by="olive <o@x>")
        assert record.status is OrderStatus.APPLIED
        item = (await guest.task_view(ADD)).item
        assert (item.state, item.taken_by) == (TaskState.QUEUED, "")
        log = git(bench.repo, "log", "-1", "--format=%an %ae|%cn|%s|%b", "fix/add")
        assert log.startswith("olive o@x olive-o@x@localhost|aio-tui|add: work of olive <o@x>")
        decisions, _ = await guest.decisions(ADD)
        assert [(one.kind, one.decision) for one in decisions] == [
            (DecisionKind.RUN_CONTROL, "take_task"),
            (DecisionKind.STEERING, "hand_back_task"),
        ]
        assert (decisions[1].value, decisions[1].reason) == (item.head_commit, "the sign was wrong")
    async with bench.engine() as engine:
        assert await engine.run(RunOptions()) is RunEnd.DRAINED
        prompt = await prompt_of(engine, 1)
    assert "took this task over" in prompt
    assert "changes new.txt, sums/add.py" in prompt
    assert "the sign was wrong" in prompt
    item = await bench.item("add")
    assert item.state is TaskState.COMPLETED
    assert git(bench.repo, "show", "fix/add:new.txt") == "mine\n"


async def test_a_running_task_is_taken_with_all_that_its_agent_wrote(bench: Bench) -> None:
    bench.script({"add": [SLOW]})
    await bench.add("add")
    async with bench.engine() as owner, bench.engine(takes_work=False) as guest:
        await begin(owner)
        folder = await guest.take(ADD, by="olive")
        assert not commands_of(bench)
        assert (folder / "sums" / "add_begun.py").exists()
        item = (await guest.task_view(ADD)).item
        assert (item.state, item.taken_by, item.interruptions) == (TaskState.TAKEN, "olive", 0)
        kept = git(bench.repo, "log", "-1", "--format=%an|%s", "fix/add").strip()
        assert kept == "aio-tui|add: unfinished and unverified, taken over"
        await owner.end_run()


async def test_nothing_touches_a_taken_worktree_until_it_is_given_back(bench: Bench) -> None:
    """Not a run, not its end, not a start after a kill, and not a second look by the operator."""
    await bench.add("add", "scale")
    bench.script({"add": [[cure("add"), say()]], "scale": [[say("no")] * 2]})
    async with bench.engine(takes_work=False) as guest:
        folder = await guest.take(ADD, by="olive")
        (folder / "draft").write_text("half", "utf-8")
    assert await bench.run(RunOptions(max_iterations=1)) is RunEnd.LIMIT
    async with bench.engine(takes_work=False) as guest:
        assert await guest.take(ADD, by="olive") == folder
        for order in (CancelTask(task_id=ADD), ResumeTask(task_id=ADD), PauseTask(task_id=ADD)):
            assert (await guest.give(order, by="olive")).status is OrderStatus.REFUSED
        with pytest.raises(StateError, match="taken over by olive"):
            await guest.take(ADD, by="kim")
    async with bench.engine() as engine:
        gone, _ = await engine_clean(engine)
    assert gone == []
    assert (folder / "draft").read_text("utf-8") == "half"


async def engine_clean(engine: Engine) -> tuple[list[str], list[str]]:
    findings = [one for one in await engine.holdings() if one.may_go]
    return [one.holding.name for one in findings], []


async def test_a_task_that_asks_is_taken_with_its_question_withdrawn(
    bench: Bench, tmp_path: Path
) -> None:
    bench.script({"add": [[append_outside(tmp_path / "mark"), cure("add")]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        await until_state(engine, "add", TaskState.WAITING)
        await engine.take(ADD, by="olive")
        [asked] = await engine.escalations(states=frozenset())
        assert asked.state is EscalationState.WITHDRAWN
        facts = [entry.fact for entry in (await engine.task_view(ADD)).facts]
        given_up = [fact for fact in facts if isinstance(fact, IterationAbandoned)]
        assert given_up == [IterationAbandoned(iteration=1, cause="taken over by olive")]
        await engine.end_run()
    assert not (tmp_path / "mark").exists()


async def test_a_task_whose_engine_is_killed_while_it_is_asked_for_is_handed_over(
    bench: Bench,
) -> None:
    """As if the process had died between the order and the end of the worker."""
    bench.script({"add": [SLOW]})
    await bench.add("add")
    program = await start_cli(bench, "run", "--headless")
    async with bench.engine(takes_work=False) as guest:
        await until_fact(guest, IterationStarted)
        await until_output(guest, "add", 1, "sleep 60")
        await guest._store.write(
            lambda tx: tx.update_task(ADD, taken_by="olive", is_pause_requested=True)
        )
        program.kill()
        await program.wait()
        folder = await guest.take(ADD, by="olive")
        assert (await guest.task_view(ADD)).item.state is TaskState.TAKEN
    assert (folder / "sums" / "add_begun.py").exists()


async def test_what_is_done_cannot_be_taken_and_what_is_not_taken_not_given_back(
    bench: Bench,
) -> None:
    await bench.add("add")
    await bench.run()
    async with bench.engine(takes_work=False) as guest, asyncio.timeout(WITHIN_S):
        with pytest.raises(StateError, match="is verified and to merge"):
            await guest.take(ADD, by="olive")
        with pytest.raises(StateError, match="task 'add' is verified and to merge"):
            await guest.hand_back(ADD, "", by="olive")
