"""`aio-tui merge ...`: how verified work gets into the base branch."""

from __future__ import annotations

import argparse
import asyncio

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import operator
from aio_tui.cli.output import print_json, print_lines, print_table, warn
from aio_tui.cli.session import engine_of, give
from aio_tui.wording import MERGE_SIGNS
from engine.app.engine import Engine
from engine.domain.facts import WarningRaised
from engine.domain.ids import TaskId
from engine.domain.merge import MergeRecord
from engine.domain.orders import (
    DiscardWork,
    MergeTask,
    Order,
    OrderStatus,
    OverrideVerdict,
    RevertMerge,
)
from engine.domain.state import TaskState
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState, WorkItem
from engine.ports.store import TaskQuery

_ANY = frozenset(MergeState)
_BACK = frozenset({MergeState.CONFLICT, MergeState.RED})
_OVER = frozenset({MergeState.MERGED, MergeState.REVERTED})
_EVERYTHING = 1_000_000_000


async def show_list(args: argparse.Namespace) -> Exit:
    """Every task whose work was verified, and where it is on its way."""
    async with engine_of(args) as engine:
        items = await _of_project(engine)
        documents = [as_document(item, await engine.merges(item.task_id)) for item in items]
    if args.json:
        print_json(documents)
    elif items:
        print_table(("TASK", "STATE", "MERGE", "COMMIT", "WHY"), [_row(item) for item in items])
    else:
        print_lines(["no verified work"])
    return Exit.DONE


async def approve(args: argparse.Namespace) -> Exit:
    """Let the merge queue take these tasks, and wait for the outcome."""
    ids = list(dict.fromkeys(TaskId(task_id) for task_id in args.task_ids))
    orders = [MergeTask(task_id=task_id) for task_id in ids]
    return await _order_and_wait(args, ids, orders)


async def reject(args: argparse.Namespace) -> Exit:
    """Refuse verified work; its agent tries again with the reason."""
    order = OverrideVerdict(
        task_id=TaskId(args.task_id), verdict=VerdictKind.FAIL, reason=args.reason
    )
    return await give(args, order)


async def discard(args: argparse.Namespace) -> Exit:
    """Throw work away; its commits are kept under another name."""
    return await give(args, DiscardWork(task_id=TaskId(args.task_id), reason=args.reason))


async def revert(args: argparse.Namespace) -> Exit:
    """Undo a merge with a commit on the base branch, and wait for the outcome."""
    task_id = TaskId(args.task_id)
    order = RevertMerge(task_id=task_id, reason=args.reason)
    async with engine_of(args) as engine:
        began = await engine.last_seq()
        record = await engine.give(order, by=operator())
        if record.status is OrderStatus.REFUSED:
            warn(record.told())
            return Exit.USAGE
        await engine.work_through_merges()
        item = (await engine.task_view(task_id)).item
        document = as_document(item, await engine.merges(task_id))
        warnings = await _warnings(engine, began)
    _tell(args, [item], [document])
    for warning in warnings:
        warn(warning)
    is_done = item.merge_state is MergeState.REVERTED and not warnings
    return Exit.DONE if is_done else Exit.WAITING


async def run(args: argparse.Namespace) -> Exit:
    """Work through the queue now."""
    async with engine_of(args) as engine:
        queued = frozenset({MergeState.QUEUED})
        ids = [item.task_id for item in await _of_project(engine, queued)]
        merging = await engine.tasks(
            TaskQuery(project=engine.settings.project, states=frozenset({TaskState.MERGING}))
        )
        ids = list(dict.fromkeys([*ids, *(item.task_id for item in merging)]))
        return await _finish(args, engine, ids)


def as_document(item: WorkItem, attempts: list[MergeRecord]) -> dict[str, object]:
    """The task and its attempts for --json."""
    return {
        "task_id": item.task_id,
        "state": item.state,
        "merge_state": item.merge_state,
        "merged_commit": item.merged_commit,
        "branch": item.branch,
        "commit": item.head_commit,
        "reason": item.error_log or None,
        "attempts": [
            {
                "number": record.number,
                "at": record.at,
                "step": record.step,
                "base_branch": record.base_branch,
                "was": record.was,
                "result": record.result,
                "tag": record.tag or None,
                "reverted_by_commit": record.undo or None,
                "reason": record.reason or None,
            }
            for record in attempts
        ],
    }


async def _order_and_wait(
    args: argparse.Namespace, ids: list[TaskId], orders: list[MergeTask]
) -> Exit:
    async with engine_of(args) as engine:
        refused = [outcome for order in orders if (outcome := await _refusal(engine, order))]
        for line in refused:
            warn(line)
        code = await _finish(args, engine, ids)
    return Exit.USAGE if refused else code


async def _refusal(engine: Engine, order: Order) -> str:
    """Why the order was refused; empty: it was not."""
    record = await engine.give(order, by=operator())
    return record.told() if record.status is OrderStatus.REFUSED else ""


async def _finish(args: argparse.Namespace, engine: Engine, ids: list[TaskId]) -> Exit:
    began = await engine.last_seq()
    try:
        await engine.work_through_merges()
    except asyncio.CancelledError:
        warn("stopped: what was begun goes on with the next run, or with 'aio-tui merge run'")
        raise
    every = {item.task_id: item for item in await engine.tasks(_query(engine, frozenset()))}
    items = [every[task_id] for task_id in ids if task_id in every]
    documents = [as_document(item, await engine.merges(item.task_id)) for item in items]
    _tell(args, items, documents)
    warnings = await _warnings(engine, began)
    for warning in warnings:
        warn(warning)
    states = {item.merge_state for item in items}
    if states & _BACK:
        return Exit.FAILED
    return Exit.DONE if states <= _OVER and not warnings else Exit.WAITING


async def _warnings(engine: Engine, began: int) -> list[str]:
    """What was warned of since then, here or by the engine that runs."""
    facts = [entry.fact for entry in await engine.facts_after(began)]
    told = [fact.text for fact in facts if isinstance(fact, WarningRaised)]
    return list(dict.fromkeys([*(await engine.overview()).warnings, *told]))


def _tell(
    args: argparse.Namespace, items: list[WorkItem], documents: list[dict[str, object]]
) -> None:
    if args.json:
        print_json(documents)
    elif items:
        print_table(("TASK", "STATE", "MERGE", "COMMIT", "WHY"), [_row(item) for item in items])
    else:
        print_lines(["nothing is to be merged"])


async def _of_project(engine: Engine, merge_states: frozenset[MergeState] = _ANY) -> list[WorkItem]:
    return await engine.tasks(_query(engine, merge_states))


def _query(engine: Engine, merge_states: frozenset[MergeState]) -> TaskQuery:
    return TaskQuery(project=engine.settings.project, merge_states=merge_states, limit=_EVERYTHING)


def _row(item: WorkItem) -> tuple[str, ...]:
    return (
        item.task_id,
        item.word,
        MERGE_SIGNS[item.merge_state].word if item.merge_state else "-",
        (item.merged_commit or "-")[:12],
        item.error_log or "-",
    )
