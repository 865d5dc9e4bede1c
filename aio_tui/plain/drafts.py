"""Comments on lines of a change that was read, until they are sent back with the work."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aio_tui.patch import LineRef
from aio_tui.plain.change import Change
from aio_tui.remarks import Remark, place_words
from engine.domain.ids import TaskId
from engine.domain.work import WorkItem

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d{1,9})")


class Drafts:
    """What `ReviewDesk` has of lines and comments."""

    def __init__(self) -> None:
        self._changes: dict[TaskId, Change] = {}
        self._remarks: dict[tuple[TaskId, str, LineRef], Remark] = {}
        self._at: tuple[TaskId, str, LineRef, str] | None = None

    is_being_read = False
    why_nothing_turns = ""

    @property
    def selected(self) -> WorkItem | None:
        """The task that commands are about."""
        raise NotImplementedError

    def note_change(self, change: Change) -> None:
        """This is what was read of a task last."""
        self._changes[change.view.item.task_id] = change

    def turn_to_line(self, words: str) -> tuple[str, str]:
        """Go to the line that the first word names, such as `src/a.py:12`, of the selected task.

        Returns:
            The words behind it, and why there is no such line; empty: there is.
        """
        place, _, text = words.partition(" ")
        named, item = _PLACE.fullmatch(place), self.selected
        self._at = None
        if item is None or named is None:
            return "", "name a line first: 'comment TASK FILE:LINE TEXT'"
        change = self._changes.get(item.task_id)
        if change is None:
            return "", f"read the change first: 'diff {item.task_id}'"
        found = change.line_at(named["path"], int(named["line"]))
        if found is None:
            return "", f"the change of {item.task_id} as it was read has no line {place!r}"
        self._at = (item.task_id, named["path"], *found)
        return text.strip(), ""

    @property
    def line_words(self) -> str:
        return place_words(self._at[1], self._at[2]) if self._at else ""

    @property
    def line_text(self) -> str:
        return self._at[3] if self._at else ""

    @property
    def remark(self) -> str:
        kept = self._remarks.get(self._at[:3]) if self._at else None
        return kept.text if kept else ""

    @property
    def remarks(self) -> Sequence[str]:
        item = self.selected
        return [
            remark.words
            for (task_id, _, _), remark in self._remarks.items()
            if item is not None and task_id == item.task_id
        ]

    def set_remark(self, text: str) -> None:
        if self._at is None:
            return
        task_id, path, ref, quoted = self._at
        self._remarks.pop((task_id, path, ref), None)
        if text:
            self._remarks[task_id, path, ref] = Remark(path, ref, quoted, text)
        count = len(self.remarks)
        self.say(f"{task_id}: {count} to send; 'send back {task_id} REASON' sends them")

    def drop_remarks(self) -> None:
        item = self.selected
        for key in [key for key in self._remarks if item is not None and key[0] == item.task_id]:
            del self._remarks[key]

    def say(self, text: str) -> None:
        """Tell a line."""
        raise NotImplementedError
