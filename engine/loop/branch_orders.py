"""A second way from a checkpoint: a new task that begins where an iteration of another ended."""

from __future__ import annotations

from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import InputError, UnknownTaskError
from engine.domain.facts import TaskBranched
from engine.domain.ids import TaskId, parse_task_id
from engine.domain.orders import BranchTask
from engine.domain.steps import NextStep, Step
from engine.domain.work import SCOPE, NewTask, WorkItem
from engine.ports.store import Reader, Transaction

_ID_CHARS = 80


def check_branch(reader: Reader, order: BranchTask) -> None:
    """Refuse what no task can be branched to.

    Raises:
        UnknownTaskError, InputError: what is wrong, and what to use.
    """
    point_of(reader, order)
    for name in (order.backend, order.model):
        if name is not None and not (name.strip() and name.isprintable()):
            raise InputError(f"{name!r} is no name", hint="name a backend or a model")
    least = {"iterations": (order.max_iterations, 1), "hundredths of a dollar":
             (order.max_cost_cents, 0), "tokens": (order.max_tokens, 0)}  # fmt: skip
    for what, (amount, fewest) in least.items():
        if amount is not None and amount < fewest:
            raise InputError(f"{amount} {what} are no budget", hint=f"use {fewest} or more")


def branch(tx: Transaction, order: BranchTask, by: str) -> tuple[WorkItem, str]:
    """Queue the new task; it, and what was done.

    Raises:
        UnknownTaskError: there is no such task.
        InputError: it has no such checkpoint, or the new id is none.
        DuplicateTaskError: the new id is taken.
    """
    origin, point = tx.task(order.task_id), point_of(tx, order)
    new_id = branch_id(tx, order)
    tx.add_tasks([_new_task(origin, order, new_id)])
    item = tx.update_task(
        new_id,
        base_commit=origin.base_commit,
        head_commit=point.commit,
        branched_from=origin.task_id,
        branched_at=point.iteration_count,
        model=order.model,
        max_cost_cents=_else(order.max_cost_cents, origin.max_cost_cents),
        max_tokens=_else(order.max_tokens, origin.max_tokens),
    )
    fact = TaskBranched(
        origin=origin.task_id, iteration=point.iteration_count, commit=point.commit, by=by
    )
    tx.append_facts(fact, task_id=new_id, project=origin.project)
    where = f"iteration {point.iteration_count} of {origin.task_id}"
    return item, f"{new_id} is queued: it begins where {where} ended, at {point.commit[:12]}"


def branch_id(reader: Reader, order: BranchTask) -> TaskId:
    """The id of the new task: the wanted one, or the first free one that says where it begins.

    Raises:
        InputError: the wanted one is none.
    """
    if order.new_id:
        return parse_task_id(order.new_id)
    number = 1
    while True:
        end = f"-at{order.iteration}" + (f"-{number}" if number > 1 else "")
        new_id = parse_task_id(f"{order.task_id[: _ID_CHARS - len(end)]}{end}")
        if not _is_taken(reader, new_id):
            return new_id
        number += 1


def point_of(reader: Reader, order: BranchTask) -> Checkpoint:
    """The checkpoint to begin at.

    Raises:
        UnknownTaskError: there is no such task.
        InputError: it has no such checkpoint.
    """
    reader.task(order.task_id)
    points = reader.checkpoints(order.task_id)
    for point in points:
        if point.iteration_count == order.iteration:
            return point
    known = f"it has 1 to {len(points)}" if points else "it has none yet"
    raise InputError(
        f"task {order.task_id!r} has no checkpoint {order.iteration}: {known}",
        hint=NextStep(
            words="each iteration that has ended leaves one: look at them",
            step=Step.SHOW_TASK,
            about=order.task_id,
        ),
    )


def in_words(reader: Reader, order: BranchTask) -> str:
    """What the order makes of what, for the audit trail."""
    said = f": {order.say}" if order.say.strip() else ""
    by = f"backend {order.backend or 'as configured'}, model {order.model or 'as configured'}"
    budgets = {
        "iterations": order.max_iterations,
        "cents": order.max_cost_cents,
        "tokens": order.max_tokens,
    }
    by += "".join(f", {number} {what}" for what, number in budgets.items() if number is not None)
    return f"{branch_id(reader, order)} from iteration {order.iteration} ({by}){said}"


def _else(own: int | None, of_origin: int | None) -> int | None:
    return of_origin if own is None else own


def _is_taken(reader: Reader, task_id: TaskId) -> bool:
    try:
        reader.task(task_id)
    except UnknownTaskError:
        return False
    return True


def _new_task(origin: WorkItem, order: BranchTask, new_id: TaskId) -> NewTask:
    """The same task under another name. What it waited for had come; findings of a scan stay with
    the first one, so that none is in two tasks.
    """
    return NewTask(
        task_id=new_id,
        project=origin.project,
        description=_description(origin, order.say.strip()),
        type=origin.type,
        role=origin.role,
        priority=origin.priority,
        files=origin.files,
        tests=origin.tests,
        backend=order.backend,
        max_iterations=_else(order.max_iterations, origin.max_iterations),
        complexity=origin.complexity,
        estimated_value_usd=origin.estimated_value_usd,
        metadata={SCOPE: origin.metadata[SCOPE]} if SCOPE in origin.metadata else {},
    )


def _description(origin: WorkItem, say: str) -> str:
    if not say:
        return origin.description
    return f"{origin.description}\n\nThe operator wants it done like this from here on: {say}"
