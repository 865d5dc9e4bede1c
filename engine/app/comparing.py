"""Which tasks have one origin, and what became of each of them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.ids import TaskId
from engine.domain.work import WorkItem
from engine.ports.comparison import Contender
from engine.ports.store import Reader

MOST = 50
"""Tasks of one origin that are looked at."""


def family(reader: Reader, task_id: TaskId) -> list[TaskId]:
    """The task at the root, then all that branched from it or from another of them, oldest first.

    Raises:
        UnknownTaskError: there is no such task.
    """
    root = reader.task(task_id)
    while root.branched_from is not None:
        root = reader.task(root.branched_from)
    found, waiting = [root.task_id], [root.task_id]
    while waiting and len(found) < MOST:
        branches = [item.task_id for item in reader.branches(waiting.pop(0))]
        found.extend(branches)
        waiting.extend(branches)
    return found[:MOST]


def contenders(reader: Reader, task_ids: Sequence[TaskId]) -> list[Contender]:
    """These tasks, in this order.

    Raises:
        UnknownTaskError: there is no such task.
    """
    items = [reader.task(task_id) for task_id in dict.fromkeys(task_ids)]
    return [_contender(reader, item, items) for item in items]


def _contender(reader: Reader, item: WorkItem, others: Sequence[WorkItem]) -> Contender:
    left_at = [other.branched_at or 0 for other in others if other.branched_from == item.task_id]
    return Contender(
        item=item,
        points=tuple(reader.checkpoints(item.task_id)),
        since=min(left_at, default=0),
        usage=reader.usage(task_id=item.task_id),
    )
