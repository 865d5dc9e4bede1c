"""The morning after: verified work on its way into the base branch, and verdicts of each kind."""

from __future__ import annotations

from dataclasses import replace

from engine.domain.checkpoint import Checkpoint
from engine.domain.facts import Fact, MergeRefused, MergeReverted, TaskMerged
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.verdict import CheckOutcome, CheckResult, Reason, VerdictKind
from engine.domain.work import MergeState, WorkItem
from tests.support.face import FakeFace
from tests.support.scene import checkpoint, item

TO_MERGE, IN_LINE, MERGING = TaskId("fix-median"), TaskId("fix-mean"), TaskId("fix-mode")
MERGED, CONFLICT, RED = TaskId("fix-sum"), TaskId("fix-range"), TaskId("fix-quantile")
REVERTED, PROPOSED, ALSO_TO_MERGE = TaskId("fix-rank"), TaskId("fix-zscore"), TaskId("fix-hist")
TAMPERED = TaskId("fix-floor")
MERGED_COMMIT = "5d41402abc4b2a76b9719d911017c592ae2f1c3d"


def merge_face() -> FakeFace:
    """A task in each state of its merge, and one whose verdict is FAIL for tampering."""
    face = FakeFace()
    for task in _tasks():
        face.tasks[task.task_id] = task
    face.checkpoints = {
        TO_MERGE: [_passed(TO_MERGE)],
        REVERTED: [_blocked(REVERTED)],
        TAMPERED: [_tampered(TAMPERED)],
    }
    return face


def facts_of_merges() -> dict[TaskId, Fact]:
    """What the journal says of the merges."""
    return {
        MERGED: TaskMerged(base_branch="main", commit=MERGED_COMMIT, tag="aio/before/7"),
        CONFLICT: MergeRefused(cause="conflict", why="src/numbers.py does not fit onto main"),
        RED: MergeRefused(cause="red", why="check pytest has 1 new failure", culprit="fix-range"),
        REVERTED: MergeReverted(
            base_branch="main", commit=MERGED_COMMIT, reason="it broke the import", by="kim"
        ),
    }


def _done(
    task_id: TaskId, description: str, merge_state: MergeState, **changes: object
) -> WorkItem:
    values: dict[str, object] = {
        "merge_state": merge_state, "iteration_count": 1, "base_commit": "1" * 40,
        "head_commit": "2" * 40, **changes,
    }  # fmt: skip
    return item(task_id, description, TaskState.COMPLETED, **values)


def _tasks() -> list[WorkItem]:
    state = MergeState
    return [
        _done(TO_MERGE, "median of an even list", state.WAITING),
        _done(ALSO_TO_MERGE, "the last bin of a histogram", state.WAITING),
        _done(IN_LINE, "mean of no numbers", state.QUEUED),
        replace(
            _done(MERGING, "mode of equal counts", state.QUEUED), state=TaskState.MERGING
        ),
        _done(MERGED, "sum of generators", state.MERGED, merged_commit=MERGED_COMMIT),
        replace(
            _done(CONFLICT, "range of one number", state.CONFLICT), state=TaskState.QUEUED
        ),
        replace(_done(RED, "quantiles at the edges", state.RED), state=TaskState.QUEUED),
        replace(
            _done(REVERTED, "ranks of ties", state.REVERTED,
                  error_log="reverted by kim: it broke the import"),
            state=TaskState.BLOCKED,
        ),
        _done(PROPOSED, "z-scores of constants", state.PULL_REQUEST),
        item(TAMPERED, "floor of negative halves", iteration_count=1),
    ]  # fmt: skip


def _judged(task_id: TaskId, kind: VerdictKind, **verdict: object) -> Checkpoint:
    point = checkpoint(task_id, 1, kind)
    return replace(point, verdict=replace(point.verdict, **verdict))  # type: ignore[arg-type]  # by name


def _passed(task_id: TaskId) -> Checkpoint:
    known = "tests/test_legacy.py::test_of_the_year_2000"
    ruff = "src/legacy.py: F401 os imported but unused"
    return _judged(
        task_id, VerdictKind.PASS,
        reasons=(
            Reason(
                rule="proof",
                message="1 target green, 41 tests executed, no new failure, 2 known failures left",
            ),
        ),
        checks=(
            CheckResult(
                name="pytest", command=("python", "-m", "pytest", "-q"),
                outcome=CheckOutcome.FINDINGS, exit_code=1, duration_s=2.34, tests_executed=41,
                failures=(known,), flaky=("tests/test_clock.py::test_midnight",), known=(known,),
            ),
            CheckResult(
                name="ruff", command=("ruff", "check", "."), outcome=CheckOutcome.FINDINGS,
                exit_code=1, duration_s=0.04, failures=(ruff,), known=(ruff,),
            ),
        ),
    )  # fmt: skip


def _blocked(task_id: TaskId) -> Checkpoint:
    return _judged(
        task_id, VerdictKind.BLOCKED,
        reasons=(Reason(rule="check-broken", message="check eslint could not do its work"),),
        checks=(
            CheckResult(
                name="eslint", command=("npx", "eslint", "--format", "json", "."),
                outcome=CheckOutcome.BROKEN, exit_code=None, duration_s=0.2,
                explanation="eslint is not installed: node_modules/.bin has none",
            ),
        ),
        next_step="run npm ci in the repository, then retry the task",
    )  # fmt: skip


def _tampered(task_id: TaskId) -> Checkpoint:
    return _judged(
        task_id, VerdictKind.FAIL,
        reasons=(
            Reason(
                rule="assertion-weakened", path="tests/test_numbers.py", line=12,
                message="an assertion says less than before",
                evidence="- assert floor(-2.5) == -3\n+ assert floor(-2.5)",
            ),
            Reason(
                rule="suppression-added",
                path="packages/some/rather/long/folder/of/a/large/repository/src/numbers.py",
                line=1234, message="'# type: ignore' was added",
            ),
        ),
    )  # fmt: skip
