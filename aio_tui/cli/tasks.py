"""`aio-tui task ...`: the work queue as commands."""

from __future__ import annotations

import argparse
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from aio_tui.amounts import cents, named, whole
from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_json, print_lines, print_table, warn
from aio_tui.cli.session import engine_of, give
from aio_tui.cli.verdicts import verdict_document, verdict_lines
from aio_tui.wording import MERGE_SIGNS, counted, sign_of, sign_of_view
from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import InputError
from engine.domain.escalation import EscalationState
from engine.domain.ids import TaskId, parse_task_id
from engine.domain.orders import (
    CancelTask,
    GrantIterations,
    MessageTask,
    Order,
    OverrideVerdict,
    PauseRun,
    PauseTask,
    ResumeRun,
    ResumeTask,
    RetryTask,
    SetAgent,
    SetMoney,
    SetPriority,
    SetTokens,
    ShiftPriority,
    SteerTask,
)
from engine.domain.state import SEED_STATUS, TaskState
from engine.domain.verdict import VerdictKind
from engine.domain.work import SCOPE, NewTask, TaskType, WorkItem
from engine.ports.cockpit import RunState, TaskView
from engine.ports.store import TaskQuery

E = TypeVar("E", bound=StrEnum)


async def add(args: argparse.Namespace) -> Exit:
    """Queue one task."""
    task = NewTask(
        task_id=parse_task_id(args.task_id),
        project=settings_of(args).project,
        description=args.description,
        type=choice(TaskType, args.type, "type"),
        tests=tuple(args.test),
        files=tuple(args.file),
        depends_on=tuple(parse_task_id(raw) for raw in args.depends_on),
        priority=args.priority,
        branch=args.branch,
        backend=args.backend,
        max_iterations=args.max_iterations,
        metadata={SCOPE: list(args.scope)} if args.scope else {},
    )
    async with engine_of(args) as engine:
        items = await engine.add_tasks([task])
    _print_items(args, items, f"task {task.task_id!r} is queued")
    return Exit.DONE


async def show_list(args: argparse.Namespace) -> Exit:
    """The tasks, those that need a human first."""
    states = frozenset(choice(TaskState, raw, "state") for raw in args.state)
    project = None if args.all_projects else settings_of(args).project
    async with engine_of(args) as engine:
        run = engine.run_state
        items = await engine.tasks(TaskQuery(project=project, states=states, limit=1_000_000))
        asked = await engine.escalations(states=frozenset({EscalationState.OPEN}))
        lacks = await engine.lacking(items)
    asking = {question.task_id for question in asked}
    if args.json:
        print_json([as_document(item) for item in items])
    elif items:
        header = ("ID", "STATE", "PRIO", "ITER", "BRANCH", "DESCRIPTION")
        print_table(
            header,
            [
                _row(item, run, lacks.get(item.task_id, ""), is_asking=item.task_id in asking)
                for item in items
            ],
        )
    else:
        print_lines(["no tasks"])
    return Exit.DONE


async def show(args: argparse.Namespace) -> Exit:
    """Everything about one task."""
    async with engine_of(args) as engine:
        view = await engine.task_view(TaskId(args.task_id))
    if args.json:
        document = as_document(view.item)
        document["checkpoints"] = [checkpoint_document(point) for point in view.checkpoints]
        document["budget"] = view.budget
        document["notes"] = view.notes
        print_json(document)
    else:
        print_lines(_story(view))
    return Exit.DONE


async def cancel(args: argparse.Namespace) -> Exit:
    """End a task; its branch stays."""
    return await give(args, CancelTask(task_id=TaskId(args.task_id)))


async def retry(args: argparse.Namespace) -> Exit:
    """Put an ended task back into the queue."""
    return await give(args, RetryTask(task_id=TaskId(args.task_id)))


async def pause(args: argparse.Namespace) -> Exit:
    """Hold a task, or the whole queue, at the next safe point or at once."""
    if args.all:
        return await give(args, PauseRun(at_once=args.now))
    return await give(args, PauseTask(task_id=TaskId(args.task_id), at_once=args.now))


async def resume(args: argparse.Namespace) -> Exit:
    """Let a paused task, or the whole queue, go on."""
    order = ResumeRun() if args.all else ResumeTask(task_id=TaskId(args.task_id))
    return await give(args, order)


async def prioritize(args: argparse.Namespace) -> Exit:
    """Change how urgent a task is."""
    task_id = TaskId(args.task_id)
    if args.priority is not None:
        return await give(args, SetPriority(task_id=task_id, priority=args.priority))
    steps = args.less if args.more is None else -args.more
    return await give(args, ShiftPriority(task_id=task_id, steps=steps))


async def steer(args: argparse.Namespace) -> Exit:
    """A note for the next iteration."""
    return await give(args, SteerTask(task_id=TaskId(args.task_id), note=args.note))


async def message(args: argparse.Namespace) -> Exit:
    """A message for the agent that is at work now."""
    return await give(args, MessageTask(task_id=TaskId(args.task_id), text=args.text))


async def budget(args: argparse.Namespace) -> Exit:
    """Change what the task may still use."""
    task_id = TaskId(args.task_id)
    orders: list[Order] = []
    if args.iterations is not None:
        orders.append(GrantIterations(task_id=task_id, iterations=args.iterations))
    if args.usd is not None:
        orders.append(SetMoney(task_id=task_id, max_cost_cents=cents(args.usd)))
    if args.tokens is not None:
        orders.append(SetTokens(task_id=task_id, max_tokens=whole(args.tokens, "tokens")))
    if not orders:
        raise InputError("nothing is to change", hint="use --iterations, --usd or --tokens")
    return await give(args, *orders)


