"""One task of a queue file: what is wanted, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Any, Final

from engine.domain.ids import TaskId
from engine.domain.state import SEED_STATUS, TaskState
from engine.domain.values import dataclass
from engine.domain.work import NewTask, WorkItem

IMPORTED: Final = "imported"
"""Metadata key under which an imported task keeps the progress it had in the file."""
MET_DEPENDENCIES: Final = "met_dependencies"
"""Metadata key of the dependencies that were done in the file and so were not imported."""

DONE: Mapping[str, TaskState] = MappingProxyType(
    {SEED_STATUS[state]: state for state in (TaskState.COMPLETED, TaskState.CANCELLED)}
)
"""Status words of tasks that nobody is to work on again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """A task as a queue file holds it; writing one and reading it gives an equal one."""

    task: NewTask
    """Its metadata are the fields of the file that the engine does not know."""
    status: str = SEED_STATUS[TaskState.QUEUED]
    """A word of the seed vocabulary: pending, in_progress, blocked, completed ..."""
    state: TaskState | None = None
    """The exact state, in files that were exported from here."""
    progress: Mapping[str, Any] = field(default_factory=dict)
    """What happened to it so far, in files that were exported from here."""

    @property
    def is_done(self) -> bool:
        """Whether it is completed or cancelled: importing it would do it again."""
        return self.status in DONE

    @property
    def new_task(self) -> NewTask:
        """The task as it is put into a queue; its progress in the file is kept as metadata."""
        told = {
            "status": self.status,
            **({"state": self.state.value} if self.state else {}),
            **({"progress": dict(self.progress)} if self.progress else {}),
        }
        if told == {"status": SEED_STATUS[TaskState.QUEUED]}:
            return self.task
        return replace(self.task, metadata={**self.task.metadata, IMPORTED: told})


def without_met(task: NewTask, done: frozenset[TaskId]) -> NewTask:
    """`task` with its `done` dependencies moved to its metadata, from where export takes them."""
    met = [name for name in task.depends_on if name in done]
    if not met:
        return task
    return replace(
        task,
        depends_on=tuple(name for name in task.depends_on if name not in done),
        metadata={**task.metadata, MET_DEPENDENCIES: met},
    )


def entry_of(item: WorkItem) -> QueueEntry:
    """What a queue file says of `item`."""
    metadata = dict(item.metadata)
    met = metadata.pop(MET_DEPENDENCIES, [])
    task = NewTask(
        task_id=item.task_id,
        project=item.project,
        description=item.description,
        type=item.type,
        role=item.role,
        branch=item.branch,
        priority=item.priority,
        depends_on=tuple(dict.fromkeys((*item.depends_on, *map(TaskId, met)))),
        files=item.files,
        tests=item.tests,
        backend=item.backend,
        max_iterations=item.max_iterations,
        complexity=item.complexity,
        estimated_value_usd=item.estimated_value_usd,
        metadata=metadata,
    )
    return QueueEntry(
        task=task, status=SEED_STATUS[item.state], state=item.state, progress=_progress_of(item)
    )


def _progress_of(item: WorkItem) -> dict[str, Any]:
    told = {
        "iteration_count": item.iteration_count,
        "iterations_granted": item.iterations_granted,
        "retry_count": item.retry_count,
        "error_log": item.error_log,
        "base_commit": item.base_commit,
        "head_commit": item.head_commit,
        "session_ref": item.session_ref,
        "branched_from": item.branched_from,
        "branched_at": item.branched_at,
        "created_at": item.created_at.isoformat(),
        "updated_at": item.updated_at.isoformat(),
    }
    return {key: value for key, value in told.items() if value not in (None, 0, "")}
