"""Merging where the repository's settings, a bug, or doubt are in the way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.domain.facts import MergeStarted, WarningRaised
from engine.domain.ids import TaskId, WorkerId
from engine.domain.orders import OverrideVerdict, RevertMerge
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState, Trigger
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState
from engine.ports.store import Transaction
from tests.support.engines import PYTEST, Bench, make_bench, start_cli
from tests.support.merge_engine import QuickProver, quick_engine
from tests.support.merges import (
    AUTO,
    BLUE,
    RED,
    cured,
    facts_of,
    head,
    merge_states,
    module,
    order_merges,
    subjects,
    verified,
)
from tests.support.repos import commit_files, git

ONE = TaskId("one")


async def call(bench: Bench, *words: str) -> tuple[int, str, str]:
    program = await start_cli(bench, *words)
    said, complained = await program.communicate()
    assert program.returncode is not None
    return program.returncode, said.decode(), complained.decode()


async def merge(bench: Bench, *task_ids: str, prover: QuickProver | None = None) -> None:
    await order_merges(bench, *task_ids)
    async with quick_engine(bench.repo, prover) as engine:
        await engine.work_through_merges()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pull.twohead", "ours"),
        ("branch.main.mergeOptions", "-s ours"),
        ("branch.main.mergeOptions", "--squash"),
        ("branch.main.mergeOptions", "--no-ff --no-commit"),
        ("merge.ff", "no"),
    ],
)
async def test_settings_for_merges_put_no_other_commit_on_the_base_branch(
    tmp_path: Path, name: str, value: str
) -> None:
    bench = await verified(tmp_path, module("one"))
    git(bench.repo, "config", name, value)

    await merge(bench, "one")

    assert (await bench.item("one")).merged_commit == head(bench.repo)
    assert (bench.repo / "sums" / "one.py").exists()


@pytest.mark.parametrize("lock", ["HEAD.lock", "refs/heads/main.lock"])
async def test_where_the_branch_cannot_be_moved_the_files_are_as_before(
    tmp_path: Path, lock: str
) -> None:
    bench = await verified(tmp_path, module("one"))
    (bench.repo / ".git" / lock).touch()

    await merge(bench, "one")

    assert (await merge_states(bench))["one"] is MergeState.WAITING
    assert git(bench.repo, "status", "--porcelain") == ""
    assert not (bench.repo / "sums" / "one.py").exists()

    (bench.repo / ".git" / lock).unlink()
    await merge(bench, "one")
    assert (await merge_states(bench))["one"] is MergeState.MERGED


async def test_a_tag_with_the_name_of_the_base_branch_confuses_nobody(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    git(bench.repo, "tag", "main", "main~1")

    await merge(bench, "one")

    assert (await merge_states(bench))["one"] is MergeState.MERGED


async def test_conflict_marks_that_an_agent_left_do_not_land(tmp_path: Path) -> None:
    bench = await verified(tmp_path, RED, BLUE)
    await merge(bench, "red", "blue")
    before = head(bench.repo)
    accept = OverrideVerdict(task_id=TaskId("blue"), verdict=VerdictKind.PASS, reason="good")
    async with quick_engine(bench.repo) as engine:
        await engine._store.write(lambda tx: tx.move(TaskId("blue"), Trigger.PAUSE))
        await engine.give(accept, by="olive")

    await merge(bench, "blue")

    item = await bench.item("blue")
    assert (item.state, item.merge_state) == (TaskState.QUEUED, MergeState.CONFLICT)
    assert head(bench.repo) == before


async def test_marks_in_a_document_of_its_own_are_no_conflict(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    item = await bench.item("one")
    git(bench.repo, "checkout", "-q", item.branch)
    text = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"
    commit = commit_files(bench.repo, {"manual.txt": text}, "how git shows a conflict")
    git(bench.repo, "checkout", "-q", "main")
    async with quick_engine(bench.repo) as engine:
        await engine._store.write(lambda tx: tx.update_task(ONE, head_commit=commit))

    await merge(bench, "one")

    assert (await merge_states(bench))["one"] is MergeState.MERGED


async def test_work_that_came_back_and_is_accepted_waits_although_merging_is_automatic(
    tmp_path: Path,
) -> None:
    bench = await verified(
        tmp_path, RED, BLUE, more=f"{AUTO}[budgets.iterations]\nFeatureBuilder = 1\n"
    )
    await merge(bench, "red", "blue")
    accept = OverrideVerdict(task_id=TaskId("blue"), verdict=VerdictKind.PASS, reason="good")
    async with quick_engine(bench.repo) as engine:
        await engine.give(accept, by="olive")

    item = await bench.item("blue")
    assert (item.state, item.merge_state) == (TaskState.COMPLETED, MergeState.WAITING)


async def test_types_that_alternate_are_judged_in_one_batch_each(tmp_path: Path) -> None:
    mixed = (cured("add"), module("one"), cured("scale"), module("two"), cured("least"))
    bench = await verified(tmp_path, *mixed)
    names = [change.task_id for change in mixed]

    await merge(bench, *names)

    started = await facts_of(bench, MergeStarted)
    assert [task_id for task_id, _ in started] == ["add", "scale", "least", "one", "two"]
    assert len({fact.onto for _, fact in started if isinstance(fact, MergeStarted)}) == 2
    assert set((await merge_states(bench)).values()) == {MergeState.MERGED}


async def test_a_bug_while_merging_fails_the_run_and_is_not_repeated_for_ever(
    tmp_path: Path,
) -> None:
    bench = await verified(tmp_path, module("one"), more=AUTO)
    await order_merges(bench, "one")

    def broken(base: str, head: str) -> VerdictKind:
        raise ZeroDivisionError(base)

    prover = QuickProver(broken)
    async with quick_engine(bench.repo, prover) as engine, engine.working():
        end = await engine.run(RunOptions())
        summary = await engine.summary(end)
        item = (await engine.task_view(ONE)).item

    assert "merging could not go on: ZeroDivisionError" in summary.failure
    assert len(summary.failure.splitlines()) == 1
    assert (item.state, item.merge_state) == (TaskState.COMPLETED, MergeState.WAITING)
    assert "ZeroDivisionError" in item.error_log
    assert len(prover.asked) == 1


async def test_what_cannot_be_judged_after_landing_stays_and_the_operator_hears_of_it(
    tmp_path: Path,
) -> None:
    bench = await verified(tmp_path, module("one"))

    def blocked_on_main(base: str, tip: str) -> VerdictKind:
        return VerdictKind.BLOCKED if head(bench.repo) == tip else VerdictKind.PASS

    await merge(bench, "one", prover=QuickProver(blocked_on_main))

    item = await bench.item("one")
    assert (item.merge_state, item.merged_commit) == (MergeState.MERGED, head(bench.repo))
    assert "could not be judged afterwards" in item.error_log
    [(task_id, warning)] = await facts_of(bench, WarningRaised)
    assert (task_id, warning) == ("one", WarningRaised(text=item.error_log))


async def test_a_revert_says_what_fails_after_it(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), checks=PYTEST)
    await merge(bench, "one")
    user = "from sums.one import one\n\n\ndef test_user():\n    assert one() == 1\n"
    commit_files(bench.repo, {"tests/test_user.py": user}, "a user")

    code, said, complained = await call(bench, "merge", "revert", "one", "--reason", "too early")

    assert code == 3
    assert "tests/test_user.py" in said
    assert "after it the checks fail" in complained
    assert (await merge_states(bench))["one"] is MergeState.REVERTED


async def test_a_revert_that_breaks_nothing_is_done(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    await merge(bench, "one")

    async with bench.engine(takes_work=False) as engine:
        await engine.give(RevertMerge(task_id=ONE, reason="too early"), by="olive")
        await engine.work_through_merges()

    assert (await bench.item("one")).error_log == "its merge was reverted by olive: too early"
    assert subjects(bench.repo)[-1] == "Revert one"


async def test_rejecting_takes_a_task_out_of_the_queue(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    await order_merges(bench, "one")

    code, _, _ = await call(bench, "merge", "reject", "one", "--reason", "no")

    item = await bench.item("one")
    assert (code, item.state, item.merge_state) == (0, TaskState.QUEUED, None)


async def test_a_proved_task_that_was_not_cleared_up_is_completed_when_the_run_ends(
    tmp_path: Path,
) -> None:
    bench = await verified(tmp_path, module("one"))

    def prove(tx: Transaction) -> None:
        tx.move(ONE, Trigger.REJECT)
        claim = tx.claim(WorkerId("w"), lease=timedelta(minutes=1), only=ONE)
        assert claim is not None
        for trigger in (Trigger.START, Trigger.VERIFY, Trigger.PASS):
            tx.move(ONE, trigger)

    async with bench.engine() as engine:
        await engine._store.write(prove)
        assert await engine.run(RunOptions()) is RunEnd.DRAINED
        assert (await engine.task_view(ONE)).item.state is TaskState.COMPLETED


async def test_a_run_with_a_limit_still_merges_what_it_proved(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, more=AUTO)
    await bench.add("add", "scale")

    assert await bench.run(RunOptions(max_iterations=1)) is RunEnd.LIMIT

    assert await merge_states(bench) == {"add": MergeState.MERGED, "scale": None}
    assert subjects(bench.repo)[-1] == "add: iteration 1"


async def test_a_worktree_that_no_task_has_is_kept(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    place = bench.brain / "state" / "worktrees" / "mine"
    git(bench.repo, "worktree", "add", "-q", str(place), "-b", "mine")
    (place / ".env").write_text("only here\n")
    commit_files(place, {".gitignore": ".env\n"}, "what is ignored")

    code, said, _ = await call(bench, "worktrees", "clean", "--yes")

    assert (code, said) == (0, "nothing may go\n")
    assert (place / ".env").exists()
