"""What must not make a PASS, and what must not be lost, told or believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.errors import InputError
from engine.domain.ids import TaskId
from engine.domain.orders import GrantIterations, OrderStatus, OverrideVerdict
from engine.domain.state import TaskState
from engine.domain.verdict import VerdictKind
from engine.loop.host import host_problem
from tests.support.engines import (
    PYTEST,
    Bench,
    Iterations,
    a_task,
    bash,
    cure,
    make_bench,
    say,
    worsen,
)

pytestmark = pytest.mark.slow
ADD = TaskId("add")
KEY = "sk-local-0123456789abcdef"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def rules_of(bench: Bench, iterations: Iterations, **task: object) -> set[str]:
    """Rules of the first verdict of a task with this conversation."""
    bench.script({"add": iterations})
    await bench.add("add", max_iterations=1, **task)
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        [point] = (await engine.task_view(ADD)).checkpoints
    return {reason.rule for reason in point.verdict.reasons}


async def test_a_cure_in_a_file_that_git_ignores_proves_nothing(bench: Bench) -> None:
    bench.configure(checks=PYTEST)
    body = "def add(a, b):\\n    return a + b\\n"
    steps = [
        bash("printf 'secret_sums.py\\n' >> .gitignore"),
        bash(f"printf '{body}' > sums/secret_sums.py"),
        bash("printf 'from sums.secret_sums import add\\n' > sums/add.py"),
        say(),
    ]
    assert "target-test-red" in await rules_of(bench, [steps])


async def test_a_hidden_edit_of_a_test_proves_nothing(bench: Bench) -> None:
    bench.configure(checks=PYTEST)
    script = "git update-index --skip-worktree tests/test_add.py; : > tests/test_add.py"
    (bench.brain / "contracts").mkdir()
    contract = "role: BugFix\nallow: ['rule:git-history']\n"
    (bench.brain / "contracts" / "BugFix.yaml").write_text(contract)
    steps = [
        bash(f"printf '{script}' > sums/run.sh"),
        bash("bash sums/run.sh; printf 'def test_add(): pass\\n' > tests/test_add.py"),
        say(),
    ]
    assert "proof" not in await rules_of(bench, [steps])


async def test_a_bug_fix_without_target_tests_must_show_an_effect(bench: Bench) -> None:
    assert await rules_of(bench, [[worsen("add", "a"), say()]], tests=()) == {"no-effect-seen"}


async def test_a_bug_fix_without_target_tests_that_turns_a_test_green_passes(bench: Bench) -> None:
    assert await rules_of(bench, [[cure("add"), say()]], tests=()) == {"proof"}


async def test_what_the_operator_rejected_does_not_pass_unchanged(bench: Bench) -> None:
    bench.script({"add": [[cure("add"), say()], [say()], [worsen("add", "more"), say()]]})
    await bench.add("add")
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        order = OverrideVerdict(task_id=ADD, verdict=VerdictKind.FAIL, reason="too clever")
        await engine.give(order, by="op")
    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        points = (await engine.task_view(ADD)).checkpoints
    assert [point.verdict.kind for point in points[:2]] == [VerdictKind.PASS, VerdictKind.FAIL]
    assert points[1].verdict.reasons[0].rule == "rejected-by-operator"
    assert (await bench.item("add")).state in (TaskState.COMPLETED, TaskState.FAILED)


async def test_a_number_that_no_budget_can_hold_is_refused_and_stops_nothing(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine(takes_work=False) as engine:
        record = await engine.give(GrantIterations(task_id=ADD, iterations=10**23), by="op")
    assert record.status is OrderStatus.REFUSED
    with pytest.raises(InputError, match="max_iterations"):
        a_task("scale", max_iterations=10**23)
    await bench.run()
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_the_model_key_is_neither_passed_on_nor_written_down(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    bench.script({"add": [[bash(f"printf 'it is %s\\n' {KEY}"), cure("add"), say()]]})
    await bench.add("add")
    await bench.run()
    transcript = bench.settings.state / "transcripts" / "add" / "1.jsonl"
    assert "it is [redacted ANTHROPIC_API_KEY]" in transcript.read_text()
    written = [path for path in bench.brain.rglob("*") if path.is_file()]
    holding = [path.name for path in written if KEY.encode() in path.read_bytes()]
    assert holding == ["script.json"]


def test_what_no_task_is_to_blame_for_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert host_problem(tmp_path) is None
    assert "cannot be reached" in (host_problem(tmp_path / "gone") or "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert host_problem(tmp_path) == "git is not on PATH"
