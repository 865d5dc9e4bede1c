"""`aio-tui decisions replay`: the story of a task in order, each with its evidence."""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from datetime import datetime

from aio_tui.cli.decisions import document
from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, warn
from aio_tui.cli.session import engine_of
from aio_tui.cli.story import sentence
from aio_tui.fact_words import moved_words
from engine.domain.audit import RecordedDecision
from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation
from engine.domain.facts import JournalEntry, TaskMoved
from engine.domain.ids import parse_task_id
from engine.domain.values import dataclass

_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened, and what shows it."""

    at: datetime
    what: str
    """`decision`, `event`, `checkpoint` or `escalation`."""
    text: str
    evidence: dict[str, object] = field(default_factory=dict)


async def replay(args: argparse.Namespace) -> Exit:
    """How the task came to its state."""
    task_id = parse_task_id(args.task_id)
    async with engine_of(args) as engine:
        view = await engine.task_view(task_id)
        facts = await engine.task_facts(task_id)
        recorded, warnings = await engine.recorded(task_id)
    for warning in warnings:
        warn(warning)
    points = sorted(view.checkpoints, key=lambda point: point.iteration_count)
    asked = sorted(view.escalations, key=lambda one: one.raised_at)
    steps = told(
        map(_decision, recorded), filter(None, map(_event, facts)),
        map(_checkpoint, points), map(_escalation, asked),
    )  # fmt: skip
    if args.json:
        rows = [{"at": s.at, "what": s.what, "text": s.text, **s.evidence} for s in steps]
        print_json({"task_id": task_id, "state": view.item.state, "steps": rows})
    else:
        print_lines([line for step in steps for line in _lines(step)])
        print_lines([f"now: {view.item.word}"])
    return Exit.DONE


def told(*stories: Iterable[Step]) -> list[Step]:
    """All in one row by time. Each story keeps its own order, also where a clock was set back."""
    clocked = (_clocked(index, story) for index, story in enumerate(stories))
    return [step for _, _, _, step in heapq.merge(*clocked, key=lambda one: one[:3])]


def _clocked(story: int, steps: Iterable[Step]) -> Iterator[tuple[datetime, int, int, Step]]:
    latest = None
    for place, step in enumerate(steps):
        latest = step.at if latest is None else max(latest, step.at)
        yield latest, story, place, step


def _decision(recorded: RecordedDecision) -> Step:
    one = recorded.decision
    value = " ".join(one.value.split())[:_SHOWN]
    because = f": {one.reason}" if one.reason else ""
    place = {"file": recorded.file, "line": recorded.line, "seq": recorded.seq}
    return Step(
        at=one.at,
        what="decision",
        text=f"{one.kind} {one.decision} {value} by {one.approver}{because}",
        evidence={"decision": document(one), **place, "hash": recorded.digest},
    )


def _event(entry: JournalEntry) -> Step | None:
    fact = entry.fact
    if isinstance(fact, TaskMoved):
        because = f": {fact.reason}" if fact.reason else ""
        text = f"{moved_words(fact)} ({fact.trigger}){because}"
    else:
        told = sentence(replace(entry, task_id=None))
        if told is None:
            return None
        text = told.partition("  ")[2]
    return Step(at=entry.at, what="event", text=text, evidence={"journal": entry.seq})


def _checkpoint(point: Checkpoint) -> Step:
    verdict = point.verdict
    checks = [
        {
            "name": check.name,
            "command": list(check.command),
            "exit_code": check.exit_code,
            "outcome": check.outcome,
            "tests_executed": check.tests_executed,
            "failures": list(check.failures),
        }
        for check in verdict.checks
    ]
    reasons = [f"{reason.rule}: {reason.message}" for reason in verdict.reasons]
    return Step(
        at=point.timestamp,
        what="checkpoint",
        text=f"iteration {point.iteration_count}, {point.agent}: {verdict.kind}; {point.decision}",
        evidence={
            "iteration": point.iteration_count,
            "verdict": verdict.kind,
            "reasons": reasons,
            "checks": checks,
            "tree": verdict.tree_hash,
            "commit": point.commit,
            "session": point.session_ref,
            "session_sha256": point.session_sha256,
            "cost_usd": point.usage.cost_usd,
        },
    )


def _escalation(one: Escalation) -> Step:
    by = f" by {one.answered_by}" if one.answered_by else ""
    return Step(
        at=one.raised_at,
        what="escalation",
        text=f"{one.rule} asks about {' '.join(one.action.target.split())[:_SHOWN]}"
        f" ({one.effect}); it is {one.state}{by}",
        evidence={
            "escalation_id": one.escalation_id,
            "action": {"kind": one.action.kind, "target": one.action.target},
            "severity": one.severity,
            "state": one.state,
            "answered_by": one.answered_by,
            "reason": one.reason,
        },
    )


def _lines(step: Step) -> Iterator[str]:
    yield f"{step.at:%Y-%m-%d %H:%M:%S}  {step.what:<10}  {step.text}"
    evidence = step.evidence
    if step.what == "decision":
        yield f"{'':21}{evidence['file']} line {evidence['line']}, {evidence['hash']!s:.16}"
    elif step.what == "checkpoint":
        yield f"{'':21}commit {evidence['commit']!s:.12}, {evidence['session']}"
        for text in (*_texts(evidence["reasons"]), *_texts(evidence["checks"])):
            yield f"{'':21}{text}"


def _texts(raw: object) -> Iterator[str]:
    for one in raw if isinstance(raw, list) else ():
        if isinstance(one, dict):
            count = one["tests_executed"]
            tests = "" if count is None else f", {count} tests"
            yield f"check {one['name']}: {one['outcome']}, exit code {one['exit_code']}{tests}"
        else:
            yield str(one)
