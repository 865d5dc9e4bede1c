"""A busy evening: one queue with a task in each state, for the cockpit's tests and pictures."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from engine.domain.action import Action, ActionKind, Severity
from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.ids import EscalationId, TaskId
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind, TranscriptEntry
from engine.domain.usage import Usage
from engine.domain.verdict import CheckOutcome, CheckResult, Reason, Verdict, VerdictKind
from engine.domain.work import AgentRole, TaskType, Team, WorkItem
from engine.ports.cockpit import KnowledgeHit
from tests.support.face import NOW, FakeFace

WAITING, RUNNING, DONE = TaskId("clean-cache"), TaskId("fix-gcd"), TaskId("fix-median")


def item(
    task_id: str, description: str, state: TaskState = TaskState.QUEUED, **changes: object
) -> WorkItem:
    """A task that was added two hours ago and last changed four minutes ago."""
    values: dict[str, object] = {
        "task_id": TaskId(task_id), "project": "demo", "description": description,
        "type": TaskType.BUGFIX, "role": AgentRole.BUG_FIX, "team": Team.QA,
        "branch": f"fix/{task_id}", "priority": 5, "state": state,
        "created_at": NOW - timedelta(hours=2), "updated_at": NOW - timedelta(minutes=4),
    }  # fmt: skip
    return WorkItem(**{**values, **changes})  # type: ignore[arg-type]  # fields by name


def check(outcome: CheckOutcome, *failures: str, tail: str = "") -> CheckResult:
    """A run of pytest."""
    return CheckResult(
        name="pytest", command=("python", "-m", "pytest", "-q"), outcome=outcome,
        exit_code=1 if failures else 0, duration_s=2.34, tests_executed=41, failures=failures,
        tail=tail,
    )  # fmt: skip


def checkpoint(
    task_id: str, number: int, kind: VerdictKind, message: str = "", decision: str = "again"
) -> Checkpoint:
    """A finished iteration with one check as evidence."""
    is_pass = kind is VerdictKind.PASS
    failing = () if is_pass else ("tests/test_numbers.py::test_gcd_of_zero",)
    tail = "41 passed in 2.3s" if is_pass else "E   assert gcd(0, 9) == 9\nE    +  where 0 = gcd"
    outcome = CheckOutcome.CLEAN if is_pass else CheckOutcome.FINDINGS
    return Checkpoint(
        task_id=TaskId(task_id), project="demo", iteration_count=number,
        timestamp=NOW - timedelta(minutes=40 - number * 9),
        verdict=Verdict(
            kind=kind,
            reasons=(Reason(rule="target-test-red", message=message),) if message else (),
            checks=(check(outcome, *failing, tail=tail),),
            tree_hash="9fceb02d0ae598e95dc970b74767f19372d61af8",
            base_commit="1f2e3d4c5b6a79880f1e2d3c4b5a69788796a5b4",
            changed_files=("src/numbers.py",),
        ),
        session_ref=f"session-{task_id}-{number}.md", session_sha256="0" * 64,
        session_text=f"---\ntask: {task_id}\n---\n# Objective\nMake gcd right.\n\n# Next\n- test",
        commit=f"{number:x}a2b3c4d5e6f", diff_sha256="1" * 64, has_signal=is_pass,
        agent="scripted", duration_s=61.0 * number,
        usage=Usage(input_tokens=12000, output_tokens=900, cost_usd=Decimal("0.07"), calls=9),
        decision=decision,
    )  # fmt: skip


def escalation(number: int, task_id: str, command: str, **changes: object) -> Escalation:
    """An open question that has waited for ten minutes times its number."""
    values: dict[str, object] = {
        "escalation_id": EscalationId(f"esc-{number}"), "task_id": TaskId(task_id),
        "project": "demo", "iteration": 1,
        "action": Action(kind=ActionKind.RUN_COMMAND, target=command),
        "rule": "destructive-path", "why": "it deletes files outside the worktree",
        "effect": "removes a folder and all that is in it", "severity": Severity.HIGH,
        "state": EscalationState.OPEN, "raised_at": NOW - timedelta(minutes=10 * number),
    }  # fmt: skip
    return Escalation(**{**values, **changes})  # type: ignore[arg-type]  # fields by name


def entry(kind: EntryKind, text: str, *, is_error: bool = False) -> TranscriptEntry:
    return TranscriptEntry(at="2026-01-05T21:58:00Z", kind=kind, text=text, is_error=is_error)


def busy_face() -> FakeFace:
    """The whole scene."""
    face = FakeFace()
    for task in _tasks():
        face.tasks[task.task_id] = task
    face.checkpoints = _checkpoints()
    face.escalations = [
        escalation(1, WAITING, "rm -rf ~/.cache/demo && mkdir -p ~/.cache/demo"),
        _write_question(),
    ]
    face.usage_by_task = {
        RUNNING: Usage(
            input_tokens=52_300, output_tokens=4_100, cost_usd=Decimal("0.41"), calls=31
        ),
        WAITING: Usage(input_tokens=9_000, output_tokens=700, unpriced_calls=2, calls=2),
    }
    face.knowledge = {
        RUNNING: (
            KnowledgeHit(ko_id="KO-zero-args", title="gcd(0, n) is n", iteration=3, score=0.83),
        )
    }
    face.live = {RUNNING: 3, WAITING: 1, TaskId("fix-slug"): 2}
    face.transcripts = {(RUNNING, 3): _talk(), (WAITING, 1): _talk()[:3]}
    return face


def _tasks() -> list[WorkItem]:
    state = TaskState
    return [
        item(RUNNING, "gcd of zero and n must be n", state.RUNNING, iteration_count=2, priority=2),
        item(WAITING, "empty the cache before the run", state.WAITING, priority=1),
        item("write-hosts", "name the test server", state.WAITING),
        item(
            "port-config", "read the port from the file", state.BLOCKED, iteration_count=2,
            error_log="the target test needs a server that is not there: start it, then retry",
        ),
        item("fix-slug", "slugs keep one dash", state.VERIFYING, iteration_count=1, priority=3),
        item("fix-dates", "leap years in date ranges", iteration_count=0, priority=4),
        item("fix-wrap", "wrap text at wide characters such as 漢字", priority=6),
        item("refactor-io", "one reader for all files", depends_on=(TaskId("fix-dates"),),
             unmet_dependencies=1, priority=6),
        item("fix-sort", "stable sort of equal keys", state.PAUSED, priority=7),
        item(DONE, "median of an even list", state.COMPLETED, iteration_count=1),
        item("fix-csv", "quotes inside quoted fields", state.FAILED, iteration_count=15,
             error_log="15 iterations are used up without a PASS"),
        item("fix-old", "no longer wanted", state.CANCELLED),
    ]  # fmt: skip


def _checkpoints() -> dict[TaskId, list[Checkpoint]]:
    red = "tests/test_numbers.py::test_gcd_of_zero is still red"
    return {
        RUNNING: [
            checkpoint(RUNNING, 1, VerdictKind.FAIL, red, "again: 14 iterations left"),
            checkpoint(RUNNING, 2, VerdictKind.FAIL, red, "again: the diff changed"),
        ],
        DONE: [checkpoint(DONE, 1, VerdictKind.PASS, decision="done: PASS with signal")],
        TaskId("port-config"): [
            checkpoint("port-config", 1, VerdictKind.BLOCKED, "no server on port 8080", "blocked")
        ],
        TaskId("fix-slug"): [checkpoint("fix-slug", 1, VerdictKind.FAIL, red)],
        TaskId("fix-csv"): [checkpoint("fix-csv", 1, VerdictKind.FAIL, red)],
    }


def _write_question() -> Escalation:
    diff = "--- a/hosts\n+++ b/hosts\n@@ -1 +1,2 @@\n 127.0.0.1 localhost\n+10.0.0.7 testserver"
    return escalation(
        2, "write-hosts", "",
        action=Action(kind=ActionKind.WRITE_FILE, target="/etc/hosts", detail=diff),
        rule="outside-worktree", why="the path leaves the worktree", severity=Severity.MEDIUM,
        effect="changes how this machine finds others",
    )  # fmt: skip


def _talk() -> list[TranscriptEntry]:
    return [
        entry(EntryKind.PROMPT, "Objective: gcd of zero and n must be n"),
        entry(EntryKind.TEXT, "The loop ends at once when the first "),
        entry(EntryKind.TEXT, "argument is zero. I look at the code.\n"),
        entry(EntryKind.TOOL, "sed -n 1,40p src/numbers.py"),
        entry(
            EntryKind.OUTPUT, "def gcd(a, b):\n    while a:\n        a, b = b % a, a\n    return a"
        ),
        entry(EntryKind.TEXT, "It returns the wrong one of the two."),
        entry(EntryKind.TOOL, "edit src/numbers.py"),
        entry(EntryKind.GUARD, "allowed by contract BugFix"),
        entry(EntryKind.OUTPUT, "no such text in the file", is_error=True),
        entry(EntryKind.ENGINE, "committed 3a2b3c4d"),
        entry(EntryKind.CHECK, "41 passed in 2.3s\n"),
        entry(EntryKind.VERDICT, "PASS"),
        entry(EntryKind.USAGE, "12.9k tokens, $0.07"),
    ]
