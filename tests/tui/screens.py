"""A face with something to see on every screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.escalation import EscalationState
from engine.domain.facts import (
    Fact,
    IterationFinished,
    IterationStarted,
    OrderGiven,
    WarningRaised,
)
from engine.domain.ids import TaskId
from engine.domain.steps import NextStep, Step
from engine.domain.transcript import EntryKind
from engine.domain.usage import Usage
from engine.domain.verdict import VerdictKind
from engine.domain.work import NewTask
from engine.ports.knowledge import KnowledgeFile, Shelf
from engine.ports.log import LogLevel, LogLine
from engine.ports.report import Chapter, Report, ReportedTask, Waste
from engine.ports.search import SearchGroup, SearchHit, SearchPart
from engine.ports.store import Transaction
from engine.store.memory import MemoryStore
from tests.support.change_scene import change_face
from tests.support.clock import FakeClock
from tests.support.face import NOW, FakeFace
from tests.support.merge_scene import MERGED, TO_MERGE
from tests.support.scene import RUNNING, WAITING, busy_face, checkpoint, entry, escalation


def decision(number: int, **changes: object) -> Decision:
    """The decision of this number, a minute after the one before."""
    values: dict[str, object] = {
        "at": NOW - timedelta(hours=2) + timedelta(minutes=number),
        "kind": DecisionKind.GUARDRAIL,
        "task_id": RUNNING,
        "repo": "demo",
        "decision": "ask",
        "value": f"pip install thing-{number}",
        "confidence": 1.0,
        "severity": Severity.MEDIUM,
        "approver": "engine",
        "reason": "the contract asks before packages are installed",
        "ref": f"esc-{number}",
    }
    return Decision(**{**values, **changes})  # type: ignore[arg-type]  # values by name


async def every_face() -> FakeFace:
    """The busy scene, with something to read, to merge and to revert."""
    face = busy_face()
    _add_work(face)
    face.made_decisions = [
        decision(1),
        decision(
            2,
            kind=DecisionKind.ESCALATION_ANSWER,
            task_id=WAITING,
            decision="deny",
            value="rm -rf build",
            approver="kim",
            severity=Severity.HIGH,
            reason="not outside of the worktree",
        ),
        decision(3, kind=DecisionKind.RUN_CONTROL, task_id=None, decision="pause run", value="all"),
    ]
    face.found = search_parts()
    face.told_report = report(face)
    face.log = log_lines()
    face.knowledge_files = knowledge_files()
    face.store = await journal()
    return face


def _add_work(face: FakeFace) -> None:
    """Verified work that waits for the operator, work that is merged, and an iteration before."""
    changes = change_face()
    for task_id in (TO_MERGE, MERGED):
        face.tasks[task_id] = changes.tasks[task_id]
    face.checkpoints[TO_MERGE] = changes.checkpoints[TO_MERGE]
    face.changes = changes.changes
    face.escalations[0] = replace(
        face.escalations[0],
        foreseen=("deletes ~/.cache/demo and all in it", "makes ~/.cache/demo"),
        risk="high: it may be hard to undo, or concern others",
        wanted="The cache holds files of an older version. I empty it and run the tests again.",
    )
    face.stream(
        RUNNING, 2,
        entry(EntryKind.PROMPT, "# Objective\ngcd of zero and n must be n"),
        entry(EntryKind.TOOL, "sed -n 1,40p src/numbers.py"),
        entry(EntryKind.OUTPUT, "def gcd(a, b):"),
        entry(EntryKind.TOOL, "rm -rf /"),
        entry(EntryKind.GUARD, "denied by destructive-path: it deletes all", is_error=True),
    )  # fmt: skip


async def journal() -> MemoryStore:
    """A store whose journal has a few facts, the newest a minute before now."""
    clock = FakeClock(NOW - timedelta(minutes=10))
    store = MemoryStore(clock)
    new = NewTask(task_id=RUNNING, project="demo", description="gcd of zero and n must be n")
    await store.write(lambda tx: tx.add_tasks([new]))
    await store.write(_record_work)
    for fact in (
        IterationStarted(iteration=1, agent="scripted"),
        WarningRaised(text="the session file of iteration 1 is damaged: the copy is used"),
        IterationFinished(
            iteration=1, verdict="FAIL", decision="again: 14 iterations left", duration_s=61.0,
            cost_usd="0.07", tokens=12_900,
        ),
        OrderGiven(order_id="ord-1", order_kind="steer_task", by="kim"),
    ):  # fmt: skip
        clock.advance(120)
        await store.write(partial(_append, fact))
    return store


def _record_work(tx: Transaction) -> None:
    """Two iterations, their cost, and a question that was answered at once."""
    usage = Usage(input_tokens=12_000, output_tokens=900, cost_usd=Decimal("0.25"), calls=9)
    for number, kind in ((1, VerdictKind.FAIL), (2, VerdictKind.PASS)):
        tx.add_checkpoint(checkpoint(RUNNING, number, kind, "red"))
        tx.add_usage(RUNNING, iteration=number, agent="scripted", model="m", usage=usage)
    asked = escalation(9, RUNNING, "pip install thing")
    tx.add_escalation(asked)
    tx.answer_escalation(
        asked.escalation_id, state=EscalationState.DENIED, by="kim", reason="no", scope=None
    )


def _append(fact: Fact, tx: Transaction) -> None:
    tx.append_facts(fact, task_id=RUNNING)


def log_lines() -> list[LogLine]:
    """A warning and an error with its traceback."""
    return [
        LogLine(
            at=NOW - timedelta(minutes=7), level=LogLevel.WARNING, source="engine.app.engine",
            text="NO SANDBOX: off in aio.toml: programs of agents run with your rights",
        ),
        LogLine(
            at=NOW - timedelta(minutes=3), level=LogLevel.ERROR, source="engine.loop.autonomous",
            text="task fix-csv failed\nTraceback (most recent call last):\n  ...\nValueError: no",
        ),
    ]  # fmt: skip


def knowledge_files() -> list[KnowledgeFile]:
    """One object on each of two shelves."""
    return [
        KnowledgeFile(
            ko_id="KO-zero-args", title="gcd(0, n) is n", shelf=Shelf.APPROVED,
            file="approved/KO-zero-args.md", tags=("math", "edge-case"), consulted=3,
            changed_at=NOW - timedelta(days=2),
            text='---\n{"id": "KO-zero-args"}\n---\n# gcd(0, n) is n\nMind the zero first.',
        ),
        KnowledgeFile(
            ko_id="KO-dash", title="Slugs keep one dash", shelf=Shelf.DRAFTS,
            file="drafts/KO-dash.md", tags=(), consulted=0, changed_at=NOW - timedelta(hours=5),
            text="# Slugs keep one dash\nNever two.",
        ),
    ]  # fmt: skip


def report(face: FakeFace) -> Report:
    """A task in each chapter."""
    items, usage = face.tasks, Usage(input_tokens=52_300, cost_usd=Decimal("0.41"), calls=31)

    def told(
        task_id: str, chapter: Chapter, step: NextStep | None = None, **values: object
    ) -> ReportedTask:
        known: dict[str, object] = {
            "item": items[TaskId(task_id)], "chapter": chapter, "usage": Usage(), "iterations": 1,
            "work_s": 61.0, "waste": Waste(), "why": "", "next_step": step,
        }  # fmt: skip
        return ReportedTask(**{**known, **values})  # type: ignore[arg-type]  # by name

    revert = NextStep(words="undo it if you must", step=Step.REVERT, about="fix-sort")
    merge = NextStep(words="merge it", step=Step.MERGE, about="fix-median")
    retry = NextStep(words="let it try again", step=Step.RETRY, about="fix-csv")
    proof = NextStep(words="look at its proof", step=Step.VERIFY, about="fix-old")
    look = NextStep(words="it is at work: see how", step=Step.SHOW_TASK, about="fix-gcd")
    return Report(
        project="demo",
        since=None,
        until=NOW,
        tasks=(
            told("fix-sort", Chapter.MERGED, revert),
            told("fix-median", Chapter.TO_MERGE, merge, usage=usage, work_s=3725.0),
            told("fix-old", Chapter.CLAIMED, proof),
            told("port-config", Chapter.BLOCKED, retry, why=items[TaskId("port-config")].error_log),
            told(
                "fix-csv", Chapter.FAILED, retry, usage=usage, iterations=15,
                waste=Waste(lost_usd=Decimal("0.41"), time_s=915.0),
                why="15 iterations are used up without a PASS",
            ),
            told("fix-gcd", Chapter.UNDER_WAY, look, usage=usage),
        ),
        questions=(),
        usage=usage + usage + usage,
        guardrails=(("destructive-path", 2),),
        warnings=(),
    )  # fmt: skip


def search_parts() -> list[SearchPart]:
    """What every search finds in this scene: something of each group."""
    return [
        SearchPart(
            group=SearchGroup.TASKS,
            hits=(
                SearchHit(
                    group=SearchGroup.TASKS,
                    where="fix-gcd, running",
                    excerpt="gcd of zero and n must be n",
                    task_id=RUNNING,
                    at="2026-01-05T21:56:00+00:00",
                ),
            ),
            is_over=True,
        ),
        SearchPart(
            group=SearchGroup.DECISIONS,
            hits=(
                SearchHit(
                    group=SearchGroup.DECISIONS,
                    where="fix-gcd, guardrail",
                    excerpt="ask: pip install thing-1 the contract asks before",
                    task_id=RUNNING,
                    at="2026-01-05T20:01:00+00:00",
                    ref="ask: pip install thing-1\nthe contract asks before packages are installed",
                ),
            ),
            is_over=True,
        ),
        SearchPart(
            group=SearchGroup.KNOWLEDGE,
            hits=(
                SearchHit(
                    group=SearchGroup.KNOWLEDGE,
                    where="gcd(0, n) is n (approved)",
                    excerpt="gcd of zero and any number is that number",
                    at="2026-01-03T09:00:00+00:00",
                    ref="approved/KO-zero-args.md",
                ),
            ),
            is_over=True,
        ),
        SearchPart(
            group=SearchGroup.TRANSCRIPTS,
            hits=(
                SearchHit(
                    group=SearchGroup.TRANSCRIPTS,
                    where="fix-gcd, iteration 2, text",
                    excerpt="…the loop ends before gcd looks at zero, so I return n at once…",
                    task_id=RUNNING,
                    iteration=2,
                    at="2026-01-05T21:40:12Z",
                    more=4,
                ),
            ),
            is_over=True,
            note="stopped after 10 s: not all files were looked through",
        ),
    ]
