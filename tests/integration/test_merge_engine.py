"""The merge queue beside runs, guests and the audit trail."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from engine.app.merges import merge_state_for
from engine.domain.decision import DecisionKind
from engine.domain.facts import MergeStarted, TaskMerged
from engine.domain.ids import TaskId
from engine.domain.orders import UNDO_WITHIN_S, MergeTask, OrderStatus, RevertMerge
from engine.domain.run import RunEnd
from engine.domain.state import TaskState
from engine.domain.work import AgentRole, MergeState
from tests.support.engines import WITHIN_S, until_fact
from tests.support.merge_engine import quick_engine
from tests.support.merges import (
    AUTO,
    facts_of,
    head,
    merge_states,
    module,
    order_merges,
    run_to_the_end,
    verified,
)
from tests.support.repos import git

ONE = TaskId("one")


async def test_a_run_ends_only_when_the_queue_is_empty(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), more=AUTO)
    await order_merges(bench, "one")

    assert await run_to_the_end(bench) is RunEnd.DRAINED

    assert (await merge_states(bench))["one"] is MergeState.MERGED


async def test_a_guests_approval_is_carried_out_by_the_engine_that_runs(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    async with (
        quick_engine(bench.repo) as owner,
        owner.working(),
        bench.engine(takes_work=False) as guest,
    ):
        record = await guest.give(MergeTask(task_id=ONE), by="olive")
        async with asyncio.timeout(WITHIN_S):
            await guest.work_through_merges()
        assert record.status is OrderStatus.APPLIED
        assert (await guest.task_view(ONE)).item.merge_state is MergeState.MERGED


async def test_a_merge_that_can_be_taken_back_waits_and_others_with_it(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), module("two"))
    async with quick_engine(bench.repo) as engine, engine.working():
        await engine.give(MergeTask(task_id=TaskId("two"), after_s=0.2), by="olive")
        await engine.give(MergeTask(task_id=ONE, after_s=UNDO_WITHIN_S), by="olive")
        undone = await engine.undo(by="olive")
        assert undone.status is OrderStatus.APPLIED, undone.outcome
        async with asyncio.timeout(WITHIN_S):
            await engine.work_through_merges()

    assert await merge_states(bench) == {"one": MergeState.WAITING, "two": MergeState.MERGED}


async def test_a_merge_begins_by_itself_once_it_can_be_taken_back_no_longer(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    async with quick_engine(bench.repo) as engine, engine.working():
        order = await engine.give(MergeTask(task_id=ONE, after_s=0.5), by="olive")
        await until_fact(engine, TaskMerged)
        journal = await engine.facts_after(0)
        begun_at = next(one.at for one in journal if isinstance(one.fact, MergeStarted))
        assert order.settled_at is not None
        assert begun_at - order.settled_at >= timedelta(seconds=0.4)


async def test_an_engine_that_ends_while_ralph_judges_leaves_the_task_queued(
    tmp_path: Path,
) -> None:
    bench = await verified(tmp_path, module("one"))
    before = head(bench.repo)
    async with bench.engine() as engine:
        await engine.give(MergeTask(task_id=ONE), by="olive")
        await until_fact(engine, MergeStarted)

    item = await bench.item("one")
    assert (item.state, item.merge_state) == (TaskState.COMPLETED, MergeState.QUEUED)
    assert head(bench.repo) == before
    assert git(bench.repo, "worktree", "list").count("\n") == 1


async def test_every_move_of_the_base_branch_has_a_line_in_the_audit_trail(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    async with quick_engine(bench.repo) as engine:
        await engine.give(MergeTask(task_id=ONE), by="olive")
        await engine.work_through_merges()
        await engine.give(RevertMerge(task_id=ONE, reason="too early"), by="olive")
        await engine.work_through_merges()
        decisions, damage = await engine.decisions(ONE)

    assert damage == []
    assert [(one.kind, one.decision, one.approver) for one in decisions] == [
        (DecisionKind.MERGE, "merge_task", "olive"),
        (DecisionKind.MERGE, "merge", "engine"),
        (DecisionKind.MERGE_REVERT, "revert_merge", "olive"),
        (DecisionKind.MERGE_REVERT, "revert", "olive"),
    ]


async def test_a_merged_task_is_not_merged_twice(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    async with quick_engine(bench.repo) as engine:
        await engine.give(MergeTask(task_id=ONE), by="olive")
        await engine.work_through_merges()
        record = await engine.give(MergeTask(task_id=ONE), by="olive")

    assert record.status is OrderStatus.REFUSED
    assert "merged already" in record.outcome
    assert len(await facts_of(bench, TaskMerged)) == 1


async def test_two_engines_in_one_repository_do_not_merge_at_once(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), module("two"))
    await order_merges(bench, "one", "two")
    async with quick_engine(bench.repo) as first, quick_engine(bench.repo) as second:
        await asyncio.gather(first.work_through_merges(), second.work_through_merges())

    assert set((await merge_states(bench)).values()) == {MergeState.MERGED}
    assert len(await facts_of(bench, TaskMerged)) == 2


async def test_only_roles_of_the_highest_level_are_merged_unasked(tmp_path: Path) -> None:
    contracts = tmp_path / "repo" / ".aibrain" / "contracts"
    bench = await verified(tmp_path, module("one"))
    contracts.mkdir()
    (contracts / "builder.yaml").write_text("role: FeatureBuilder\nautonomy: L2\n")
    item = await bench.item("one")
    assert item.role is AgentRole.FEATURE_BUILDER
    async with bench.engine(takes_work=False) as engine:
        trusted = merge_state_for(engine._parts)
        assert trusted(item) is MergeState.QUEUED
    (contracts / "builder.yaml").unlink()
    assert trusted(item) is MergeState.WAITING
