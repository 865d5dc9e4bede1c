"""`aio-tui merge ...` and `aio-tui worktrees ...` as programs."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.domain.ids import TaskId
from engine.domain.orders import UNDO_WITHIN_S, CancelTask, MergeTask
from engine.domain.state import TaskState
from engine.domain.work import MergeState
from tests.support.engines import Bench, a_task, make_bench, start_cli, until
from tests.support.merges import RED, head, merge, merge_states, module, subjects, verified
from tests.support.repos import git, write_files


async def call(bench: Bench, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command."""
    program = await start_cli(bench, *words)
    said, complained = await program.communicate()
    assert program.returncode is not None
    return program.returncode, said.decode(), complained.decode()


async def call_json(bench: Bench, *words: str) -> tuple[int, Any]:
    code, said, complained = await call(bench, *words, "--json")
    assert complained == ""
    return code, json.loads(said)


async def test_approving_without_an_engine_merges_and_tells_the_outcome(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))

    code, [document] = await call_json(bench, "merge", "approve", "one")

    assert code == 0
    assert (document["merge_state"], document["merged_commit"]) == ("merged", head(bench.repo))
    assert [attempt["step"] for attempt in document["attempts"]] == ["merged"]
    assert subjects(bench.repo)[-1] == "one: iteration 1"


async def test_status_and_report_tell_how_far_verified_work_has_come(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), module("two"), module("three"))
    await call(bench, "merge", "approve", "one")
    async with bench.engine(takes_work=False) as guest:
        await guest.give(MergeTask(task_id=TaskId("two"), after_s=UNDO_WITHIN_S), by="olive")
    _, said, _ = await call(bench, "status")
    assert "3 verified (1 merged, 1 in line, 1 to merge)" in said
    _, document = await call_json(bench, "status")
    assert document["merges"] == {"merged": 1, "queued": 1, "waiting": 1}
    _, report, _ = await call(bench, "report")
    assert "Verified, in line or merging (1)\n  two" in report
    assert "its merge is queued" in report


