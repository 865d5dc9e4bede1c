"""A task's change as lines: what a screen shows in columns and colours, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from aio_tui.patch import Hunk, LineRef, Mark, Patch, parsed
from aio_tui.wording import counted, has_work
from engine.domain.change import ChangedFile, ChangedFiles, FileFate
from engine.domain.errors import InputError
from engine.domain.ids import TaskId
from engine.ports.cockpit import EngineFace, TaskView

_MOST_FILES = 50
"""So many are read at once; any other is read by its name."""
_FATES = {
    FileFate.ADDED: "added",
    FileFate.CHANGED: "changed",
    FileFate.DELETED: "deleted",
    FileFate.RETYPED: "of another type now",
}
_MARKS = {Mark.ADDED: "added", Mark.REMOVED: "removed", Mark.KEPT: "same"}


class Change(NamedTuple):
    """What is read."""

    view: TaskView
    files: ChangedFiles | None = None
    """None: there is no work yet."""
    patches: tuple[tuple[ChangedFile, Patch, bool], ...] = ()
    """Of the files that were wanted; whether each goes on and is cut."""
    is_unfinished: bool = False
    """Part of it is in no commit yet."""

    def line_at(self, path: str, number: int) -> tuple[LineRef, str] | None:
        """A line as it is after the change, or, where it is gone, as it was before."""
        for file, patch, _ in self.patches:
            if file.path != path:
                continue
            lines = [line for hunk in patch.hunks for line in hunk.lines]
            found = [line for line in lines if line.ref.new == number]
            found += [line for line in lines if line.ref == LineRef(number, None)]
            return (found[0].ref, found[0].text) if found else None
        return None


async def read_change(face: EngineFace, task_id: TaskId, wanted: str = "") -> Change:
    """The change of a task: of its first files what is different, or of the one that is `wanted`.

    Raises:
        InputError: it has no such file.
        EngineError: git refuses, or there is no such task.
    """
    view = await face.task_view(task_id)
    item = view.item
    if not item.base_commit or not item.head_commit:
        return Change(view)
    tree = await face.unfinished(task_id)
    files = await face.changed_files(item.base_commit, tree or item.head_commit)
    chosen = [file for file in files.files if not wanted or _is_meant(file, wanted)]
    if wanted and not chosen:
        raise InputError(
            f"{task_id} changed no file {wanted[:200]!r}",
            hint=f"'diff {task_id}' names those that it changed",
        )
    patches = []
    for file in chosen[:_MOST_FILES]:
        patch = await face.patch(files.base, files.head, file)
        patches.append((file, parsed(patch.text), patch.is_cut))
    return Change(view, files, tuple(patches), is_unfinished=bool(tree))


def _is_meant(file: ChangedFile, wanted: str) -> bool:
    return file.path == wanted or file.path.endswith(f"/{wanted}")


def change_texts(change: Change, *, only_looks: bool) -> Iterator[str]:
    """What it is and how it was judged, the files, every change in them, and what can be typed."""
    item, files = change.view.item, change.files
    if files is None or not files.files:
        yield f"{item.task_id}: no file differs from the base branch"
        return
    judged = "not judged yet"
    if change.view.checkpoints:
        point = change.view.checkpoints[-1]
        judged = f"{point.verdict.kind.value} after iteration {point.iteration_count}"
    unfinished = ", with work that is not committed and not verified" * change.is_unfinished
    count = counted(len(files.files) + files.left_out, "file")
    yield f"{item.task_id}: {count} changed, {judged}{unfinished}; 'verdict' has the proof"
    yield from map(_file_line, files.files)
    if files.left_out:
        yield f"and {counted(files.left_out, 'more file')}"
    for file, patch, is_cut in change.patches:
        yield from _patch_texts(file, patch, is_cut=is_cut)
    if (unread := len(files.files) - len(change.patches)) > 0:
        yield f"{counted(unread, 'file')} not read out here: 'diff {item.task_id} FILE' reads one"
    if has_work(item) and not only_looks:
        yield (
            f"end of the change: 'merge {item.task_id}' lets it in, 'reject {item.task_id} REASON'"
            f" sends it back, 'comment {item.task_id} FILE:LINE TEXT' notes what 'send back' takes"
            " along"
        )


def _file_line(file: ChangedFile) -> str:
    if file.added is None or file.removed is None:
        return f"file {file.path}: {_FATES[file.fate]}, binary"
    return f"file {file.path}: {_FATES[file.fate]}, {file.added} added, {file.removed} removed"


def _patch_texts(file: ChangedFile, patch: Patch, *, is_cut: bool) -> Iterator[str]:
    yield from (f"{file.path}: {note}" for note in patch.notes)
    for number, hunk in enumerate(patch.hunks, 1):
        yield f"change {number} of {len(patch.hunks)} in {file.path}{_place(hunk)}:"
        for line in hunk.lines:
            where = line.ref.old if line.mark is Mark.REMOVED else line.ref.new
            end = "" if line.has_newline else " (no newline at the end of the file)"
            yield f"{_MARKS[line.mark]} {where}: {line.text}{end}"
    if is_cut:
        yield f"{file.path} goes on: it is too long to be read out whole"


def _place(hunk: Hunk) -> str:
    return f", in {hunk.title.rstrip(': ')}" if hunk.title else ""
