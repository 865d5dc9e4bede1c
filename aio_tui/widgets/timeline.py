"""What a task went through: its iterations with verdict, time, money and what was decided."""

from __future__ import annotations

from collections.abc import Sequence

from aio_tui.commands.catalogue import key_of
from aio_tui.text import fit, wrap
from aio_tui.widgets.incidents import incident_lines
from aio_tui.widgets.line import BLANK, Line, heading, line, paragraph, signed
from aio_tui.wording import (
    MERGE_SIGNS,
    REVERTING,
    VERDICT_SIGNS,
    Tone,
    amount,
    cost,
    counted,
    duration,
    sign_of,
    sign_of_view,
    waited_words,
)
from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation
from engine.domain.state import TaskState
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import TaskView

_DESCRIPTION_LINES = 3
_MERGE_WORDS = {
    MergeState.WAITING: ": verified",
    MergeState.QUEUED: ": the merge queue takes it next",
    MergeState.MERGED: "",
    MergeState.CONFLICT: ": it does not fit onto the base branch",
    MergeState.RED: ": the checks fail on the merged tree",
    MergeState.REVERTED: ": it was merged, and undone",
    MergeState.PULL_REQUEST: ": others decide",
}


def timeline_lines(view: TaskView, width: int, *, only_looks: bool = False) -> list[Line]:
    """The task in short, with the keys that merge it unless one `only_looks`, then its iterations
    oldest first; their key is their number.
    """
    return [
        *_summary(view, width, only_looks=only_looks),
        BLANK,
        *_iterations(view, width),
        *_running(view),
        *incident_lines(view.facts, width),
        *_notes(view, width),
    ]


def _summary(view: TaskView, width: int, *, only_looks: bool) -> list[Line]:
    item = view.item
    lines = _shortened(item.description, width)
    lines.append(
        line(
            signed(sign_of_view(view)),
            f" · {item.role.value} · p{item.priority} · ",
            f"{_turns(view)} · ",
            f"{amount(view.usage.tokens)} tokens · {cost(view.usage)}",
        )
    )
    origin = f" from {item.branched_from}, iteration {item.branched_at}"
    lines.append(line(("branch ", Tone.MUTED), item.branch, origin if item.branched_from else ""))
    lines.extend(_merge(item, is_reverting=view.is_reverting, only_looks=only_looks))
    if calls := view.usage.unpriced_calls:
        what = f"the cost of {counted(calls, 'call')} is unknown"
        text = f"{what}: given up, or to a model without a price"
        lines.extend(paragraph(text, width, Tone.MUTED))
    if view.lacks:
        lines.extend(paragraph(f"waits for its backend: {view.lacks}", width, Tone.WARN))
    if item.error_log and item.state is not TaskState.COMPLETED:
        lines.extend(paragraph(item.error_log, width, Tone.WARN))
    return lines


def _turns(view: TaskView) -> str:
    """Which iteration it is in, or was last."""
    number = view.live_iteration or view.item.iteration_count
    return f"iteration {number} of {view.budget}" if number else f"none of {view.budget} iterations"


def _merge(item: WorkItem, *, is_reverting: bool, only_looks: bool) -> list[Line]:
    """How far the branch has come on its way into the base branch, or out of it."""
    if item.merge_state is None:
        return []
    sign, words = MERGE_SIGNS[item.merge_state], _MERGE_WORDS[item.merge_state]
    if item.merge_state is MergeState.WAITING and not only_looks:
        words += f", press {key_of('merge')} to let it in or {key_of('reject')} to reject it"
    if item.state is TaskState.MERGING:
        sign, words = sign_of(item), ": proved again on top of the base branch"
    elif is_reverting:
        sign, words = REVERTING, f": {(item.merged_commit or '')[:12]} is being undone"
    elif item.merge_state is MergeState.MERGED and item.merged_commit:
        words = f" as {item.merged_commit}"
    return [line(("merge  ", Tone.MUTED), signed(sign), words)]


def _shortened(description: str, width: int) -> list[Line]:
    """The description in at most three lines, so that what happened stays in sight."""
    rows = wrap(description, width)
    shown = rows[:_DESCRIPTION_LINES]
    if len(rows) > len(shown):
        shown[-1] = fit(shown[-1], width - 1).rstrip(" …") + "…"
    return [line((row, Tone.STRONG)) for row in shown]


def _iterations(view: TaskView, width: int) -> list[Line]:
    if not view.checkpoints and view.live_iteration is None:
        has_begun = any(entry.fact.KIND == "iteration_started" for entry in view.facts)
        words = "no iteration has come to a result yet" if has_begun else "no iteration has run yet"
        return [line((words, Tone.MUTED))]
    return [row for point in view.checkpoints for row in _iteration(point, view.escalations, width)]


def _iteration(point: Checkpoint, asked: Sequence[Escalation], width: int) -> list[Line]:
    number = point.iteration_count
    reason = point.verdict.reasons[0].message if point.verdict.reasons else ""
    first = line(
        (f"{number:>3}  ", Tone.STRONG),
        signed(VERDICT_SIGNS[point.verdict.kind], width=10),
        f"{duration(point.duration_s):>7} {cost(point.usage):>8}  ",
        (fit(point.decision, max(width - 33, 8)).rstrip(), Tone.NORMAL),
        key=number,
    )
    told = [reason] if reason else []
    if waited := waited_words(asked, point):
        told.append(waited)
    rows = [paragraph(text, width, Tone.MUTED, indent="     ") for text in told]
    return [first, *(row for each in rows for row in each)]


def _running(view: TaskView) -> list[Line]:
    if view.live_iteration is None:
        return []
    number = view.live_iteration
    return [line((f"{number:>3}  ", Tone.STRONG), signed(sign_of_view(view)), key=number)]


def _notes(view: TaskView, width: int) -> list[Line]:
    if not view.notes:
        return []
    lines = [BLANK, heading("Notes for the next iteration")]
    for note in view.notes:
        lines.extend(paragraph(note, width, indent="  "))
    return lines
