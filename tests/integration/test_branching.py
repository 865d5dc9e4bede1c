"""A new task begins where an iteration of another one ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.app.engine import Engine
from engine.domain.decision import DecisionKind
from engine.domain.errors import InputError, UnknownTaskError, WorkspaceError
from engine.domain.facts import TaskBranched
from engine.domain.ids import TaskId
from engine.domain.orders import BranchTask, CancelTask, OrderStatus, OverrideVerdict
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.domain.verdict import VerdictKind
from tests.support.engines import Bench, cure, make_bench, say, start_cli, worsen
from tests.support.repos import git
from tests.support.steering import ADD, applied

pytestmark = pytest.mark.slow

BRANCH = TaskId("add-at1")
TRIED = [worsen("add", "kept"), say("I tried the multiplication first.")]
DONE = [cure("add"), say()]


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    """The task `add` has one recorded iteration, a FAIL that left a file, and waits."""
    bench = make_bench(tmp_path, {"add": [TRIED, DONE]})
    await bench.add("add", max_iterations=4, metadata={"scope": ["sums/**"], "discovery": {"x": 1}})
    assert await bench.run(RunOptions(max_iterations=1)) is RunEnd.LIMIT
    return bench


async def prompt_of(engine: Engine, task_id: TaskId) -> str:
    entries = (await engine.transcript(task_id, 1)).entries
    return next(entry.text for entry in entries if entry.kind is EntryKind.PROMPT)


async def test_it_begins_at_that_commit_with_that_memory_and_its_own_instructions(
    bench: Bench,
) -> None:
    before, tip = await bench.item("add"), git(bench.repo, "rev-parse", "fix/add")
    order = BranchTask(
        task_id=ADD, iteration=1, say="mind the sign", model="m-2", max_iterations=3,
        max_cost_cents=250, max_tokens=90_000,
    )  # fmt: skip
    async with bench.engine(takes_work=False) as guest:
        record = await applied(guest, order)
        assert record.outcome.startswith("add-at1 is queued: it begins where iteration 1 of add")
        item = (await guest.task_view(BRANCH)).item
        assert (item.base_commit, item.head_commit) == (before.base_commit, before.head_commit)
        assert (item.branched_from, item.branched_at, item.model) == (ADD, 1, "m-2")
        assert (item.iteration_count, item.max_iterations) == (0, 3)
        assert (item.max_cost_cents, item.max_tokens) == (250, 90_000)
        assert (item.tests, item.metadata) == (before.tests, {"scope": ["sums/**"]})
        facts = [entry.fact for entry in await guest.task_facts(BRANCH)]
        assert any(isinstance(fact, TaskBranched) and fact.by == "olive" for fact in facts)
        decisions, _ = await guest.decisions(ADD)
        assert (decisions[-1].kind, decisions[-1].decision) == (
            DecisionKind.STEERING, "branch_task",
        )  # fmt: skip
        assert decisions[-1].value.startswith("add-at1 from iteration 1")
        assert decisions[-1].ref == record.order_id
    async with bench.engine() as engine:
        assert await engine.run(RunOptions(only=BRANCH)) is RunEnd.DRAINED
        prompt = await prompt_of(engine, BRANCH)
        view = await engine.task_view(BRANCH)
    for part in ("mind the sign", "I tried the multiplication first.", "tests/test_add.py"):
        assert part in prompt
    assert view.item.state is TaskState.COMPLETED
    changed = git(bench.repo, "diff", "--name-only", f"{before.base_commit}..fix/add-at1")
    assert changed.split() == ["sums/add.py", "sums/add_kept.py"]
    told, _, code = await spoken(bench, "compare", "add-at1", "--json")
    document = json.loads(told)
    assert code == 0
    assert [(one["task_id"], one["verdicts"], one["branched_at"]) for one in document["tasks"]] == [
        ("add", ["FAIL"], None),
        ("add-at1", ["PASS"], 1),
    ]
    assert document["differences"] == [
        {
            "from": "add", "to": "add-at1",
            "files": [{"path": "sums/add.py", "fate": "changed", "added": 1, "removed": 1}],
        }
    ]  # fmt: skip
    assert await bench.item("add") == before
    assert git(bench.repo, "rev-parse", "fix/add") == tip


async def test_names_say_where_it_begins_and_what_cannot_be_is_refused(bench: Bench) -> None:
    async with bench.engine(takes_work=False) as guest:
        for new_id in ("add-at1", "add-at1-2", "add-at1-3"):
            assert new_id in (await applied(guest, BranchTask(task_id=ADD, iteration=1))).outcome
        other = await applied(guest, BranchTask(task_id=ADD, iteration=1, new_id="mine"))
        assert other.outcome.startswith("mine is queued")
        taken = await guest.give(BranchTask(task_id=ADD, iteration=1, new_id="mine"), by="olive")
        assert taken.status is OrderStatus.REFUSED
        assert "mine" in taken.outcome
        for order, error, words in (
            (BranchTask(task_id=ADD, iteration=2), InputError, "no checkpoint 2: it has 1 to 1"),
            (BranchTask(task_id=BRANCH, iteration=1), InputError, "it has none yet"),
            (BranchTask(task_id=TaskId("ghost"), iteration=1), UnknownTaskError, "ghost"),
            (BranchTask(task_id=ADD, iteration=1, backend="b"), InputError, "which is unknown"),
        ):
            with pytest.raises(error, match=words):
                await guest.give(order, by="olive")
        bad = await guest.give(BranchTask(task_id=ADD, iteration=1, new_id="../x"), by="olive")
        assert (bad.status, "not allowed" in bad.outcome) == (OrderStatus.REFUSED, True)
        none = BranchTask(task_id=ADD, iteration=1, max_iterations=0)
        refused = await guest.give(none, by="olive")
        assert refused.status is OrderStatus.REFUSED
        assert "use 1 or more" in refused.told()
    await say_it_on_the_command_line(bench)
    async with bench.engine(takes_work=False) as guest:
        git(bench.repo, "update-ref", "-d", "refs/heads/fix/add")
        git(bench.repo, "worktree", "remove", "--force", str(bench.brain / "state/worktrees/add"))
        git(bench.repo, "reflog", "expire", "--expire=now", "--all")
        git(bench.repo, "gc", "-q", "--prune=now")
        with pytest.raises(WorkspaceError, match="names no commit"):
            await guest.give(BranchTask(task_id=ADD, iteration=1), by="olive")


async def test_what_was_rejected_there_is_no_pass_here_and_the_script_goes_on(
    bench: Bench,
) -> None:
    """The scripted agent goes on as the first task would, so it comes to the rejected result."""
    assert await bench.run(RunOptions(max_iterations=1)) is RunEnd.LIMIT
    rejection = OverrideVerdict(task_id=ADD, verdict=VerdictKind.FAIL, reason="too short")
    async with bench.engine(takes_work=False) as guest:
        await applied(guest, rejection)
        await applied(guest, CancelTask(task_id=ADD))
        await applied(guest, BranchTask(task_id=ADD, iteration=1))
    await bench.run(RunOptions(max_iterations=1))
    async with bench.engine(takes_work=False) as guest:
        view = await guest.task_view(BRANCH)
    (point,) = view.checkpoints
    assert point.verdict.kind is VerdictKind.FAIL
    assert [reason.rule for reason in point.verdict.reasons] == ["rejected-by-operator"]


async def say_it_on_the_command_line(bench: Bench) -> None:
    said = await spoken(bench, "branch", "add", "--say", "mind the sign", "--json")
    (settled,) = json.loads(said[0])
    assert (settled["order"], settled["status"]) == ("branch_task", "applied")
    assert "add-at1-4 is queued" in settled["outcome"]
    _, error, code = await spoken(bench, "branch", "add-at1")
    assert (error, code) == (
        "aio-tui: no iteration of task 'add-at1' has ended yet; there is nothing to begin at: see"
        " 'aio-tui task show'\n",
        2,
    )
    out, _, code = await spoken(bench, "compare", "add", "mine", "--diff")
    assert code == 0
    assert "add -> mine: no file differs" in out
    _, error, code = await spoken(bench, "branch", "add", "--at", "7")
    assert ("no checkpoint 7: it has 1 to 1" in error, code) == (True, 2)


async def spoken(bench: Bench, *words: str) -> tuple[str, str, int]:
    """What the command says on stdout and stderr, and its exit code."""
    program = await start_cli(bench, *words)
    out, err = await program.communicate()
    assert program.returncode is not None
    return out.decode(), err.decode(), program.returncode
