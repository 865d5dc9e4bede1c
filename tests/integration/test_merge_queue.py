"""Verified branches go into the base branch, and it stays green."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.facts import MergeRefused, MergeStarted, TaskMerged
from engine.domain.ids import TaskId
from engine.domain.merge import MergeStep
from engine.domain.state import TaskState
from engine.domain.work import MergeState
from tests.support.engines import PYTEST
from tests.support.merges import (
    AUTO,
    BLUE,
    CALLER,
    RED,
    RENAMED,
    TEN,
    commits_of,
    facts_of,
    failing_tests,
    head,
    lost,
    merge,
    merge_states,
    module,
    order_merges,
    reasons,
    run_to_the_end,
    subjects,
    verified,
)
from tests.support.repos import commit_files, git


@pytest.mark.slow
async def test_ten_branches_leave_main_green_and_no_commit_behind(tmp_path: Path) -> None:
    bench = await verified(tmp_path, *TEN, checks=PYTEST, more=AUTO)
    before = head(bench.repo)
    verified_commits = await commits_of(bench)
    await order_merges(bench, *(change.task_id for change in TEN))

    await run_to_the_end(bench)

    assert set((await merge_states(bench)).values()) == {MergeState.MERGED}, await reasons(bench)
    assert failing_tests(bench.repo) == []
    refused = await facts_of(bench, MergeRefused)
    causes = {
        (task, fact.cause, fact.culprit) for task, fact in refused if isinstance(fact, MergeRefused)
    }
    assert causes == {("blue", "conflict", ""), ("caller", "red", "caller")}
    assert len(refused) == len(causes)
    assert lost(bench.repo, verified_commits | await commits_of(bench)) == set()
    git(bench.repo, "merge-base", "--is-ancestor", before, "main")
    assert git(bench.repo, "status", "--porcelain") == ""


async def test_a_batch_lands_in_one_move_with_a_tag_for_each(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), module("two"))
    before = head(bench.repo)

    await merge(bench, "one", "two")

    assert subjects(bench.repo)[-2:] == ["one: iteration 1", "two: iteration 1"]
    for task_id in ("one", "two"):
        assert head(bench.repo, f"aio/before-merge/{task_id}/1") == before
    assert len(git(bench.repo, "reflog", "main").splitlines()) == 3
    started = [fact for _, fact in await facts_of(bench, MergeStarted)]
    assert len(started) == 2
    merged = await facts_of(bench, TaskMerged)
    assert [task for task, _ in merged] == ["one", "two"]


async def test_a_landed_commit_names_task_verdict_and_tree(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))

    await merge(bench, "one")

    tree = head(bench.repo, "main^{tree}")
    trailers = git(bench.repo, "log", "-1", "--format=%(trailers)", "main").strip()
    assert trailers.splitlines() == ["Task: one", "Verdict: PASS", f"Tree: {tree}"]


async def test_the_method_merge_joins_the_work_with_a_merge_commit(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), more='[merge]\nmethod = "merge"\n')
    before = head(bench.repo)

    await merge(bench, "one")

    assert head(bench.repo, "main^1") == before
    assert subjects(bench.repo)[-1] == "Merge one: Mend one"
    async with bench.engine(takes_work=False) as engine:
        [record] = await engine.merges(TaskId("one"))
    assert record.result == head(bench.repo)


async def test_the_one_that_fails_only_in_combination_is_named(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), RENAMED, CALLER, module("two"), checks=PYTEST)

    await merge(bench, "one", "unit", "caller", "two")

    states = await merge_states(bench)
    assert states.pop("caller") is MergeState.RED
    assert set(states.values()) == {MergeState.MERGED}
    [(task, refused)] = await facts_of(bench, MergeRefused)
    assert isinstance(refused, MergeRefused)
    assert (task, refused.culprit, refused.cause) == ("caller", "caller", "red")
    item = await bench.item("caller")
    assert item.state is TaskState.QUEUED
    assert "sums/rate.py" in git(bench.repo, "diff", "--name-only", f"{item.branch}~1", item.branch)


async def test_a_conflict_comes_to_the_agent_in_the_files_of_its_branch(tmp_path: Path) -> None:
    bench = await verified(tmp_path, RED, BLUE)

    await merge(bench, "red", "blue")

    item = await bench.item("blue")
    assert (item.state, item.merge_state) == (TaskState.QUEUED, MergeState.CONFLICT)
    assert item.base_commit == head(bench.repo)
    marked = git(bench.repo, "show", f"{item.branch}:sums/topic.py")
    assert 'WORDS = "blue"\n=======\nWORDS = "red"\n' in marked
    async with bench.engine(takes_work=False) as engine:
        [note] = (await engine.task_view(item.task_id)).notes
    assert "sums/topic.py" in note
    assert 'WORDS = "red"' in note


async def test_a_conflict_without_budget_waits_for_the_operator(tmp_path: Path) -> None:
    bench = await verified(tmp_path, RED, BLUE, more="[budgets.iterations]\nFeatureBuilder = 1\n")

    await merge(bench, "red", "blue")

    item = await bench.item("blue")
    assert (item.state, item.merge_state) == (TaskState.BLOCKED, MergeState.CONFLICT)
    assert "retry" in item.error_log


async def test_work_is_put_on_the_main_of_now(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    commit_files(bench.repo, {"later.txt": "by the operator\n"}, "operator's own")

    await merge(bench, "one")

    assert subjects(bench.repo)[-2:] == ["operator's own", "one: iteration 1"]


async def test_work_that_is_in_main_already_is_merged_as_it_is(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    git(bench.repo, "merge", "-q", "--no-edit", "feature/one")
    before = head(bench.repo)

    await merge(bench, "one")

    assert head(bench.repo) == before
    assert (await merge_states(bench))["one"] is MergeState.MERGED


async def test_every_attempt_is_on_record(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    before = head(bench.repo)
    await merge(bench, "one")
    item = await bench.item("one")
    async with bench.engine(takes_work=False) as engine:
        [record] = await engine.merges(item.task_id)
    assert record.step is MergeStep.MERGED
    assert (record.was, record.tip, record.head) == (before, head(bench.repo), item.head_commit)
