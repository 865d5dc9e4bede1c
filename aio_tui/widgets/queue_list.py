"""The queue, sorted by who needs a human."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len
from textual.events import Resize
from textual.message import Message

from aio_tui.filtering import EVERYTHING, Filter
from aio_tui.text import fit
from aio_tui.widgets.line import Line, Piece, line
from aio_tui.widgets.queue_fields import queue_fields
from aio_tui.widgets.rows import RowView
from aio_tui.widgets.table import KEPT_WORDS
from aio_tui.wording import (
    GROUP_WORDS,
    VERDICT_SIGNS,
    Group,
    Tone,
    age,
    is_cut_off,
    money,
    more_of_why,
    sign_of,
    with_health,
)
from engine.domain.escalation import Escalation
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import Activity, Health, Overview, RunState

_STATE, _ITERATIONS, _VERDICT, _AGE, _PRIORITY = 12, 6, 10, 4, 2
_FIXED = _STATE + _ITERATIONS + _VERDICT + _AGE + _PRIORITY + 6
_LEAST_ID, _LONG_ID, _MIDDLE_ID = 8, 20, 12
"""Cells of a task's name: as many as the longest has, within these limits; the last where there is
little room.
"""
_TINY, _TINY_ID, _SHORT_ID = 60, 4, 9
"""Below this width only state, task, what it does and its age are shown."""
_ROOMY, _MONEY = 96, 11
"""From this width on each row says what its task has cost, and of how much."""
_NOTHING = Usage()
_NARROW = 90
"""Below this width the verdict is a glyph with one letter less room for words."""


_AS_LISTED = frozenset({Group.FAILED, Group.DONE, Group.CANCELLED})
"""Groups whose priorities say nothing any more."""
_HASH = 8
"""Letters of a commit that are shown."""


class QueueRow(NamedTuple):
    """A task as the queue shows it, or the name of a group where `item` is None."""

    item: WorkItem | None
    group: Group
    headline: str
    budget: int | None = None
    verdict: VerdictKind | None = None
    since: datetime | None = None
    age: str = ""
    questions: int = 0
    """How many of it are open."""
    is_reverting: bool = False
    """Whether its merge is being undone."""
    money: str = ""
    """What it has cost, and of how much."""
    health: Health | None = None
    """How a task at work gets on; None: nobody works on it, or nothing is recorded yet."""
    run: RunState = RunState.RUNNING
    """What the engine does: without one nobody is at work."""
    lacks: str = ""
    """What is the matter with its backend; empty: nothing is known."""
    is_kept: bool = False
    """It is not what the filter wants any more, and stays while the cursor is on it."""


def queue_rows(
    overview: Overview,
    now: datetime,
    *,
    wanted: Filter = EVERYTHING,
    kept: TaskId | None = None,
    with_headings: bool = False,
) -> list[QueueRow]:
    """The rows of all tasks that the filter wants, and of `kept`, those that need a human first."""
    asked = {question.task_id: question for question in reversed(overview.escalations)}
    numbers = Counter(question.task_id for question in overview.escalations)
    rows = []
    for item in overview.tasks:
        is_wanted = wanted is EVERYTHING or wanted.holds(queue_fields(item, overview, now))
        if is_wanted or item.task_id == kept:
            row = _row(item, overview, asked.get(item.task_id), now)
            row = row._replace(questions=numbers[item.task_id])
            rows.append(row if is_wanted else row._replace(is_kept=True))
    rows.sort(key=_rank)
    return _with_headings(rows) if with_headings else rows


def _rank(row: QueueRow) -> tuple[int, bool, bool, int]:
    """Of those that need a human the open questions come first: each holds up an agent."""
    item = row.item
    holds_up_nobody = row.group is Group.NEEDS_YOU and not row.questions
    is_well = (
        item is not None and item.state is not TaskState.FAILED and row.health is not Health.STALLED
    )
    priority = item.priority if item and row.group not in _AS_LISTED else 0
    return (row.group, holds_up_nobody, is_well, priority)


def _row(item: WorkItem, overview: Overview, asked: Escalation | None, now: datetime) -> QueueRow:
    since = asked.raised_at if asked else item.updated_at
    activity = None if is_cut_off(item, overview.run) else overview.activity.get(item.task_id)
    lacks = overview.lacking.get(item.task_id, "")
    return QueueRow(
        item=item,
        group=sign_of(item, is_asking=asked is not None, run=overview.run).group,
        headline=_headline(item, asked, activity, lacks),
        lacks=lacks,
        run=overview.run,
        health=activity.health if activity else None,
        budget=overview.budgets.get(item.task_id),
        money=money(
            overview.usage_by_task.get(item.task_id, _NOTHING), overview.money.get(item.task_id)
        ),
        verdict=overview.last_verdicts.get(item.task_id),
        since=since,
        age=age(since, now),
        is_reverting=item.task_id in overview.reverting,
    )


def _headline(
    item: WorkItem, asked: Escalation | None, activity: Activity | None, lacks: str
) -> str:
    """What the operator should know first: the question, the trouble, or the task itself."""
    if asked is not None:
        why = more_of_why(asked) or asked.effect
        return f"{asked.severity.value}: {asked.action.target} - {why}"
    if activity is not None and activity.headline:
        return activity.headline
    if item.error_log and item.state in (TaskState.BLOCKED, TaskState.FAILED):
        return item.error_log
    if lacks:
        return f"{lacks}: {item.description}"
    if item.state is TaskState.QUEUED and item.unmet_dependencies:
        return f"after {', '.join(item.depends_on)}: {item.description}"
    return f"{_merge_words(item)}{item.description}"


def _merge_words(item: WorkItem) -> str:
    """What became of its branch, where the state does not say it."""
    match item.merge_state:
        case MergeState.MERGED if item.merged_commit:
            return f"{item.merged_commit[:_HASH]} · "
        case MergeState.CONFLICT if item.state is not TaskState.COMPLETED:
            return "after a merge conflict: "
        case MergeState.RED if item.state is not TaskState.COMPLETED:
            return "red when merged: "
        case _:
            return ""


def _with_headings(rows: list[QueueRow]) -> list[QueueRow]:
    counts: Counter[Group] = Counter()
    for row in rows:
        counts[row.group] += max(row.questions, 1) if row.group is Group.NEEDS_YOU else 1
    headed: list[QueueRow] = []
    for row in rows:
        if not headed or headed[-1].group is not row.group:
            words = f"{GROUP_WORDS[row.group]} · {counts[row.group]}"
            headed.append(QueueRow(item=None, group=row.group, headline=words))
        headed.append(row)
    return headed


class QueueList(RowView[QueueRow]):
    """The queue table."""

    id_cells: int = _LONG_ID
    """Cells of the longest name of a task that is listed."""

    class Resized(Message):
        """There is another width or height to fill."""

    def on_resize(self, event: Resize) -> None:
        super().on_resize(event)
        self.post_message(self.Resized())

    def set_rows(self, rows: Sequence[QueueRow]) -> None:
        names = (cell_len(row.item.task_id) for row in rows if row.item is not None)
        longest = max(names, default=_LONG_ID)
        is_as_wide = longest == self.id_cells
        self.id_cells = longest
        super().set_rows(rows)
        if not is_as_wide:
            self._draw_anew()

    def key_of(self, row: QueueRow) -> Hashable:
        return row.item.task_id if row.item else None

    @property
    def task_id(self) -> TaskId | None:
        """The selected task."""
        row = self.rows[self.cursor] if self.key is not None and self.cursor is not None else None
        return row.item.task_id if row and row.item else None

    @property
    def has_left_kept(self) -> bool:
        """Whether a row stands here only for a cursor that has gone on."""
        key = self.key
        return any(row.is_kept and self.key_of(row) != key for row in self.rows)

    def draw(self, row: QueueRow, width: int) -> Line:
        if row.item is None:
            tone = Tone.WARN if row.group is Group.NEEDS_YOU else Tone.MUTED
            return line((row.headline, tone))
        return line(*_cells(row, row.item, width, self.id_cells))

    def tick(self, now: datetime) -> None:
        """Bring the ages up to date: only those in sight, only where the text changes."""
        top = self.scroll_offset.y
        for y in range(top, min(top + self.size.height, len(self.rows))):
            row = self.rows[y]
            if row.since is not None:
                self.set_row(y, row._replace(age=age(row.since, now)))


def _cells(row: QueueRow, item: WorkItem, width: int, id_cells: int) -> list[Piece]:
    sign = with_health(
        sign_of(
            item,
            is_asking=row.questions > 0,
            is_reverting=row.is_reverting,
            run=row.run,
            lacks=row.lacks,
        ),
        row.health,
    )
    age_tone = Tone.WARN if row.group is Group.NEEDS_YOU else Tone.MUTED
    if width < _TINY:
        return [
            (fit(f"{sign.glyph} {sign.word}", _STATE), sign.tone),
            (fit(item.task_id, _tiny_id(id_cells)), Tone.STRONG),
            f" {fit(_about(row), _tiny_room(width, id_cells))} ",
            (row.age.rjust(_AGE), age_tone),
        ]
    id_width, room = _widths(width, id_cells)
    verdict = VERDICT_SIGNS[row.verdict] if row.verdict else None
    budget = "" if row.budget is None else f"/{row.budget}"
    return [
        (fit(f"{sign.glyph} {sign.word}", _STATE), sign.tone),
        " ",
        (fit(item.task_id, id_width), Tone.STRONG),
        " ",
        fit(_about(row), room),
        " ",
        fit(f"{item.iteration_count}{budget}".rjust(_ITERATIONS - 1), _ITERATIONS),
        " ",
        *([fit(row.money, _MONEY), " "] if width >= _ROOMY else []),
        (fit(f"{verdict.glyph} {verdict.word}", _VERDICT), verdict.tone)
        if verdict
        else " " * _VERDICT,
        " ",
        (row.age.rjust(_AGE), age_tone),
        " ",
        (f"p{item.priority}", Tone.MUTED),
    ]


def _widths(width: int, id_cells: int) -> tuple[int, int]:
    """Cells of the task's name, and of the words about it."""
    most = _MIDDLE_ID if width < _NARROW else _LONG_ID
    id_width = min(max(id_cells, _LEAST_ID), most)
    money_width = _MONEY + 1 if width >= _ROOMY else 0
    return id_width, max(width - _FIXED - id_width - money_width - 1, 4)


