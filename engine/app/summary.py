"""What a run leaves behind, read from the store."""

from __future__ import annotations

from engine.domain.escalation import EscalationState
from engine.domain.ids import TaskId
from engine.domain.run import RunEnd
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.work import WorkItem
from engine.ports.cockpit import RunSummary, TaskSummary
from engine.ports.store import Reader, TaskQuery

_OPEN = frozenset({EscalationState.OPEN})
_EVERYTHING = 1_000_000_000


def summarise(
    reader: Reader, settings: Settings, *, end: RunEnd, touched: frozenset[TaskId], failure: str
) -> RunSummary:
    """Every task of the project, and whether a human is needed."""
    items = reader.tasks(TaskQuery(project=settings.project, limit=_EVERYTHING))
    used = reader.usage_by_task(settings.project)
    open_by_task: dict[TaskId, list[str]] = {}
    for escalation in reader.escalations(states=_OPEN, limit=_EVERYTHING):
        open_by_task.setdefault(escalation.task_id, []).append(escalation.escalation_id)
    tasks = tuple(
        TaskSummary(
            item=item,
            verdict=item.last_verdict.value if item.last_verdict else None,
            usage=used.get(item.task_id, Usage()),
            escalations=tuple(open_by_task.get(item.task_id, ())),
            was_worked_on=item.task_id in touched,
        )
        for item in items
    )
    return RunSummary(
        repo=str(settings.repo),
        project=settings.project,
        end=end.value,
        failure=failure,
        tasks=tasks,
        usage=reader.usage(),
        waits_for_human=any(_waits(task, items) for task in tasks),
        has_failed=any(_has_failed(task, items) for task in tasks),
    )


def _waits(task: TaskSummary, items: list[WorkItem]) -> bool:
    is_blocked = task.was_worked_on and task.item.state is TaskState.BLOCKED
    is_behind = _needs_one_in(frozenset({TaskState.BLOCKED}), task.item, items)
    return is_blocked or is_behind or task.item.state is TaskState.WAITING


def _has_failed(task: TaskSummary, items: list[WorkItem]) -> bool:
    if task.was_worked_on and task.item.state is TaskState.FAILED:
        return True
    return _needs_one_in(frozenset({TaskState.FAILED, TaskState.CANCELLED}), task.item, items)


def _needs_one_in(states: frozenset[TaskState], item: WorkItem, items: list[WorkItem]) -> bool:
    """Whether the task is held up by one that does not go on by itself."""
    stuck = {other.task_id for other in items if other.state in states}
    return item.state is TaskState.QUEUED and not stuck.isdisjoint(item.depends_on)
