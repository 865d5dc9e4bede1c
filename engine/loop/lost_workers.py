"""Tasks whose workers ended without being able to say so, as on a disk that was full."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from engine.domain.facts import IterationAbandoned
from engine.domain.ids import TaskId
from engine.domain.state import HELD, TaskState, Trigger
from engine.domain.work import WorkItem
from engine.loop.parking import park, pause_if_asked
from engine.ports.store import TaskQuery, Transaction

_WITH_WORKERS = HELD | {TaskState.WAITING}
_CAUSE = "its worker ended before it could record anything"


def take_back(
    tx: Transaction,
    project: str,
    *,
    living: Collection[tuple[TaskId, int]],
    expired_at: datetime | None = None,
) -> list[WorkItem]:
    """Put back what nobody works on. Only the holder of the engine lock may do this: every other
    engine is dead. The tasks as they are then; nothing counts against them, for no process ended.

    Args:
        tx: the transaction that does it.
        project: whose tasks.
        living: task and fence of each claim that has a worker.
        expired_at: only those whose lease was over by then; None: all.
    """
    query = TaskQuery(project=project, states=_WITH_WORKERS, limit=1_000_000)
    return [
        _put_back(tx, item)
        for item in tx.tasks(query)
        if item.orchestrator_id is not None
        and (item.task_id, item.fence) not in living
        and (expired_at is None or _is_over(item, expired_at))
    ]


def _is_over(item: WorkItem, at: datetime) -> bool:
    return item.lease_expires_at is None or item.lease_expires_at <= at


def _put_back(tx: Transaction, item: WorkItem) -> WorkItem:
    if item.state is TaskState.WAITING:
        return park(tx, item)
    tx.append_facts(
        IterationAbandoned(iteration=item.iteration_count + 1, cause=_CAUSE),
        task_id=item.task_id,
        project=item.project,
    )
    return pause_if_asked(tx, tx.move(item.task_id, Trigger.INTERRUPT, reason=_CAUSE))