def _tiny_id(id_cells: int) -> int:
    return min(max(id_cells, _TINY_ID), _SHORT_ID)


def _tiny_room(width: int, id_cells: int) -> int:
    return max(width - _STATE - _tiny_id(id_cells) - _AGE - 3, 4)


def _about(row: QueueRow) -> str:
    first = row.headline.strip().split("\n", 1)[0]
    return f"{KEPT_WORDS} {first}" if row.is_kept else first


def column_titles(width: int, id_cells: int = _LONG_ID) -> Line:
    """The names of the columns, as wide as they are where the longest name of a task has so many
    cells.
    """
    if width < _TINY:
        room = _tiny_room(width, id_cells)
        words = f"{fit('state', _STATE)}{fit('task', _tiny_id(id_cells))} {fit('about', room)}  age"
        return line((words, Tone.MUTED))
    id_width, room = _widths(width, id_cells)
    money_title = (("cost/of", _MONEY),) if width >= _ROOMY else ()
    names = (
        ("state", _STATE), ("task", id_width), ("what it is about", room), ("iter.", _ITERATIONS),
        *money_title, ("verdict", _VERDICT), (" age", _AGE), ("pr", _PRIORITY),
    )  # fmt: skip
    return line((" ".join(fit(name, cells) for name, cells in names), Tone.MUTED))
