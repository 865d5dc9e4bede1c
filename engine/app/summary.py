"""What a run leaves behind, read from the store."""

from __future__ import annotations

from collections.abc import Iterable

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
_WAITING = frozenset({TaskState.WAITING, TaskState.BLOCKED, TaskState.TAKEN})
_FAILED = frozenset({TaskState.FAILED})
_QUEUED = frozenset({TaskState.QUEUED})
_CANCELLED = frozenset({TaskState.CANCELLED})


def summarise(
    reader: Reader,
    settings: Settings,
    *,
    end: RunEnd,
    touched: frozenset[TaskId],
    only: TaskId | None,
    failure: str,
    is_setup_wrong: bool,
) -> RunSummary:
    """Every task of the project, and whether a human is needed.

    Args:
        reader: the store.
        settings: of the repository.
        end: why the run ended.
        touched: the tasks it worked on; failures of earlier runs do not count.
        only: the one task that was asked for; None: all.
        failure: why the run could not go on; empty if it could.
        is_setup_wrong: see `RunSummary`.
    """
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
    asked_for = [item for item in items if only is None or item.task_id == only]
    waiting = _ids(asked_for, _WAITING)
    failed, ended = _ids(asked_for, _FAILED), _ids(items, _FAILED | _CANCELLED)
    counted = touched if only is None else failed
    return RunSummary(
        repo=str(settings.repo),
        project=settings.project,
        end=end.value,
        next_step=end.next_step,
        failure=failure,
        is_setup_wrong=is_setup_wrong,
        tasks=tasks,
        usage=reader.usage(),
        waits_for_human=end in (RunEnd.PAUSED, RunEnd.HALTED)
        or bool(waiting)
        or any(_is_held_up(item, waiting) for item in asked_for),
        has_failed=bool(failed & counted) or any(_is_held_up(item, ended) for item in asked_for),
        is_unfinished=bool(
            _ids(asked_for, _QUEUED) if only is not None else _ids(items, _QUEUED) & touched
        ),
    )


def _ids(items: Iterable[WorkItem], states: frozenset[TaskState]) -> frozenset[TaskId]:
    return frozenset(item.task_id for item in items if item.state in states)


def _is_held_up(item: WorkItem, by: frozenset[TaskId]) -> bool:
    """Whether it can never start, because one that it needs does not go on by itself."""
    return item.state is TaskState.QUEUED and not by.isdisjoint(item.depends_on)
