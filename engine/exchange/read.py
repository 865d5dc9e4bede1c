"""From a queue file to tasks; every fault of the file is told in one error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.domain.errors import ConfigError, DependencyError
from engine.domain.ids import TaskId
from engine.domain.state import SEED_STATUS, TaskState
from engine.domain.values import dataclass
from engine.domain.work import DEFAULT_PRIORITY, NewTask, TaskType
from engine.exchange.cycles import find_cycle
from engine.exchange.entry import QueueEntry, without_met
from engine.exchange.fields import READERS, REQUIRED, RefusedError
from engine.exchange.json_text import fault_in, read_json

_MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    index: int
    task_id: str
    field: str
    seen: str
    expected: str

    def __str__(self) -> str:
        return (
            f"task {self.index} ({self.task_id}) has {self.field} {self.seen},"
            f" expected {self.expected}"
        )


def read_queue(path: Path, *, project: str) -> list[NewTask]:
    """The tasks of the file that are still to be done, in its order.

    Completed and cancelled ones are left out (`read_entries` has them); a dependency on one of
    these is met and so is left out too. What the file tells of a task's status and progress is in
    `metadata["imported"]`.

    Raises:
        ConfigError, DependencyError: as `read_entries`.
    """
    entries = read_entries(path, project=project)
    done = frozenset(
        entry.task.task_id for entry in entries if entry.status == SEED_STATUS[TaskState.COMPLETED]
    )
    return [without_met(entry.new_task, done) for entry in entries if not entry.is_done]


def read_entries(path: Path, *, project: str) -> list[QueueEntry]:
    """Every task of the file, in its order: `{"project": ..., "tasks": [...]}` or a bare list.

    Raises:
        ConfigError: the file is not JSON, is of another project, or has wrong fields; up to five
            of them are told with index (from 1), id, field, what was seen and what is expected.
        DependencyError: tasks of the file depend on each other in a circle.
    """
    raw_tasks = _tasks_of(path, read_json(path), project)
    faults: list[_Fault] = []
    entries = [
        entry
        for index, raw in enumerate(raw_tasks, start=1)
        if (entry := _entry(index, raw, project, faults)) is not None
    ]
    faults.extend(_repeated(entries))
    if faults:
        raise _told(path, faults)
    _refuse_cycle(path, entries)
    return entries


def _tasks_of(path: Path, raw: Any, project: str) -> list[Any]:
    tasks = raw
    if isinstance(raw, dict):
        named = raw.get("project", project)
        if named != project:
            raise ConfigError(
                f"queue file {path}: is of project {_shown(named)}, not {project!r}",
                hint="import it with the matching --project, or correct its 'project'",
            )
        tasks = raw.get("tasks")
    if not isinstance(tasks, list):
        raise ConfigError(
            f"queue file {path}: holds no list of tasks",
            hint='write {"project": "...", "tasks": [...]} or a list of tasks',
        )
    return tasks


def _entry(index: int, raw: Any, project: str, faults: list[_Fault]) -> QueueEntry | None:
    task_id = _shown(raw.get("id")) if isinstance(raw, dict) and "id" in raw else "without id"
    found = [
        _Fault(index=index, task_id=task_id, field=field, seen=seen, expected=expected)
        for field, seen, expected in _wrong_fields(raw, project)
    ]
    faults.extend(found)
    return None if found else _built(raw, project)


def _wrong_fields(raw: Any, project: str) -> Iterator[tuple[str, str, str]]:
    """(field, seen, expected) of everything that is wrong with one task."""
    if not isinstance(raw, dict):
        yield "the value", _shown(raw), "an object"
        return
    for field in REQUIRED:
        if raw.get(field) is None:
            yield f"field '{field}'", "missing", "it to be there"
    if raw.get("project", project) != project:
        yield "field 'project'", _shown(raw["project"]), repr(project)
    for field, value in raw.items():
        # An export may have put the fields one level down, below `metadata`.
        depth = -1 if field == "metadata" else 0
        fault = fault_in(value, depth) or fault_in(field)
        if fault:
            yield f"field {_shown(field)}", f"that {fault}", "plain JSON"
        elif field in READERS and value is not None and (expected := _expected(field, value)):
            yield f"field '{field}'", _shown(value), expected


def _expected(field: str, value: Any) -> str | None:
    try:
        READERS[field](value)
    except RefusedError as refusal:
        return str(refusal)
    return None


def _built(raw: Mapping[str, Any], project: str) -> QueueEntry:
    known = {
        field: READERS[field](value)
        for field, value in raw.items()
        if field in READERS and value is not None
    }
    unknown = {field: value for field, value in raw.items() if field not in READERS}
    unknown.pop("project", None)
    task = NewTask(
        task_id=TaskId(known["id"]),
        project=project,
        description=known["description"],
        type=known.get("type", TaskType.BUGFIX),
        role=known.get("agent"),
        branch=known.get("branch"),
        priority=known.get("priority", DEFAULT_PRIORITY),
        depends_on=tuple(map(TaskId, known.get("depends_on", ()))),
        files=tuple(dict.fromkeys((*known.get("file", ()), *known.get("files", ())))),
        tests=known.get("tests", ()),
        backend=known.get("backend"),
        max_iterations=known.get("max_iterations"),
        complexity=known.get("complexity"),
        estimated_value_usd=known.get("estimated_value_usd"),
        metadata={**unknown, **known.get("metadata", {})},
    )
    state = known.get("state")
    status = known.get("status") or SEED_STATUS[state or TaskState.QUEUED]
    return QueueEntry(task=task, status=status, state=state, progress=known.get("progress", {}))


def _repeated(entries: Sequence[QueueEntry]) -> Iterator[_Fault]:
    first: dict[str, int] = {}
    for index, entry in enumerate(entries, start=1):
        task_id = entry.task.task_id
        if task_id in first:
            yield _Fault(
                index=index,
                task_id=repr(task_id),
                field="field 'id'",
                seen=f"of task {first[task_id]} again",
                expected="an id of its own",
            )
        first.setdefault(task_id, index)


def _refuse_cycle(path: Path, entries: Iterable[QueueEntry]) -> None:
    circle = find_cycle({entry.task.task_id: entry.task.depends_on for entry in entries})
    if circle:
        raise DependencyError(
            f"queue file {path}: tasks depend on each other in a circle: {_arrows(circle)}",
            hint="take one of these out of 'depends_on'; nothing was imported",
        )


def _arrows(circle: Sequence[str]) -> str:
    if len(circle) > 12:
        return " -> ".join((*circle[:6], "...", *circle[-5:]))
    return " -> ".join(circle)


def _told(path: Path, faults: Sequence[_Fault]) -> ConfigError:
    told = "; ".join(map(str, faults[:_MOST_TOLD]))
    more = f"; and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
    return ConfigError(
        f"queue file {path}: {told}{more}", hint="correct the file; nothing was imported"
    )


def _shown(raw: Any) -> str:
    if isinstance(raw, int) and abs(raw) >= 10**40:
        return "a huge number"
    text = ascii(raw) if fault_in(raw) else repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."
