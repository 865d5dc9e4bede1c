"""What a task went through: its iterations with verdict, time, money and what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_tui.text import fit, wrap
from aio_tui.widgets.line import BLANK, Line, heading, line, paragraph, signed
from aio_tui.widgets.queue_list import sign_of
from aio_tui.wording import VERDICT_SIGNS, Tone, amount, cost, duration
from engine.domain.checkpoint import Checkpoint
from engine.domain.state import TaskState
from engine.ports.cockpit import TaskView

if TYPE_CHECKING:
    from engine.domain.facts import JournalEntry

_DESCRIPTION_LINES = 3


def timeline_lines(view: TaskView, width: int) -> list[Line]:
    """The task in short, then its iterations oldest first; their key is their number."""
    return [
        *_summary(view, width),
        BLANK,
        *_iterations(view, width),
        *_running(view),
        *_incidents(view.facts, width),
        *_notes(view, width),
    ]


def _summary(view: TaskView, width: int) -> list[Line]:
    item = view.item
    lines = _shortened(item.description, width)
    lines.append(
        line(
            signed(sign_of(item)),
            f" · {item.role.value} · p{item.priority} · ",
            f"iteration {item.iteration_count} of {view.budget} · ",
            f"{amount(view.usage.tokens)} tokens · {cost(view.usage)}",
        )
    )
    lines.append(line(("branch ", Tone.MUTED), item.branch))
    if item.error_log and item.state is not TaskState.COMPLETED:
        lines.extend(paragraph(item.error_log, width, Tone.WARN))
    return lines


def _shortened(description: str, width: int) -> list[Line]:
    """The description in at most three lines, so that what happened stays in sight."""
    rows = wrap(description, width)
    shown = rows[:_DESCRIPTION_LINES]
    if len(rows) > len(shown):
        shown[-1] = fit(shown[-1], width - 1).rstrip(" …") + "…"
    return [line((row, Tone.STRONG)) for row in shown]


def _iterations(view: TaskView, width: int) -> list[Line]:
    if not view.checkpoints and view.live_iteration is None:
        return [line(("no iteration has run yet", Tone.MUTED))]
    return [row for point in view.checkpoints for row in _iteration(point, width)]


def _iteration(point: Checkpoint, width: int) -> list[Line]:
    number = point.iteration_count
    reason = point.verdict.reasons[0].message if point.verdict.reasons else ""
    first = line(
        (f"{number:>3}  ", Tone.STRONG),
        signed(VERDICT_SIGNS[point.verdict.kind], width=10),
        f"{duration(point.duration_s):>7} {cost(point.usage):>8}  ",
        (fit(point.decision, max(width - 31, 8)).rstrip(), Tone.NORMAL),
        key=number,
    )
    return [first, *paragraph(reason, width, Tone.MUTED, indent="     ")] if reason else [first]


def _running(view: TaskView) -> list[Line]:
    if view.live_iteration is None:
        return []
    number = view.live_iteration
    return [line((f"{number:>3}  ", Tone.STRONG), signed(sign_of(view.item)), key=number)]


def _incidents(facts: tuple[JournalEntry, ...], width: int) -> list[Line]:
    rows = [(entry, told) for entry in facts if (told := _told(entry))]
    if not rows:
        return []
    lines = [BLANK, heading("What happened")]
    for entry, told in rows:
        lines.extend(paragraph(f"{entry.at:%H:%M}  {told}", width, Tone.MUTED))
    return lines


def _told(entry: JournalEntry) -> str:
    from engine.domain.facts import (  # late: the first frame shows none
        EscalationAnswered,
        EscalationRaised,
        IterationAbandoned,
        OrderSettled,
    )

    match entry.fact:
        case EscalationRaised(summary=summary, rule=rule):
            return f"asked: {summary} ({rule})"
        case EscalationAnswered(answer=answer, by=by, reason=reason):
            return f"{answer} by {by}" + (f": {reason}" if reason else "")
        case OrderSettled(order_kind=kind, outcome=outcome, status=status, by=by):
            return f"{kind.replace('_', ' ')} {status} ({by}): {outcome}"
        case IterationAbandoned(iteration=number, cause=cause):
            return f"iteration {number} ended without a result: {cause}"
        case _:
            return ""


def _notes(view: TaskView, width: int) -> list[Line]:
    if not view.notes:
        return []
    lines = [BLANK, heading("Notes for the next iteration")]
    for note in view.notes:
        lines.extend(paragraph(note, width, indent="  "))
    return lines