async def agent(args: argparse.Namespace) -> Exit:
    """Change who works on the task from its next iteration on."""
    if args.backend is None and args.model is None:
        raise InputError("nothing is to change", hint="use --backend or --model")
    async with engine_of(args) as engine:
        item = (await engine.task_view(TaskId(args.task_id))).item
    order = SetAgent(
        task_id=item.task_id,
        backend=item.backend if args.backend is None else named(args.backend),
        model=item.model if args.model is None else named(args.model),
    )
    return await give(args, order)


async def override(args: argparse.Namespace) -> Exit:
    """The operator's verdict instead of the engine's."""
    verdict = VerdictKind(args.verdict)
    order = OverrideVerdict(task_id=TaskId(args.task_id), verdict=verdict, reason=args.reason)
    return await give(args, order)


async def import_queue(args: argparse.Namespace) -> Exit:
    """Queue the tasks of a JSON file, all or none."""
    async with engine_of(args) as engine:
        path = args.file or _default_file(engine.settings.repo, engine.settings.project)
        items = await engine.import_queue(path)
    from engine.app.queue_typos import likely_typos  # late: other commands do not need it

    for line in likely_typos(path):
        warn(line)
    _print_items(args, items, f"{len(items)} tasks queued from {path}")
    return Exit.DONE


async def export_queue(args: argparse.Namespace) -> Exit:
    """Write the queue as a JSON file."""
    async with engine_of(args) as engine:
        path = args.file or _default_file(engine.settings.repo, engine.settings.project)
        count = await engine.export_queue(path)
    if args.json:
        print_json({"file": str(path), "tasks": count})
    else:
        print_lines([f"{count} tasks written to {path}"])
    return Exit.DONE


def as_document(item: WorkItem) -> dict[str, object]:
    """The task for --json."""
    return {
        "task_id": item.task_id,
        "project": item.project,
        "description": item.description,
        "type": item.type,
        "agent": item.role,
        "team": item.team,
        "backend": item.backend,
        "model": item.model,
        "max_cost_usd": None if item.max_cost_cents is None else item.max_cost_cents / 100,
        "max_tokens": item.max_tokens,
        "taken_by": item.taken_by or None,
        "branch": item.branch,
        "priority": item.priority,
        "state": item.state,
        "status": SEED_STATUS[item.state],
        "iterations": item.iteration_count,
        "depends_on": item.depends_on,
        "unmet_dependencies": item.unmet_dependencies,
        "tests": item.tests,
        "files": item.files,
        "scope": item.metadata.get(SCOPE, ()),
        "retry_count": item.retry_count,
        "reason": item.error_log or None,
        "branched_from": item.branched_from,
        "branched_at": item.branched_at,
        "base_commit": item.base_commit,
        "commit": item.head_commit,
        "session_ref": item.session_ref,
        "merge_state": item.merge_state,
        "merged_commit": item.merged_commit,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def checkpoint_document(point: Checkpoint) -> dict[str, object]:
    """One iteration for --json."""
    return {
        "iteration": point.iteration_count,
        "at": point.timestamp,
        "agent": point.agent,
        "commit": point.commit,
        "session_ref": point.session_ref,
        "duration_s": round(point.duration_s, 3),
        "tokens": point.usage.tokens,
        "cost_usd": point.usage.cost_usd,
        "decision": point.decision,
        "verdict": verdict_document(point.verdict),
    }


def _story(view: TaskView) -> list[str]:
    item, calls = view.item, view.usage.unpriced_calls
    least = "at least " if calls else ""
    unknown = f"; the cost of {counted(calls, 'call')} is unknown" if calls else ""
    lines = [
        f"{item.task_id}  {sign_of_view(view).word}  (priority {item.priority})",
        f"  {item.description}",
        f"  branch {item.branch}  commit {(item.head_commit or 'none yet')[:12]}",
        f"  iterations {item.iteration_count} of {view.budget}  "
        f"tokens {view.usage.tokens}  cost {least}${view.usage.cost_usd:.4f}{unknown}",
    ]
    if item.branched_from:
        lines.append(f"  begins where iteration {item.branched_at} of {item.branched_from} ended")
    if item.merge_state:
        word = MERGE_SIGNS[item.merge_state].word
        lines.append(f"  merge {word}  {(item.merged_commit or '')[:12]}".rstrip())
    if item.error_log:
        lines.append(f"  {item.error_log}")
    if view.lacks:
        lines.append(f"  waits for its backend: {view.lacks}")
    if item.unmet_dependencies:
        lines.append(f"  waits for {', '.join(item.depends_on)}")
    for point in view.checkpoints:
        lines.append(f"iteration {point.iteration_count}: {point.decision}")
        told = verdict_lines(point.verdict, shows_evidence=point is view.checkpoints[-1])
        lines += [f"  {line}" for line in told]
    return lines


def _print_items(args: argparse.Namespace, items: list[WorkItem], line: str) -> None:
    if args.json:
        print_json([as_document(item) for item in items])
    else:
        print_lines([line])


def _row(item: WorkItem, run: RunState, lacks: str, *, is_asking: bool) -> tuple[str, ...]:
    """The state as the cockpit calls it."""
    return (
        item.task_id,
        sign_of(item, is_asking=is_asking, run=run, lacks=lacks).word,
        str(item.priority),
        str(item.iteration_count),
        item.branch,
        " ".join(item.description.split())[:80],
    )


def choice(kind: type[E], raw: str, what: str) -> E:
    """The member of `kind` that has this value.

    Raises:
        InputError: none has; the hint lists them.
    """
    try:
        return kind(raw)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise InputError(f"{what} {raw!r} is unknown", hint=f"use one of: {known}") from None


def _default_file(repo: Path, project: str) -> Path:
    return repo / "tasks" / f"work_queue_{project}.json"
