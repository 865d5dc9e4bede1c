"""Tasks as they stood at a moment of the past: the rows of a table, and the title of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aio_tui.filtering import Field, Fields
from aio_tui.widgets.line import Line, line, signed
from aio_tui.widgets.replay_lines import words
from aio_tui.widgets.table import Column
from aio_tui.wording import MERGE_SIGNS, STATE_WORDS, TASK_SIGNS, Sign, Tone, with_health
from engine.domain.state import TaskState
from engine.ports.cockpit import Activity
from engine.ports.replay import TaskThen

FIELDS = (
    Field("state", values=STATE_WORDS),
    Field("task"),
    Field("text"),
)
_UNKNOWN = Sign("?", "unknown", Tone.MUTED)


def columns(activity_of: Callable[[TaskThen], Activity | None]) -> Sequence[Column[TaskThen]]:
    """`activity_of` tells what a task at work was doing; None: it was not at work."""

    def state(row: TaskThen) -> tuple[str, Tone]:
        activity = activity_of(row)
        return signed(with_health(sign_of(row), activity.health if activity else None))

    def headline(row: TaskThen) -> str:
        activity = activity_of(row)
        return words(row.newest) if activity is None else activity.headline

    return (
        Column(title="state", width=11, cell=state),
        Column(title="task", width=14, is_needed=True, order=lambda row: row.task_id,
               cell=lambda row: (row.task_id, Tone.STRONG)),
        Column(title="it", width=3, cell=lambda row: str(row.iteration or "-")),
        Column(title="what it did", cell=headline),
    )  # fmt: skip


def sign_of(then: TaskThen) -> Sign:
    """Of its state, as far as the journal knows it."""
    if then.state is None:
        return _UNKNOWN
    if then.state is TaskState.COMPLETED and then.merge_state is not None:
        return MERGE_SIGNS[then.merge_state]
    return TASK_SIGNS[then.state]


def fields_of(then: TaskThen) -> Fields:
    """What filters ask."""
    return {"state": sign_of(then).word, "task": then.task_id, "text": words(then.newest)}


def in_order(tasks: Sequence[TaskThen]) -> list[TaskThen]:
    """Those that needed a human first."""
    return sorted(tasks, key=lambda row: (sign_of(row).group, row.task_id))


def output_title(task: TaskThen | None, *, is_cut: bool) -> Line:
    """Whose words stand below; cut: only the end of them."""
    if task is None:
        return line(("no task yet", Tone.MUTED))
    if not task.iteration:
        return line((task.task_id, Tone.STRONG), ("  no iteration had begun", Tone.MUTED))
    text, tone = signed(sign_of(task))
    live = (f"  {text}", tone) if task.is_live else ("  ■ over", Tone.MUTED)
    cut = ("  only its end is shown", Tone.MUTED) if is_cut else ""
    return line((task.task_id, Tone.STRONG), f"  iteration {task.iteration}", live, cut)
