"""What happened to a task beside its iterations: questions, orders, merges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_tui.ways import by_key
from aio_tui.widgets.line import BLANK, Line, heading, paragraph
from aio_tui.wording import Tone
from engine.domain.orders import ApproveEscalation, DenyEscalation, OrderStatus
from engine.domain.steps import with_next
from engine.domain.words import order_words

if TYPE_CHECKING:
    from engine.domain.facts import Fact, JournalEntry

_TOLD_AS_ANSWERS = frozenset({ApproveEscalation.kind, DenyEscalation.kind})
_HASH = 10
"""Letters of a commit that are shown."""


def incident_lines(facts: tuple[JournalEntry, ...], width: int) -> list[Line]:
    """A heading and a paragraph for each, oldest first; nothing if there are none."""
    rows = [(entry, told) for entry in facts if (told := _told(entry.fact))]
    if not rows:
        return []
    lines = [BLANK, heading("What happened")]
    for entry, told in rows:
        lines.extend(paragraph(f"{entry.at:%H:%M}  {told}", width, Tone.MUTED))
    return lines


def _told(fact: Fact) -> str:
    from engine.domain.facts import (  # late: the first frame shows none
        EscalationAnswered,
        EscalationRaised,
        IterationAbandoned,
        OrderSettled,
    )

    match fact:
        case EscalationRaised(summary=summary, rule=rule):
            return f"asked: {summary} ({rule})"
        case EscalationAnswered(answer=answer, by=by, reason=reason):
            return f"{answer} by {by}" + (f": {reason}" if reason else "")
        case OrderSettled(next_step=step, order_kind=kind, outcome=outcome, status=status, by=by):
            outcome = with_next(outcome, step, by_key)
            if status != OrderStatus.APPLIED.value:
                return f"{by}: {order_words(kind)}: {status}: {outcome}"
            return "" if kind in _TOLD_AS_ANSWERS else f"{by}: {outcome}"
        case IterationAbandoned(iteration=number, cause=cause):
            return f"iteration {number} ended without a result: {cause}"
        case _:
            return _told_of_merge(fact)


def _told_of_merge(fact: Fact) -> str:
    from engine.domain.facts import MergeRefused, MergeReverted, PullRequestOpened, TaskMerged

    match fact:
        case TaskMerged(base_branch=branch, commit=commit, tag=tag):
            return f"merged into {branch} as {commit[:_HASH]}; {tag} holds what was there before"
        case MergeRefused(cause=cause, why=why, culprit=culprit):
            return f"not merged ({cause}): {why}" + (f"; culprit: {culprit}" if culprit else "")
        case PullRequestOpened(url=url):
            return f"pull request opened: {url}"
        case MergeReverted(base_branch=branch, commit=commit, reason=reason, by=by):
            return f"undone on {branch} by {commit[:_HASH]} ({by}): {reason}"
        case _:
            return ""
