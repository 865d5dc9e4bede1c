"""Reads a task's change, one file at a time: from the store and from git alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from aio_tui.kept_diffs import KeptDiffs, Loaded, Place
from aio_tui.patch import parsed
from aio_tui.ways import by_key
from engine.domain.change import ChangedFile, ChangedFiles
from engine.domain.errors import EngineError, UnknownTaskError
from engine.domain.ids import TaskId
from engine.ports.cockpit import EngineFace, TaskView


class Reading(NamedTuple):
    """What is read."""

    view: TaskView
    files: ChangedFiles | None = None
    """None: the task has no work yet."""
    file: ChangedFile | None = None
    loaded: Loaded | None = None
    fault: str = ""
    is_unfinished: bool = False
    """Part of it is in no commit yet."""

    @property
    def place(self) -> Place | None:
        """Of its diff; None: no file is shown."""
        if self.files is None or self.file is None:
            return None
        return self.files.base, self.files.head, self.file.raw_path


async def read_change(
    face: EngineFace,
    task_id: TaskId,
    *,
    listed: ChangedFiles | None,
    wanted: Callable[[], str | None],
    kept: KeptDiffs,
) -> Reading | None:
    """The change of a task, and one file of it; None: there is no such task.

    Args:
        face: the engine.
        task_id: whose change.
        listed: what was read of it last; None: nothing.
        wanted: gives the raw path of the file; None, or one that is not changed: the first.
        kept: diffs that were read before.
    """
    try:
        view = await face.task_view(task_id)
    except UnknownTaskError:
        return None
    item = view.item
    if not item.base_commit or not item.head_commit:
        return Reading(view)
    try:
        tree = await face.unfinished(task_id)
        base, head = item.base_commit, tree or item.head_commit
        files = listed
        if files is None or (files.base, files.head) != (base, head):
            files = await face.changed_files(base, head)
        known = {file.raw_path: file for file in files.files}
        file = known.get(wanted() or "") or next(iter(files.files), None)
        reading = Reading(view, files, file, is_unfinished=bool(tree))
        if reading.place is None or file is None:
            return reading
        loaded = kept.at(reading.place)
        if loaded is None:
            patch = await face.patch(base, head, file)
            loaded = Loaded(parsed(patch.text), patch.is_cut)
        return reading._replace(loaded=loaded)
    except EngineError as error:
        return Reading(view, fault=error.told(by_key))
