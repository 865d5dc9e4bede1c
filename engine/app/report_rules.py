"""How a task stands in the morning, what of it was wasted, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from engine.domain.checkpoint import NO_CHANGE_SHA256, Checkpoint
from engine.domain.facts import (
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    JournalEntry,
    TaskMoved,
)
from engine.domain.state import HELD, TaskState, Trigger
from engine.domain.steps import NextStep, Step
from engine.domain.usage import Usage
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState, WorkItem
from engine.ports.report import Chapter, Waste

_BLOCKED = frozenset({TaskState.BLOCKED, TaskState.WAITING, TaskState.TAKEN})
_LOST = frozenset({TaskState.FAILED, TaskState.CANCELLED})
_DONE = frozenset({TaskState.PASSED, TaskState.MERGING, TaskState.COMPLETED})
_CALLED_PASS = (Trigger.ACCEPT, Trigger.PASS)


def waits_for_human(item: WorkItem) -> bool:
    """Whether it goes no further without a human."""
    return item.state in _BLOCKED or (
        item.state in _DONE and item.merge_state is not MergeState.MERGED
    )


def is_open(item: WorkItem) -> bool:
    """Whether a report of any period has to name it: it waits, it failed, or it is begun."""
    is_begun = item.iteration_count > 0 and item.state not in _DONE | _LOST
    return waits_for_human(item) or item.state is TaskState.FAILED or is_begun


def chapter_of(item: WorkItem, checkpoints: Sequence[Checkpoint], *, is_accepted: bool) -> Chapter:
    """Where a task belongs.

    Args:
        item: the task as it stands.
        checkpoints: its recorded iterations, oldest first.
        is_accepted: whether its operator said PASS where the engine did not.
    """
    if item.state in _BLOCKED:
        return Chapter.ASKS if item.state is TaskState.WAITING else Chapter.BLOCKED
    if item.state in _LOST:
        return Chapter.FAILED if item.state is TaskState.FAILED else Chapter.CANCELLED
    if item.state in _DONE:
        if is_accepted:
            return Chapter.CLAIMED
        if item.state is TaskState.MERGING or item.merge_state is MergeState.QUEUED:
            return Chapter.LANDING
        return Chapter.MERGED if item.merge_state is MergeState.MERGED else Chapter.TO_MERGE
    last = checkpoints[-1] if checkpoints else None
    is_claimed = last is not None and last.has_signal and last.verdict.kind is not VerdictKind.PASS
    return Chapter.CLAIMED if is_claimed else Chapter.UNDER_WAY


def why_of(
    item: WorkItem, chapter: Chapter, checkpoints: Sequence[Checkpoint], *, is_accepted: bool
) -> str:
    """Why it stands there, as `chapter_of`; empty: nothing is to be said."""
    if item.state is TaskState.TAKEN:
        return f"in the hands of {item.taken_by} since {item.updated_at:%Y-%m-%d %H:%M} UTC"
    if chapter is not Chapter.CLAIMED or item.error_log:
        return item.error_log
    if is_accepted:
        return "accepted by its operator without a proof"
    reasons = checkpoints[-1].verdict.reasons
    return f"called complete, but {reasons[0].message if reasons else 'not proved'}"


def is_accepted(
    item: WorkItem, checkpoints: Sequence[Checkpoint], facts: Sequence[JournalEntry]
) -> bool:
    """Whether the newest word on PASS was the operator's own, and of work that the engine has not
    proved: who takes a rejection back only restores what the engine had said.
    """
    last = checkpoints[-1] if checkpoints else None
    if last and last.verdict.kind is VerdictKind.PASS and last.commit == item.head_commit:
        return False
    said = _words_on_pass(facts)
    return bool(said) and said[-1] == Trigger.ACCEPT


def has_word_on_pass(facts: Sequence[JournalEntry]) -> bool:
    """Whether the engine or its operator called the task proved in one of them."""
    return bool(_words_on_pass(facts))


def _words_on_pass(facts: Sequence[JournalEntry]) -> list[str]:
    return [
        entry.fact.trigger
        for entry in facts
        if isinstance(entry.fact, TaskMoved) and entry.fact.trigger in _CALLED_PASS
    ]


def waste_of(
    item: WorkItem,
    usage: Usage,
    before: Checkpoint | None,
    checkpoints: Sequence[Checkpoint],
    facts: Sequence[JournalEntry],
) -> Waste:
    """What brought nothing.

    Args:
        item: the task as it stands.
        usage: what it used in the period.
        before: its newest iteration that was recorded before the period.
        checkpoints: those recorded in it, oldest first.
        facts: of the task in the period, oldest first.
    """
    given_up, given_up_s = _given_up(facts)
    work_s = sum(point.duration_s for point in checkpoints)
    if item.state in _LOST:
        return Waste(
            given_up=given_up,
            unchanged=len(_unchanged(before, checkpoints)),
            lost_usd=usage.cost_usd,
            time_s=work_s + given_up_s,
        )
    unchanged = _unchanged(before, checkpoints)
    recorded = sum((point.usage.cost_usd for point in checkpoints), Decimal(0))
    is_known = given_up > 0 and item.state not in HELD  # a running iteration has spent too
    return Waste(
        given_up=given_up,
        given_up_usd=max(usage.cost_usd - recorded, Decimal(0)) if is_known else Decimal(0),
        unchanged=len(unchanged),
        unchanged_usd=sum((point.usage.cost_usd for point in unchanged), Decimal(0)),
        time_s=given_up_s + sum(point.duration_s for point in unchanged),
    )


def _unchanged(before: Checkpoint | None, checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Iterations after which the work was what it had been, and not proved."""
    found = []
    was = before.diff_sha256 if before is not None else NO_CHANGE_SHA256
    for point in checkpoints:
        if point.diff_sha256 == was and point.verdict.kind is not VerdictKind.PASS:
            found.append(point)
        was = point.diff_sha256
    return found


