"""From tasks to a queue file that git shows well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from engine.domain.errors import ConfigError
from engine.domain.work import NewTask, WorkItem
from engine.exchange.entry import QueueEntry, entry_of
from engine.exchange.fields import READERS
from engine.exchange.json_text import fault_in
from engine.files.replacing import mode_of, replace_file

_RESERVED = frozenset(READERS) | {"project"}


def write_queue(path: Path, items: Sequence[WorkItem], *, project: str) -> None:
    """Write the tasks with their status and progress: sorted by id, keys in a fixed order.

    The new file replaces the old one whole or not at all, also when the power fails.

    Raises:
        ConfigError: the file cannot be written, or a task belongs to another project.
    """
    write_entries(path, [entry_of(item) for item in items], project=project)


def write_entries(path: Path, entries: Iterable[QueueEntry], *, project: str) -> None:
    """As `write_queue`, for entries that were read before."""
    ordered = sorted(entries, key=lambda entry: entry.task.task_id)
    for entry in ordered:
        if entry.task.project != project:
            raise ConfigError(
                f"task {entry.task.task_id!r} belongs to project {entry.task.project!r}",
                hint=f"a queue file of {project!r} holds only its own tasks",
            )
    document = {"project": project, "tasks": [_record(entry) for entry in ordered]}
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    _replace(path, text.encode())


def _record(entry: QueueEntry) -> dict[str, Any]:
    task = entry.task
    values: dict[str, Any] = {
        "id": task.task_id,
        "description": task.description,
        "type": task.type.value,
        "status": entry.status,
        "state": entry.state and entry.state.value,
        "agent": task.agent_role.value,
        "branch": task.branch_name,
        "priority": task.priority,
        "depends_on": list(task.depends_on),
        **_files(task),
        "tests": list(task.tests),
        "backend": task.backend,
        "max_iterations": task.max_iterations,
        "complexity": task.complexity,
        "estimated_value_usd": task.estimated_value_usd,
        "progress": dict(entry.progress),
    }
    known = {key: value for key, value in values.items() if value not in (None, [], {})}
    return {**known, **_foreign(task)}


def _files(task: NewTask) -> dict[str, Any]:
    """One path stands as `file`, which other tools read too; several as `files`."""
    return {"file": task.files[0]} if len(task.files) == 1 else {"files": list(task.files)}


def _foreign(task: NewTask) -> dict[str, Any]:
    """Unknown fields as they came; those that would hide a known one stand below `metadata`."""
    fault = fault_in(dict(task.metadata), depth=-1)
    if fault:
        raise ConfigError(
            f"metadata of task {task.task_id!r} {fault}", hint="correct it; nothing was written"
        )
    plain = {key: task.metadata[key] for key in sorted(task.metadata) if key not in _RESERVED}
    hidden = {key: task.metadata[key] for key in sorted(task.metadata) if key in _RESERVED}
    return {**plain, **({"metadata": hidden} if hidden else {})}


def _replace(path: Path, content: bytes) -> None:
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, content, mode=mode_of(target))
    except OSError as error:
        raise ConfigError(
            f"queue file {path}: cannot be written ({error.strerror})",
            hint="an older file of this name is unchanged; check the folder and the disk",
        ) from error
