"""One task from the queue to its branch: real git, real pytest, a written conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.facts import WarningRaised
from engine.domain.ids import TaskId
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.domain.verdict import VerdictKind
from tests.support.engines import (
    PYTEST,
    SIGNAL,
    Bench,
    bash,
    cure,
    make_bench,
    say,
    without_containment,
    worsen,
)
from tests.support.repos import git
from tests.support.workspaces import files_of

pytestmark = pytest.mark.slow

ADD = TaskId("add")
TRIES = [
    [worsen("add", "note"), say()],
    [cure("add"), bash("cat sums/add.py"), say()],
]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def test_a_task_that_fails_first_and_then_passes_leaves_every_record(bench: Bench) -> None:
    bench.script({"add": TRIES})
    await bench.add("add")
    before = {name: text for name, text in files_of(bench.repo).items() if ".aibrain" not in name}

    assert await bench.run() is RunEnd.DRAINED

    async with bench.engine(takes_work=False) as engine:
        view = await engine.task_view(ADD)
        first = await engine.transcript(ADD, 1)
        second = await engine.transcript(ADD, 2)
        memory = await engine.session_text(ADD, 1)
    item = view.item
    assert (item.state, item.iteration_count, item.last_verdict) == (
        TaskState.COMPLETED,
        2,
        VerdictKind.PASS,
    )
    assert [point.verdict.kind for point in view.checkpoints] == [
        VerdictKind.FAIL,
        VerdictKind.PASS,
    ]
    assert view.checkpoints[1].verdict.tests_executed == 5
    commits = git(bench.repo, "log", "--reverse", "--format=%H", "main..fix/add").split()
    assert commits == [point.commit for point in view.checkpoints]
    assert item.head_commit == commits[-1]
    assert git(bench.repo, "show", "fix/add:sums/add.py").endswith("a + b\n")

    after = {name: text for name, text in files_of(bench.repo).items() if ".aibrain" not in name}
    assert after == before
    assert git(bench.repo, "status", "--porcelain") == ""
    assert git(bench.repo, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert not [*(bench.brain / "state" / "worktrees").iterdir()]
    assert len(git(bench.repo, "worktree", "list").splitlines()) == 1

    assert not [*bench.brain.glob("session-*.md")]
    assert len([*(bench.brain / "archive").rglob("session-add-*.md")]) == 2
    assert "Mend add" in memory
    assert SIGNAL in "".join(entry.text for entry in first.entries)
    assert {entry.kind for entry in second.entries} >= {
        EntryKind.PROMPT,
        EntryKind.TEXT,
        EntryKind.TOOL,
        EntryKind.OUTPUT,
        EntryKind.CHECK,
    }


async def test_what_a_command_printed_stands_once_in_the_transcript(bench: Bench) -> None:
    command = "for n in $(seq 40); do echo line $n; done; echo oh no >&2; exit 3"
    bench.script({"add": [[bash(command), bash("true"), cure("add"), say()]]})
    await bench.add("add")
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        entries = (await engine.transcript(ADD, 1)).entries
    printed = [entry for entry in entries if entry.kind is EntryKind.OUTPUT]
    told = "".join(entry.text for entry in printed if not entry.is_error)
    assert told.splitlines()[:41] == [*(f"line {n + 1}" for n in range(40)), "oh no"]
    assert told.count("line 40") == 1
    assert [entry.text for entry in printed if entry.is_error] == ["[exit code 3]\n"]


async def test_the_second_prompt_holds_the_evidence_of_the_first_verdict(bench: Bench) -> None:
    bench.configure(checks=PYTEST)
    bench.script({"add": TRIES})
    await bench.add("add")
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        entries = (await engine.transcript(ADD, 2)).entries
    prompt = next(entry.text for entry in entries if entry.kind is EntryKind.PROMPT)
    assert "tests/test_add.py::test_add" in prompt
    assert "assert" in prompt


async def test_the_signal_without_a_change_is_no_pass(bench: Bench) -> None:
    bench.script({"add": [[say()]]})
    await bench.add("add")
    assert await bench.run(RunOptions(max_iterations=1)) is RunEnd.LIMIT
    item = await bench.item("add")
    assert (item.state, item.last_verdict) == (TaskState.QUEUED, VerdictKind.FAIL)
    async with bench.engine(takes_work=False) as engine:
        [told] = (await engine.report(since=None)).tasks
    assert (told.waste.unchanged, told.waste.time_s) == (1, told.work_s)
    assert told.work_s > 0


async def test_a_proved_change_passes_without_the_signal(bench: Bench) -> None:
    bench.script({"add": [[cure("add"), say("I think that was it.")]]})
    await bench.add("add")
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        view = await engine.task_view(ADD)
    assert view.item.state is TaskState.COMPLETED
    assert "no completion signal" in view.checkpoints[0].decision


async def test_a_task_that_goes_in_circles_is_blocked_with_the_reason(bench: Bench) -> None:
    bench.configure(more="[limits]\nstall_after = 2\n")
    bench.script({"add": [[say("Let me think.")]]})
    await bench.add("add")
    await bench.run()
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.BLOCKED, 2)
    assert item.error_log == "stalled: no file was changed in 2 iterations"
    assert not [*(bench.brain / "state" / "worktrees").iterdir()]


async def test_a_spent_iteration_budget_fails_the_task_and_keeps_its_branch(bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "one")], [worsen("add", "two")]]})
    await bench.add("add", max_iterations=2)
    await bench.run()
    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.FAILED, 2)
    assert item.error_log.startswith("2 of 2 iterations are used")
    assert "sums/add_two.py" in git(bench.repo, "ls-tree", "-r", "--name-only", "fix/add")


async def test_an_agent_that_asks_for_a_human_is_believed(bench: Bench) -> None:
    bench.script({"add": [[say("<promise>BLOCKED: which sum is meant?</promise>")]]})
    await bench.add("add")
    await bench.run()
    item = await bench.item("add")
    assert item.state is TaskState.BLOCKED
    assert "which sum is meant?" in item.error_log


async def test_a_task_without_a_script_is_blocked_and_the_others_go_on(bench: Bench) -> None:
    bench.script({"add": [[cure("add"), say()]]})
    await bench.add("scale", "add")
    assert await bench.run() is RunEnd.DRAINED
    assert await bench.states() == {"scale": TaskState.BLOCKED, "add": TaskState.COMPLETED}
    assert "has nothing for task 'scale'" in (await bench.item("scale")).error_log


async def test_a_damaged_session_file_is_passed_over_with_a_warning(bench: Bench) -> None:
    bench.script({"add": TRIES})
    await bench.add("add")
    await bench.run(RunOptions(max_iterations=1))
    [written] = bench.brain.glob("session-add-*.md")
    written.write_bytes(written.read_bytes()[:40] + b"\x00\xff")

    assert await bench.run() is RunEnd.DRAINED

    async with bench.engine(takes_work=False) as engine:
        view = await engine.task_view(ADD)
        facts = await engine.facts_after(0)
    assert view.item.state is TaskState.COMPLETED
    warnings = [entry.fact.text for entry in facts if isinstance(entry.fact, WarningRaised)]
    said = without_containment("\n".join(warnings)).splitlines()
    assert said
    assert all(written.name in warning for warning in said)


async def test_a_missing_session_file_is_replaced_by_its_copy_in_the_database(
    bench: Bench,
) -> None:
    bench.script({"add": [[worsen("add", "note"), say("The minus looks wrong.")], TRIES[1]]})
    await bench.add("add")
    await bench.run(RunOptions(max_iterations=1))
    [written] = bench.brain.glob("session-add-*.md")
    written.unlink()
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        view = await engine.task_view(ADD)
        entries = (await engine.transcript(ADD, 2)).entries
    prompt = next(entry.text for entry in entries if entry.kind is EntryKind.PROMPT)
    assert view.item.state is TaskState.COMPLETED
    assert "The minus looks wrong." in prompt


async def test_an_iteration_at_its_time_limit_is_verified_as_it_stands(bench: Bench) -> None:
    bench.configure(more="[budgets]\niteration_wall_clock_s = 0.5\n")
    bench.script({"add": [[cure("add"), bash("sleep 60")]]})
    await bench.add("add")
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        view = await engine.task_view(ADD)
        entries = (await engine.transcript(ADD, 1)).entries
    assert view.item.state is TaskState.COMPLETED
    assert any("time is up" in entry.text for entry in entries)
