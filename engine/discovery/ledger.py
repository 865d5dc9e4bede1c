"""What earlier scans put into the queue, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.domain.facts import TaskMoved
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.values import dataclass
from engine.domain.work import MergeState, WorkItem
from engine.ports.store import Reader, TaskQuery

GONE = "the finding has gone"
"""Reason of a task that a scan closed; one that the operator cancelled has another."""
_ALL = 1_000_000_000
_LANDED = frozenset({MergeState.MERGED, MergeState.REVERTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A task that a scan added."""

    item: WorkItem
    key: str
    """See `GroupKey.text`."""
    check: str
    findings: tuple[str, ...]
    """Ids, in the order in which they were recorded."""

    @property
    def is_untouched(self) -> bool:
        """Whether it waits in the queue and nobody has begun it."""
        item = self.item
        return item.state is TaskState.QUEUED and not (item.iteration_count or item.interruptions)


def entries(reader: Reader, project: str) -> list[Entry]:
    """All tasks of earlier scans, oldest first. Metadata that no scan can have written is passed
    over.
    """
    items = reader.tasks(TaskQuery(project=project, limit=_ALL))
    found = [entry for item in items if (entry := _entry(item)) is not None]
    return sorted(found, key=lambda entry: (entry.item.created_at, entry.item.task_id))


def covering(reader: Reader, known: Iterable[Entry], landed: Mapping[TaskId, bool]) -> list[Entry]:
    """Those whose findings need no new task: open ones, ones that wait for the operator, ones that
    he cancelled, and completed ones whose work is not part of the scanned commit yet.
    """
    return [entry for entry in known if _covers(reader, entry, landed)]


def asked_tests(reader: Reader, project: str) -> tuple[str, ...]:
    """Targets of tasks that no scan wrote and whose work is not over, or not merged yet: what is
    red there is somebody's work already.
    """
    items = reader.tasks(TaskQuery(project=project, limit=_ALL))
    own = [item for item in items if _entry(item) is None and _is_under_way(item)]
    return tuple(target for item in own for target in item.tests)


def _is_under_way(item: WorkItem) -> bool:
    match item.state:
        case TaskState.CANCELLED:
            return False
        case TaskState.COMPLETED:
            return item.merge_state is not None and item.merge_state not in _LANDED
        case _:
            return True


def _covers(reader: Reader, entry: Entry, landed: Mapping[TaskId, bool]) -> bool:
    match entry.item.state:
        case TaskState.COMPLETED:
            return not landed.get(entry.item.task_id, False)
        case TaskState.CANCELLED:
            return not _was_closed_by_a_scan(reader, entry.item.task_id)
        case _:
            return True


def _was_closed_by_a_scan(reader: Reader, task_id: TaskId) -> bool:
    moves = [
        journal.fact
        for journal in reader.task_facts(task_id, limit=50)
        if isinstance(journal.fact, TaskMoved)
    ]
    return bool(moves) and moves[-1].reason == GONE


def _entry(item: WorkItem) -> Entry | None:
    kept: Any = item.metadata.get("discovery")
    match kept:
        case {"key": str(key), "check": str(check), "findings": [*ids]} if all(
            isinstance(one, str) for one in ids
        ):
            return Entry(item=item, key=key, check=check, findings=tuple(ids))
        case _:
            return None
