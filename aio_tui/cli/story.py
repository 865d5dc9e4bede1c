"""Facts as sentences, for a run that is watched as plain text."""

from __future__ import annotations

from engine.domain.facts import (
    EscalationAnswered,
    EscalationRaised,
    Fact,
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    JournalEntry,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
    TaskMoved,
    WarningRaised,
)
from engine.domain.state import TaskState

_TOLD_STATES = {
    TaskState.COMPLETED.value,
    TaskState.BLOCKED.value,
    TaskState.FAILED.value,
    TaskState.CANCELLED.value,
}


def sentence(entry: JournalEntry) -> str | None:
    """One line for what an operator wants to hear of; None for the rest."""
    told = _told(entry.fact)
    if told is None:
        return None
    who = f"{entry.task_id}: " if entry.task_id else ""
    return f"{entry.at:%H:%M:%S}  {who}{told}"


def _told(fact: Fact) -> str | None:
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
        case TaskMoved(after=after, reason=reason) if after in _TOLD_STATES:
            return f"{after}: {reason}" if reason else after
        case _:
            return _told_of_run(fact)


def _told_of_run(fact: Fact) -> str | None:
    match fact:
        case RunStarted(parallel=parallel):
            return f"the run begins, at most {parallel} at work at once"
        case RunEnded(cause=cause):
            return f"the run ends: {cause}"
        case RunPaused():
            return "the run is paused"
        case RunResumed():
            return "the run goes on"
        case WarningRaised(text=text):
            return f"warning: {text}"
        case _:
            return None
