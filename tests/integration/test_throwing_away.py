"""Verified work that nobody wants: thrown away, kept by git, and brought back for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.decision import DecisionKind
from engine.domain.ids import TaskId
from engine.domain.orders import DiscardWork, MergeTask, OrderStatus, RetryTask
from engine.domain.state import TaskState
from engine.domain.work import MergeState, discarded_ref
from tests.support.engines import Bench, cure, make_bench, say, until_warning
from tests.support.repos import git

pytestmark = pytest.mark.slow

ADD = TaskId("add")


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    made = make_bench(tmp_path, {"add": [[cure("add"), say()]] * 2})
    await made.add("add")
    await made.run()
    return made


def told(bench: Bench, *arguments: str) -> str:
    return git(bench.repo, *arguments).strip()


def branches(bench: Bench) -> list[str]:
    return git(bench.repo, "for-each-ref", "--format=%(refname)", "refs/heads/fix").split()


async def test_work_is_thrown_away_kept_and_brought_back(bench: Bench) -> None:
    before = await bench.item("add")
    assert (before.state, before.merge_state) == (TaskState.COMPLETED, MergeState.WAITING)
    assert before.head_commit is not None
    kept = discarded_ref("fix/add", before.head_commit)
    async with bench.engine(takes_work=False) as engine:
        record = await engine.give(DiscardWork(task_id=ADD, reason="not wanted"), by="olive")
        assert record.status is OrderStatus.APPLIED, record.outcome
        assert kept in record.outcome
        gone = (await engine.task_view(ADD)).item
        assert (gone.state, gone.head_commit, gone.merge_state) == (TaskState.CANCELLED, None, None)
        assert gone.error_log == "its work was thrown away by olive: not wanted"
        assert branches(bench) == []
        assert told(bench, "rev-parse", kept) == before.head_commit
        decisions, _ = await engine.decisions(ADD)
        last = decisions[-1]
        assert (last.kind, last.decision) == (DecisionKind.RUN_CONTROL, "discard_work")
        assert (last.approver, last.reason) == ("olive", "not wanted")
        assert (await engine.give(DiscardWork(task_id=ADD), by="olive")).outcome.startswith(
            "task 'add' has no work"
        )

        undone = await engine.undo(by="olive")

        assert undone.status is OrderStatus.APPLIED, undone.outcome
        after = (await engine.task_view(ADD)).item
        assert (after.state, after.merge_state) == (before.state, before.merge_state)
        assert (after.head_commit, after.base_commit) == (before.head_commit, before.base_commit)
        assert branches(bench) == ["refs/heads/fix/add"]
        assert told(bench, "rev-parse", "fix/add") == before.head_commit
        assert told(bench, "for-each-ref", "refs/aio-tui") == ""
        assert (await engine.task_view(ADD)).notes == ()


async def test_a_task_whose_work_was_thrown_away_begins_anew_when_it_is_tried_again(
    bench: Bench,
) -> None:
    first = await bench.item("add")
    async with bench.engine() as engine:
        await engine.give(DiscardWork(task_id=ADD), by="olive")
        await engine.give(RetryTask(task_id=ADD), by="olive")
        assert any("threw the work" in note for note in (await engine.task_view(ADD)).notes)
    await bench.run()
    item = await bench.item("add")
    assert item.state is TaskState.COMPLETED
    assert first.base_commit == item.base_commit
    assert item.head_commit not in (None, first.head_commit)
    assert told(bench, "rev-list", "--count", f"{item.base_commit}..fix/add") == "1"


async def test_what_is_on_its_way_or_checked_out_is_not_thrown_away(
    bench: Bench, tmp_path: Path
) -> None:
    async with bench.engine() as engine:
        git(bench.repo, "worktree", "add", "-q", str(tmp_path / "mine"), "fix/add")
        await engine.give(DiscardWork(task_id=ADD), by="olive")
        assert branches(bench) == ["refs/heads/fix/add"]
        await until_warning(engine, "take branch 'fix/add' away")
        await engine.undo(by="olive")
        git(bench.repo, "worktree", "remove", "--force", str(tmp_path / "mine"))
        await engine.give(MergeTask(task_id=ADD), by="olive")
        refused = await engine.give(DiscardWork(task_id=ADD), by="olive")
        assert refused.status is OrderStatus.REFUSED
        assert "on its way into the base branch" in refused.outcome
