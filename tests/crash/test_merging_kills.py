"""The merge queue is killed at each named point and started again: nothing is lost, and nothing is
merged twice.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.facts import MergeReverted, TaskMerged
from engine.domain.ids import TaskId
from engine.domain.merge import MergeStep
from engine.domain.orders import RevertMerge
from engine.domain.state import TaskState
from engine.domain.work import MergeState
from tests.crash.forge import Forge
from tests.support.engines import Bench
from tests.support.merge_engine import QuickProver, combination, quick_engine
from tests.support.merges import (
    BLUE,
    RED,
    TEN,
    commits_of,
    facts_of,
    head,
    lost,
    merge_states,
    module,
    order_merges,
    subjects,
    verified,
)
from tests.support.repos import git

pytestmark = pytest.mark.slow

LANDING = {
    "before it moves": (
        "move merge, before its commit",
        "move merge, after its commit",
        "commit, after",
        "decision, before it is written",
        "decision, written",
        "add_merge, before its commit",
        "add_merge, after its commit",
        "git update-ref tags, before",
        "git update-ref tags, after",
        "git merge, before",
    ),
    "while it moves": ("git merge, halfway",),
    "when it has moved": ("git merge, after",),
    "at its record": ("update_merge, before its commit",),
    "before it is looked at": ("update_merge, after its commit",),
    "at its end": ("move land, before its commit", "move land, after its commit"),
}
UNDOING = {
    "before it moves": (
        "commit, before",
        "update_merge, before its commit",
        "update_merge, after its commit",
        "decision, written",
        "git merge, before",
    ),
    "while it moves": ("git merge, halfway",),
    "when it has moved": ("git merge, after",),
    "at its record": ("move revert, before its commit",),
    "at its end": ("move revert, after its commit",),
}
MANY = (
    "move merge, after its commit",
    "git merge, halfway",
    "update_merge, after its commit",
    "git merge, before",
    "move land, before its commit",
    "git update-ref tags, after",
    "git update-ref heads, after",
    "move again, before its commit",
    "git merge, after",
    "move land, after its commit",
)
"""One after the other, wherever the queue is by then."""
TAKING_BACK = (
    "git merge, after",
    "git merge, before",
    "git merge, halfway",
    "update_merge, after its commit",
    "git update-ref heads, after",
    "move again, before its commit",
)
SENDING_BACK = (
    "git update-ref heads, before",
    "git update-ref heads, after",
    "move again, before its commit",
    "move again, after its commit",
)


Die = Callable[[Bench, str], None]


@pytest.fixture
def die(forge: Forge, tmp_path: Path) -> Die:
    """Lets an engine work through the queue until it kills itself at a point."""

    def at(bench: Bench, point: str) -> None:
        log = tmp_path / "died.log"
        code = forge.run("tests.crash.dying_merger", str(bench.repo), point, log=log)
        assert code == -signal.SIGKILL, f"{point}: {log.read_text()}"

    return at


async def go_on(bench: Bench) -> None:
    async with quick_engine(bench.repo, QuickProver(combination(bench.repo))) as engine:
        await engine.work_through_merges()


async def problems(bench: Bench) -> list[str]:
    """What must hold whatever was killed."""
    found = [f"lost {commit}" for commit in lost(bench.repo, await commits_of(bench))]
    if git(bench.repo, "status", "--porcelain"):
        found.append("the checkout is not clean: " + git(bench.repo, "status", "--porcelain"))
    if (bench.repo / ".git" / "index.lock").exists():
        found.append("a lock is left")
    async with bench.engine(takes_work=False) as engine:
        found += await engine.audit_problems()
    return found


@pytest.mark.parametrize("points", LANDING.values(), ids=LANDING.keys())
async def test_two_branches_land_once(tmp_path: Path, die: Die, points: tuple[str, ...]) -> None:
    bench = await verified(tmp_path, module("one"), module("two"))
    before = len(subjects(bench.repo))
    await order_merges(bench, "one", "two")
    for point in points:
        die(bench, point)

    await go_on(bench)

    assert set((await merge_states(bench)).values()) == {MergeState.MERGED}
    assert sorted(subjects(bench.repo)[before:]) == ["one: iteration 1", "two: iteration 1"]
    assert sorted(task or "" for task, _ in await facts_of(bench, TaskMerged)) == ["one", "two"]
    assert await problems(bench) == []


async def test_ten_branches_survive_ten_kills(tmp_path: Path, die: Die) -> None:
    bench = await verified(tmp_path, *TEN)
    verified_commits = await commits_of(bench)
    before = len(subjects(bench.repo))
    await order_merges(bench, *(change.task_id for change in TEN))
    for point in MANY:
        die(bench, point)

    await go_on(bench)

    states = await merge_states(bench)
    assert (states.pop("blue"), states.pop("caller")) == (MergeState.CONFLICT, MergeState.RED)
    assert set(states.values()) == {MergeState.MERGED}
    landed = subjects(bench.repo)[before:]
    assert sorted(landed) == sorted(f"{task_id}: iteration 1" for task_id in states)
    assert lost(bench.repo, verified_commits) == set()
    assert await problems(bench) == []


@pytest.mark.parametrize("points", UNDOING.values(), ids=UNDOING.keys())
async def test_a_merge_is_reverted_once(tmp_path: Path, die: Die, points: tuple[str, ...]) -> None:
    bench = await verified(tmp_path, module("one"))
    before = head(bench.repo, "main^{tree}")
    await order_merges(bench, "one")
    await go_on(bench)
    async with quick_engine(bench.repo) as engine:
        await engine.give(RevertMerge(task_id=TaskId("one"), reason="too early"), by="olive")
    for point in points:
        die(bench, point)

    await go_on(bench)

    item = await bench.item("one")
    assert (item.state, item.merge_state) == (TaskState.BLOCKED, MergeState.REVERTED)
    assert head(bench.repo, "main^{tree}") == before
    assert subjects(bench.repo)[-2:] == ["one: iteration 1", "Revert one"]
    assert len(await facts_of(bench, MergeReverted)) == 1
    assert await problems(bench) == []


async def test_a_red_base_branch_is_put_right_once(tmp_path: Path, die: Die) -> None:
    bench = await verified(tmp_path, module("alarm"))
    before = head(bench.repo, "main^{tree}")
    await order_merges(bench, "alarm")
    for point in TAKING_BACK:
        die(bench, point)

    await go_on(bench)

    item = await bench.item("alarm")
    assert (item.state, item.merge_state) == (TaskState.QUEUED, MergeState.RED)
    assert head(bench.repo, "main^{tree}") == before
    assert subjects(bench.repo)[-2:] == ["alarm: iteration 1", "Revert alarm"]
    assert len(await facts_of(bench, MergeReverted)) == 1
    assert await problems(bench) == []


async def test_a_conflict_goes_back_once(tmp_path: Path, die: Die) -> None:
    bench = await verified(tmp_path, RED, BLUE)
    await order_merges(bench, "red")
    await go_on(bench)
    await order_merges(bench, "blue")
    for point in SENDING_BACK:
        die(bench, point)

    await go_on(bench)

    item = await bench.item("blue")
    assert (item.state, item.merge_state) == (TaskState.QUEUED, MergeState.CONFLICT)
    assert item.head_commit == head(bench.repo, item.branch)
    async with bench.engine(takes_work=False) as engine:
        assert len((await engine.task_view(item.task_id)).notes) == 1
    assert await problems(bench) == []


async def test_a_change_of_the_operators_survives_a_kill_while_files_are_updated(
    tmp_path: Path, die: Die
) -> None:
    bench = await verified(tmp_path, module("one"))
    await order_merges(bench, "one")
    die(bench, "git merge, halfway")
    mine = bench.repo / "sums" / "rate.py"
    mine.write_text("mine\n")

    await go_on(bench)

    item = await bench.item("one")
    assert (item.state, item.merge_state) == (TaskState.COMPLETED, MergeState.WAITING)
    assert "sums/rate.py" in item.error_log
    assert mine.read_text() == "mine\n"
    async with bench.engine(takes_work=False) as engine:
        [record] = await engine.merges(item.task_id)
    assert record.step is MergeStep.GIVEN_UP
