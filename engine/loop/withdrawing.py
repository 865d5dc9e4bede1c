"""Questions that nobody needs to answer any more."""

from __future__ import annotations

from engine.domain.escalation import EscalationState
from engine.domain.facts import EscalationAnswered
from engine.domain.ids import TaskId
from engine.ports.store import Transaction

_OPEN = frozenset({EscalationState.OPEN})


def withdraw_open(tx: Transaction, task_id: TaskId, why: str) -> None:
    """Close the questions of a task whose agent waits no more: no answer could take effect."""
    for escalation in tx.escalations(states=_OPEN, task_id=task_id):
        tx.answer_escalation(
            escalation.escalation_id,
            state=EscalationState.WITHDRAWN,
            by="engine",
            reason=why,
            scope=None,
        )
        tx.append_facts(
            EscalationAnswered(
                escalation_id=escalation.escalation_id,
                answer=EscalationState.WITHDRAWN.value,
                by="engine",
                reason=why,
            ),
            task_id=task_id,
            project=escalation.project,
        )