async def test_what_cannot_be_merged_now_waits_with_exit_code_3(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    write_files(bench.repo, {"sums/rate.py": "mine\n"})

    code, said, _ = await call(bench, "merge", "approve", "one")

    assert code == 3
    assert "sums/rate.py" in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("approve", "nowhere"), "nowhere"),
        (("revert", "one", "--reason", "r"), "not merged"),
        (("revert", "one", "--reason", " "), "reason"),
    ],
)
async def test_a_wrong_order_is_one_line_and_exit_code_2(
    tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    bench = await verified(tmp_path, module("one"))

    code, _, complained = await call(bench, "merge", *words)

    assert code == 2
    assert why in complained
    assert len(complained.splitlines()) == 1


async def test_a_merge_that_is_told_to_stop_goes_on_later(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    program = await start_cli(bench, "merge", "approve", "one")

    async def is_at_work() -> bool:
        return (await bench.item("one")).state is TaskState.MERGING

    await until(is_at_work)
    program.send_signal(signal.SIGTERM)
    _, complained = await program.communicate()

    assert program.returncode == 130
    assert "aio-tui merge run" in complained.decode()
    code, _, _ = await call(bench, "merge", "run")
    assert code == 0
    assert subjects(bench.repo)[-1] == "one: iteration 1"


async def test_a_rejected_task_goes_back_with_the_reason(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))

    code, _, _ = await call(bench, "merge", "reject", "one", "--reason", "wrong name")

    item = await bench.item("one")
    assert code == 0
    assert (item.state, item.merge_state) == (TaskState.QUEUED, None)
    code, _, _ = await call(bench, "merge", "approve", "one")
    assert code == 2


async def test_list_and_revert(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    await merge(bench, "one")

    _, [document] = await call_json(bench, "merge", "list")
    assert document["merge_state"] == "merged"
    code, _, _ = await call(bench, "merge", "revert", "one", "--reason", "too early")

    assert code == 0
    assert (await merge_states(bench))["one"] is MergeState.REVERTED
    code, said, _ = await call(bench, "merge", "run")
    assert (code, said) == (0, "nothing is to be merged\n")


async def test_task_show_tells_where_the_work_is(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"))
    await merge(bench, "one")

    _, document = await call_json(bench, "task", "show", "one")

    assert document["merge_state"] == "merged"
    assert document["merged_commit"] == head(bench.repo)


async def test_cleaning_shows_first_and_removes_only_what_is_merged(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), RED)
    await merge(bench, "one")
    left = bench.brain / "state" / "worktrees" / "red"
    git(bench.repo, "worktree", "add", "-q", str(left), "feature/red")
    write_files(left, {"unsaved.txt": "mine\n"})

    code, found = await call_json(bench, "worktrees", "clean")
    assert code == 0
    assert [one["name"] for one in found] == ["feature/one"]
    assert git(bench.repo, "branch", "--list", "feature/one") != ""

    await call(bench, "worktrees", "clean", "--yes")

    assert git(bench.repo, "branch", "--list", "feature/one") == ""
    assert git(bench.repo, "branch", "--list", "feature/red") != ""
    assert (left / "unsaved.txt").exists()
    _, kept = await call_json(bench, "worktrees", "list")
    why = {one["name"]: (one["owner"], one["cleaning"], one["why"]) for one in kept}
    assert why[str(bench.repo)] == ("operator", "keep", "it is yours")
    assert why[str(left)] == ("red", "keep", "1 files are uncommitted")
    assert why["feature/red"][:2] == ("red", "keep")


async def test_cleaning_leaves_branches_that_no_task_has_worked_on(tmp_path: Path) -> None:
    """Whatever a task named: they are the operator's own, the base branch most of all."""
    bench = make_bench(tmp_path)
    git(bench.repo, "branch", "fix/mine")
    async with bench.engine(takes_work=False) as engine:
        await engine.add_tasks([a_task("planned", branch="fix/mine"), a_task("old")])
        for name in ("planned", "old"):
            await engine.give(CancelTask(task_id=TaskId(name)), by="olive")
    with closing(sqlite3.connect(bench.brain / "state" / "work.db")) as store, store:
        values = ("main", head(bench.repo))  # an earlier version took any name
        store.execute("UPDATE work_items SET branch = ?, base_commit = ? WHERE id = 'old'", values)
    git(bench.repo, "checkout", "-q", "-b", "dev")

    code, found = await call_json(bench, "worktrees", "clean", "--yes")

    assert (code, found) == (0, [])
    left = git(bench.repo, "branch", "--format=%(refname:short)", "--list", "main", "fix/mine")
    assert left.split() == ["fix/mine", "main"]


async def test_the_worktree_of_a_task_that_ended_goes_and_its_branch_stays(tmp_path: Path) -> None:
    bench = await verified(tmp_path, RED)
    await call(bench, "merge", "reject", "red", "--reason", "no")
    async with bench.engine(takes_work=False) as engine:
        await engine.give(CancelTask(task_id=TaskId("red")), by="olive")
    left = bench.brain / "state" / "worktrees" / "red"
    git(bench.repo, "worktree", "add", "-q", str(left), "feature/red")

    await call(bench, "worktrees", "clean", "--yes")

    assert not left.exists()
    assert git(bench.repo, "branch", "--list", "feature/red") != ""


async def test_a_checkout_with_a_commit_of_its_own_stays(tmp_path: Path) -> None:
    bench = await verified(tmp_path, RED)
    start = head(bench.repo)
    folder = bench.brain / "state" / "worktrees"
    plain, own = folder / f".base-{start[:12]}-1", folder / f".base-{start[:12]}-2"
    for path in (plain, own):
        git(bench.repo, "worktree", "add", "-q", "--detach", str(path), start)
    write_files(own, {"saved.txt": "mine\n"})
    git(own, "add", "-A")
    git(own, "commit", "-q", "-m", "mine")

    await call(bench, "worktrees", "clean", "--yes")

    assert not plain.exists()
    assert (own / "saved.txt").exists()