def _given_up(facts: Sequence[JournalEntry]) -> tuple[int, float]:
    """How many iterations were begun in vain, and how long those took whose end was noted."""
    count, time_s = 0, 0.0
    begun: datetime | None = None
    asked: datetime | None = None
    for entry in facts:
        match entry.fact:
            case IterationStarted():
                count += begun is not None  # its process died before it could say so
                begun, asked = entry.at, None
            case IterationFinished():
                begun = None
            case TaskMoved(after=TaskState.WAITING):
                asked = asked or entry.at
            case TaskMoved(after=after) if after in HELD:
                if begun and asked:
                    begun += entry.at - asked  # nobody worked while it waited for its answer
                asked = None
            case IterationAbandoned() | TaskMoved():
                count += begun is not None or isinstance(entry.fact, IterationAbandoned)
                time_s += ((asked or entry.at) - begun).total_seconds() if begun else 0.0
                begun = asked = None
            case _:
                pass
    return count, time_s


def next_step(
    item: WorkItem, chapter: Chapter, checkpoints: Sequence[Checkpoint], question: str
) -> NextStep | None:
    """The one thing to do; None: it is not finished, and `Prospects` know what lets it go on.

    Args:
        item: the task as it stands.
        chapter: where it stands.
        checkpoints: its recorded iterations, oldest first.
        question: id of its most severe open escalation; empty: none is open.
    """
    name = item.task_id
    if question:
        return NextStep(
            words="answer its question",
            step=Step.ANSWER,
            about=question,
        )
    if item.state is TaskState.TAKEN:
        return NextStep(
            words="hand it back when your work on it is done",
            step=Step.HAND_BACK,
            about=name,
        )
    match chapter:
        case Chapter.MERGED:
            return NextStep(words="undo it if you must", step=Step.REVERT, about=name)
        case Chapter.TO_MERGE | Chapter.LANDING:
            return _of_verified(item)
        case Chapter.CLAIMED:
            return NextStep(words="look at its proof", step=Step.VERIFY, about=name)
        case Chapter.ASKS | Chapter.BLOCKED:
            wanted = checkpoints[-1].verdict.next_step if checkpoints else ""
            return NextStep(
                words=wanted or "see why, then let it try again",
                step=Step.RETRY,
                about=name,
            )
        case Chapter.FAILED:
            return NextStep(words="let it try again", step=Step.RETRY, about=name)
        case Chapter.CANCELLED:
            return NextStep(words="put it back if you want it", step=Step.RETRY, about=name)
        case Chapter.UNDER_WAY:
            return None


def _of_verified(item: WorkItem) -> NextStep:
    if item.state is TaskState.MERGING:
        return NextStep(words="nothing: it is being merged")
    if item.merge_state is MergeState.QUEUED:
        return NextStep(
            words="its merge is queued: an engine that runs does it, or you now",
            step=Step.RUN_MERGES,
        )
    if item.merge_state is MergeState.PULL_REQUEST:
        return NextStep(words="decide on its pull request", step=Step.LIST_MERGES)
    return NextStep(words="merge it", step=Step.MERGE, about=item.task_id)
