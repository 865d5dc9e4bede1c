"""What operators order, given to engines that work and to repositories that none works on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.app.engine import Engine
from engine.domain.decision import DecisionKind
from engine.domain.errors import EngineRunningError
from engine.domain.escalation import EscalationState
from engine.domain.facts import IterationStarted, RunEnded, RunStarted
from engine.domain.ids import TaskId
from engine.domain.orders import (
    CancelTask,
    DenyEscalation,
    GrantIterations,
    Order,
    OrderRecord,
    OrderStatus,
    OverrideVerdict,
    PauseRun,
    PauseTask,
    ResumeRun,
    ResumeTask,
    RetryTask,
    SetParallelism,
    SetPriority,
    ShiftPriority,
    SteerTask,
    StopRun,
)
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.domain.verdict import VerdictKind
from engine.ports.cockpit import RunState
from tests.support.engines import (
    WITHIN_S,
    Bench,
    append_outside,
    bash,
    commands_of,
    cure,
    make_bench,
    say,
    until,
    until_fact,
    until_state,
    worsen,
)
from tests.support.repos import git
from tests.support.steering import ADD, SLOW, STAYS, applied, begin

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def give(bench: Bench, order: Order) -> OrderRecord:
    """The order, given by a guest while no engine runs."""
    async with bench.engine(takes_work=False) as guest:
        return await guest.give(order, by="olive")


async def test_a_queued_task_is_paused_and_resumed(bench: Bench) -> None:
    await bench.add("add")
    await give(bench, PauseTask(task_id=ADD))
    assert await bench.run() is RunEnd.DRAINED
    assert (await bench.item("add")).state is TaskState.PAUSED
    await give(bench, ResumeTask(task_id=ADD))
    await bench.run()
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_running_task_is_paused_after_its_iteration(bench: Bench, tmp_path: Path) -> None:
    bench.script({"add": [[append_outside(tmp_path / "mark"), worsen("add", "a")]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        await until_state(engine, "add", TaskState.WAITING)
        await applied(engine, PauseTask(task_id=ADD))
        await _deny_all(engine)
        item = await until_state(engine, "add", TaskState.PAUSED)
        await engine.end_run()
    assert (item.iteration_count, item.is_pause_requested) == (1, False)


async def _deny_all(engine: Engine) -> None:
    for one in await engine.escalations(states=frozenset({EscalationState.OPEN})):
        await applied(engine, DenyEscalation(escalation_id=one.escalation_id, reason="no"))


async def test_a_pause_that_is_taken_back_in_time_does_not_happen(
    bench: Bench, tmp_path: Path
) -> None:
    bench.script({"add": [[append_outside(tmp_path / "mark"), cure("add")]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        await until_state(engine, "add", TaskState.WAITING)
        await applied(engine, PauseTask(task_id=ADD))
        await applied(engine, ResumeTask(task_id=ADD))
        await _deny_all(engine)
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()


async def test_a_paused_task_stays_paused_when_its_run_is_stopped(bench: Bench) -> None:
    bench.script({"add": [SLOW]})
    await bench.add("add")
    async with bench.engine() as engine:
        await begin(engine)
        await applied(engine, PauseTask(task_id=ADD))
        await engine.end_run()
    assert (await bench.item("add")).state is TaskState.PAUSED


async def test_cancelling_a_running_task_ends_its_command_and_keeps_its_work(
    bench: Bench,
) -> None:
    bench.script({"add": [SLOW]})
    await bench.add("add")
    async with bench.engine() as engine:
        await begin(engine)
        await applied(engine, CancelTask(task_id=ADD, reason="not wanted"))
        await engine.end_run()
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.CANCELLED, 0)
    assert git(bench.repo, "rev-parse", "fix/add").strip() == item.head_commit
    assert "sums/add_begun.py" in git(bench.repo, "ls-tree", "-r", "--name-only", "fix/add")
    assert not [*(bench.brain / "state" / "worktrees").iterdir()]
    assert not commands_of(bench)


async def test_a_cancelled_task_can_be_retried_on_top_of_its_work(bench: Bench) -> None:
    bench.script({"add": [SLOW]})
    await bench.add("add")
    async with bench.engine() as engine:
        await begin(engine)
        await applied(engine, CancelTask(task_id=ADD))
        await engine.end_run()
        [told] = (await engine.report(since=None)).tasks
        assert (told.waste.given_up, told.iterations) == (1, 0)
        assert told.waste.time_s > 0
    bench.script({"add": [[cure("add"), say()]]})
    await give(bench, RetryTask(task_id=ADD))
    await bench.run()
    assert (await bench.item("add")).state is TaskState.COMPLETED
    assert "sums/add_begun.py" in git(bench.repo, "ls-tree", "-r", "--name-only", "fix/add")


async def test_a_retry_gives_a_fresh_budget(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a")], [worsen("add", "b")], [cure("add")]]})
    await bench.add("add", max_iterations=2)
    await bench.run()
    assert (await bench.item("add")).state is TaskState.FAILED
    await give(bench, RetryTask(task_id=ADD))
    item = await bench.item("add")
    assert (item.state, item.retry_count, item.error_log) == (TaskState.QUEUED, 1, "")
    await bench.run()
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.COMPLETED, 3)


async def test_a_stalled_task_that_is_retried_is_not_stalled_at_once(bench: Bench) -> None:
    bench.configure(more="[limits]\nstall_after = 2\n")
    bench.script({"add": [[say("hm")], [say("hm")], [say("hm")], [cure("add")]]})
    await bench.add("add")
    await bench.run()
    assert (await bench.item("add")).state is TaskState.BLOCKED
    await give(bench, RetryTask(task_id=ADD))
    await bench.run()
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_new_priority_changes_the_next_claim(bench: Bench) -> None:
    await bench.add("add", "scale")
    await give(bench, SetPriority(task_id=TaskId("scale"), priority=0))
    await bench.run(RunOptions(max_iterations=1))
    assert await bench.states() == {"add": TaskState.QUEUED, "scale": TaskState.COMPLETED}


async def test_priorities_that_two_cockpits_shift_at_once_all_count(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine(takes_work=False) as one, bench.engine(takes_work=False) as other:
        shifts = [(one, "ana", -1), (other, "ben", -1), (one, "ana", -1), (other, "ben", 2)]
        records = await asyncio.gather(
            *(
                face.give(ShiftPriority(task_id=ADD, steps=steps), by=by)
                for face, by, steps in shifts
            )
        )
    assert {record.status for record in records} == {OrderStatus.APPLIED}
    assert (await bench.item("add")).priority == 5 - 3 + 2


@pytest.mark.parametrize(
    ("at", "steps", "after", "outcome"),
    [
        (5, -1, 4, "priority 4"),
        (5, 3, 8, "priority 8"),
        (2, -9, 0, "priority 0"),
        (8, 9, 9, "priority 9"),
        (0, -1, 0, "add has priority 0: it cannot be more urgent"),
        (9, 1, 9, "add has priority 9: it cannot be less urgent"),
    ],
)
async def test_a_shifted_priority_goes_to_the_most_and_the_least_urgent_and_no_further(
    bench: Bench, at: int, steps: int, after: int, outcome: str
) -> None:
    await bench.add("add")
    await give(bench, SetPriority(task_id=ADD, priority=at))
    record = await give(bench, ShiftPriority(task_id=ADD, steps=steps))
    assert record.outcome.startswith(outcome)
    assert record.status is (OrderStatus.REFUSED if at == after else OrderStatus.APPLIED)
    assert (await bench.item("add")).priority == after


async def test_the_log_says_in_which_direction_a_priority_was_shifted(bench: Bench) -> None:
    await bench.add("add")
    await give(bench, ShiftPriority(task_id=ADD, steps=-2))
    await give(bench, ShiftPriority(task_id=ADD, steps=1))
    async with bench.engine(takes_work=False) as engine:
        decisions, _ = await engine.decisions(ADD)
    assert [(each.kind, each.value) for each in decisions] == [
        (DecisionKind.PRIORITY_CHANGE, "2 more urgent"),
        (DecisionKind.PRIORITY_CHANGE, "1 less urgent"),
    ]


async def test_a_note_reaches_the_next_prompt_and_no_later_one(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a")], [worsen("add", "b")], [cure("add")]]})
    await bench.add("add")
    await bench.run(RunOptions(max_iterations=1))
    await give(bench, SteerTask(task_id=ADD, note="mind the negative numbers"))
    await bench.run()
    prompts = [await prompt_of(bench, iteration) for iteration in (1, 2, 3)]
    assert ["mind the negative numbers" in prompt for prompt in prompts] == [False, True, False]


async def prompt_of(bench: Bench, iteration: int) -> str:
    async with bench.engine(takes_work=False) as engine:
        entries = (await engine.transcript(ADD, iteration)).entries
    return next(entry.text for entry in entries if entry.kind is EntryKind.PROMPT)


async def test_granted_iterations_are_used(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a")], [cure("add")]]})
    await bench.add("add", max_iterations=1)
    await give(bench, GrantIterations(task_id=ADD, iterations=1))
    await bench.run()
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_an_operators_pass_completes_a_failed_task_and_frees_its_dependents(
    bench: Bench,
) -> None:
    bench.script({"add": [[worsen("add", "a")]], "scale": [[cure("scale"), say()]]})
    await bench.add("add", max_iterations=1)
    await bench.add("scale", depends_on=(ADD,))
    await bench.run()
    order = OverrideVerdict(task_id=ADD, verdict=VerdictKind.PASS, reason="checked by hand")
    await give(bench, order)
    assert (await bench.item("add")).state is TaskState.COMPLETED
    assert not [*bench.brain.glob("session-add-*.md")]
    await bench.run()
    assert (await bench.item("scale")).state is TaskState.COMPLETED


async def test_an_operators_fail_reopens_a_completed_task_with_the_reason(bench: Bench) -> None:
    bench.script({"add": [[cure("add"), say()], [worsen("add", "documented"), say()]]})
    await bench.add("add")
    await bench.run()
    order = OverrideVerdict(task_id=ADD, verdict=VerdictKind.FAIL, reason="document it too")
    await give(bench, order)
    assert (await bench.item("add")).state is TaskState.QUEUED
    await bench.run()
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.COMPLETED, 2)
    assert "document it too" in await prompt_of(bench, 2)


async def test_a_paused_run_begins_nothing_until_it_is_resumed(bench: Bench) -> None:
    async with bench.engine() as engine:
        engine.start(STAYS)
        await until_fact(engine, RunStarted)
        await applied(engine, PauseRun())
        await bench.add("add")
        await _until_run_state(engine, RunState.PAUSED)
        assert (await engine.task_view(ADD)).item.state is TaskState.QUEUED
        await applied(engine, ResumeRun())
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()


async def _until_run_state(engine: Engine, state: RunState) -> None:
    async def is_there() -> bool:
        return engine.run_state is state

    await until(is_there)


async def test_resuming_a_run_that_has_ended_begins_a_new_one(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine() as engine:
        await applied(engine, ResumeRun())
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()


async def test_resuming_without_an_engine_leaves_a_guest_that_can_leave(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine(takes_work=False) as guest, asyncio.timeout(WITHIN_S):
        await applied(guest, PauseRun())
        await applied(guest, ResumeRun())
        await guest.end_run()
    assert await bench.run() is RunEnd.DRAINED


async def test_a_stopped_run_ends_at_the_safe_point(bench: Bench, tmp_path: Path) -> None:
    bench.script({"add": [[worsen("add", "a")], [worsen("add", "b")], [worsen("add", "c")]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        await until_fact(engine, IterationStarted)
        await applied(engine, StopRun())
        await until_fact(engine, RunEnded)
        await engine.finish()
    item = await bench.item("add")
    assert item.state is TaskState.QUEUED
    assert item.iteration_count in (1, 2)


async def test_a_run_that_was_told_to_stop_says_so_until_it_has(bench: Bench) -> None:
    bench.script({"add": [SLOW]})
    await bench.add("add")
    async with bench.engine() as engine:
        await begin(engine)
        await applied(engine, StopRun())
        await _until_run_state(engine, RunState.STOPPING)
        await engine.end_run()
        assert engine.run_state is RunState.STOPPED


async def test_parallelism_is_changed_while_the_run_goes_on(bench: Bench) -> None:
    bench.script({name: [[bash("sleep 60")]] for name in ("add", "scale")})
    await bench.add("add", "scale")
    async with bench.engine() as engine:
        engine.start(STAYS)
        await until_fact(engine, IterationStarted, task_id="add")
        assert (await engine.task_view(TaskId("scale"))).item.state is TaskState.QUEUED
        await applied(engine, SetParallelism(parallel=2))
        await until_fact(engine, IterationStarted, task_id="scale")
        await engine.end_run()


@pytest.mark.parametrize(
    ("order", "kind", "words"),
    [
        (PauseTask(task_id=ADD), DecisionKind.RUN_CONTROL, "pause_task"),
        (CancelTask(task_id=ADD, reason="r"), DecisionKind.RUN_CONTROL, "cancel_task"),
        (SetPriority(task_id=ADD, priority=2), DecisionKind.PRIORITY_CHANGE, "set_priority"),
        (ShiftPriority(task_id=ADD, steps=1), DecisionKind.PRIORITY_CHANGE, "shift_priority"),
        (SteerTask(task_id=ADD, note="n"), DecisionKind.STEERING, "steer_task"),
        (GrantIterations(task_id=ADD, iterations=3), DecisionKind.BUDGET_CHANGE, None),
        (
            OverrideVerdict(task_id=ADD, verdict=VerdictKind.PASS, reason="r"),
            DecisionKind.VERDICT_OVERRIDE,
            None,
        ),
    ],
)
async def test_each_order_writes_one_line_with_who_and_which_order(
    bench: Bench, order: Order, kind: DecisionKind, words: str | None
) -> None:
    await bench.add("add")
    record = await give(bench, order)
    async with bench.engine(takes_work=False) as engine:
        [decision], damage = await engine.decisions(ADD)
    assert damage == []
    assert record.status is OrderStatus.APPLIED
    assert (decision.kind, decision.approver, decision.ref) == (kind, "olive", record.order_id)
    assert words in (None, decision.decision)


REFUSED: list[Callable[[], Order]] = [
    lambda: RetryTask(task_id=ADD),
    lambda: ResumeTask(task_id=ADD),
    lambda: SetPriority(task_id=ADD, priority=10),
    lambda: ShiftPriority(task_id=ADD, steps=0),
    lambda: ShiftPriority(task_id=TaskId("nowhere"), steps=1),
    lambda: SteerTask(task_id=ADD, note="  "),
    lambda: OverrideVerdict(task_id=ADD, verdict=VerdictKind.FAIL, reason="r"),
    lambda: OverrideVerdict(task_id=ADD, verdict=VerdictKind.BLOCKED, reason="r"),
    lambda: OverrideVerdict(task_id=ADD, verdict=VerdictKind.PASS, reason=" "),
    lambda: PauseTask(task_id=TaskId("nowhere")),
    lambda: CancelTask(task_id=TaskId("../../x")),
    lambda: SetParallelism(parallel=0),
]


@pytest.mark.parametrize("make", REFUSED)
async def test_a_refused_order_says_why_and_changes_nothing(
    bench: Bench, make: Callable[[], Order]
) -> None:
    await bench.add("add")
    before = await bench.item("add")
    record = await give(bench, make())
    assert record.status is OrderStatus.REFUSED
    assert len(record.outcome.splitlines()) == 1
    assert await bench.item("add") == before
    async with bench.engine(takes_work=False) as engine:
        decisions, _ = await engine.decisions(None)
    assert decisions == []


async def test_a_guests_order_is_carried_out_by_the_engine_that_runs(bench: Bench) -> None:
    bench.script({"add": [SLOW]})
    await bench.add("add")
    async with bench.engine() as owner, bench.engine(takes_work=False) as guest:
        await begin(owner)
        assert guest.run_state is RunState.RUNNING
        assert not guest.is_embedded
        await applied(guest, CancelTask(task_id=ADD))
        await until_state(guest, "add", TaskState.CANCELLED)
        await owner.end_run()
    assert not commands_of(bench)


async def test_a_second_engine_is_refused_with_the_pid_of_the_first(bench: Bench) -> None:
    async with bench.engine():
        with pytest.raises(EngineRunningError, match=str(os.getpid())):
            async with bench.engine():
                pass
    async with bench.engine() as engine:
        assert engine.is_embedded


async def test_a_guest_may_give_many_orders_at_once(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine(takes_work=False) as guest:
        orders = [SetPriority(task_id=ADD, priority=number) for number in range(5)]
        records = await asyncio.gather(*(guest.give(order, by="olive") for order in orders))
    assert {record.status for record in records} == {OrderStatus.APPLIED}


async def test_a_start_is_refused_with_the_reason_where_no_run_could_begin(bench: Bench) -> None:
    async with bench.engine() as engine:
        head = git(bench.repo, "rev-parse", "HEAD").strip()
        branch = git(bench.repo, "symbolic-ref", "HEAD").strip()
        git(bench.repo, "update-ref", "-d", branch)
        record = await engine.give(ResumeRun(), by="olive")
        assert record.status is OrderStatus.REFUSED
        assert "has no commit yet" in record.outcome
        git(bench.repo, "update-ref", branch, head)

        contract = bench.brain / "contracts" / "qa-team.yaml"
        contract.parent.mkdir()
        contract.write_text("autonomy: [unfinished", encoding="utf-8")
        record = await engine.give(ResumeRun(), by="olive")
        assert record.status is OrderStatus.REFUSED
        assert "qa-team.yaml" in record.outcome
        assert engine.run_state is RunState.STOPPED

        contract.unlink()
        assert (await engine.give(ResumeRun(), by="olive")).status is OrderStatus.APPLIED
        await engine.end_run()
