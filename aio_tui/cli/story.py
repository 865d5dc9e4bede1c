"""Facts as sentences, for a run that is watched as plain text."""

from __future__ import annotations

from typing import assert_never

from engine.domain.facts import (
    EscalationAnswered,
    EscalationRaised,
    Fact,
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    JournalEntry,
    MergeRefused,
    MergeReverted,
    PullRequestOpened,
    RunEnded,
    RunHalted,
    RunPaused,
    RunResumed,
    RunStarted,
    TaskBranched,
    TaskMerged,
    TaskMoved,
    WarningRaised,
)
from engine.domain.state import TaskState, Trigger
from engine.domain.steps import Way, by_command, with_next
from engine.domain.words import state_word

_TOLD_STATES = {
    TaskState.COMPLETED.value,
    TaskState.BLOCKED.value,
    TaskState.FAILED.value,
    TaskState.CANCELLED.value,
}


def sentence(entry: JournalEntry, way_of: Way = by_command) -> str | None:
    """One line for what an operator wants to hear of; None for the rest. What can be done about it
    is done in this way.
    """
    told = words_of(entry.fact, way_of)
    if told is None:
        return None
    who = f"{entry.task_id}: " if entry.task_id else ""
    return f"{entry.at:%H:%M:%S}  {who}{told}"


def words_of(fact: Fact, way_of: Way = by_command) -> str | None:
    """What happened; None: nothing that an operator wants to hear of."""
    match fact:
        case IterationStarted(iteration=iteration, agent=agent):
            return f"iteration {iteration} begins ({agent})"
        case IterationFinished(iteration=iteration, verdict=verdict, decision=decision):
            return f"iteration {iteration} {verdict}: {decision}"
        case IterationAbandoned(iteration=iteration, cause=cause):
            return f"iteration {iteration} given up: {cause}"
        case EscalationRaised(escalation_id=escalation_id, rule=rule, summary=summary):
            return f"waits for you ({escalation_id}, {rule}): {summary}"
        case EscalationAnswered(escalation_id=escalation_id, answer=answer, by=by):
            return f"{escalation_id} {answer} by {by}"
        case TaskBranched(origin=origin, iteration=iteration, commit=commit, by=by):
            return f"begins where iteration {iteration} of {origin} ended ({commit[:12]}), by {by}"
        case TaskMerged() | MergeRefused() | MergeReverted() | PullRequestOpened():
            return _told_of_merge(fact)
        case TaskMoved(trigger=Trigger.LAND.value):
            return None
        case TaskMoved(after=after, after_merge=merge, reason=reason) if after in _TOLD_STATES:
            word = state_word(after, merge)
            return f"{word}: {reason}" if reason else word
        case _:
            return _told_of_run(fact, way_of)


def _told_of_merge(
    fact: TaskMerged | MergeRefused | MergeReverted | PullRequestOpened,
) -> str:
    match fact:
        case TaskMerged(base_branch=base_branch, commit=commit):
            return f"merged into {base_branch} as {commit[:12]}"
        case MergeRefused(why=why):
            return f"not merged: {why}"
        case MergeReverted(base_branch=base_branch, reason=reason, by=by):
            return f"reverted on {base_branch} by {by}: {reason}"
        case PullRequestOpened(url=url):
            return f"pull request {url}"
        case _:
            assert_never(fact)


def _told_of_run(fact: Fact, way_of: Way) -> str | None:
    match fact:
        case RunStarted(parallel=parallel):
            return f"the run begins, at most {parallel} at work at once"
        case RunEnded(cause=cause, next_step=step):
            return f"the run ends: {with_next(cause, step, way_of)}"
        case RunPaused():
            return "the queue is paused"
        case RunHalted(reason=reason, by=by):
            return f"everything is halted by {by}: {reason}"
        case RunResumed():
            return "the queue goes on"
        case WarningRaised(text=text):
            return f"warning: {text}"
        case _:
            return None
