"""What answers to questions do, inside one transaction: exactly one counts."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.action import ActionKind
from engine.domain.decision import DecisionKind
from engine.domain.errors import InputError, StateError
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.facts import EscalationAcknowledged, EscalationAnswered
from engine.domain.orders import AcknowledgeEscalation, ApproveEscalation, DenyEscalation
from engine.domain.state import TaskState, Trigger
from engine.domain.steps import NextStep, Step
from engine.domain.work import WorkItem
from engine.loop.parking import pause_if_asked
from engine.ports.store import Transaction

AnswerOrder = ApproveEscalation | DenyEscalation | AcknowledgeEscalation
_OPEN = frozenset({EscalationState.OPEN})
_SCOPES: Mapping[ApprovalScope, str] = {
    ApprovalScope.ONCE: "approve once",
    ApprovalScope.TASK: "approve for this task",
    ApprovalScope.ALWAYS: "approve always, by a contract rule",
}


def check_answer(escalation: Escalation, order: AnswerOrder) -> None:
    """Refuse what can never take effect.

    Raises:
        StateError: the question was answered; the message says by whom.
        InputError: the answer lacks something.
    """
    if escalation.state is not EscalationState.OPEN:
        raise _answered_already(escalation)
    match order:
        case DenyEscalation(reason=reason) if not reason.strip():
            raise InputError("a denial needs a reason", hint="say it: it reaches the agent")
        case ApproveEscalation(edited=edited) if edited:
            _check_edit(escalation, order)
        case ApproveEscalation(scope=ApprovalScope.TASK) if escalation.is_asked_each_time:
            raise InputError(
                f"what rule {escalation.rule} stops is asked about each time: it may not be"
                " possible to take it back",
                hint="approve it once, or always by a contract rule that names exactly this",
            )
        case ApproveEscalation(scope=ApprovalScope.ALWAYS, shown_rule=rule) if not rule.strip():
            raise InputError(
                "a rule for always must be seen before it is saved",
                hint=NextStep(
                    words="look at it first", step=Step.ANSWER, about=escalation.escalation_id
                ),
            )
        case _:
            pass


def _check_edit(escalation: Escalation, order: ApproveEscalation) -> None:
    if order.scope is not ApprovalScope.ONCE:
        raise InputError(
            "an edited command can be approved once, not for its task or always",
            hint="approve it once, or approve the command as it was asked",
        )
    if escalation.action.kind is not ActionKind.RUN_COMMAND:
        raise InputError(
            f"escalation {escalation.escalation_id!r} asks about no command",
            hint="only commands can be edited; deny it and say what to do instead",
        )
    if not order.edited.strip() or "\0" in order.edited:
        raise InputError("the edited command is none", hint="say what to run")


def _answered_already(escalation: Escalation) -> StateError:
    if escalation.state is EscalationState.WITHDRAWN:
        return StateError(
            f"escalation {escalation.escalation_id!r} needs no answer any more",
            hint="its task has ended, or asks something else by now",
        )
    by = escalation.answered_by or "the engine"
    return StateError(
        f"escalation {escalation.escalation_id!r} was {escalation.state} by {by}",
        hint="the first answer holds",
    )


def answer(
    tx: Transaction, order: ApproveEscalation | DenyEscalation, by: str
) -> tuple[Escalation, WorkItem]:
    """Record it; a task that waits without a worker is ready again."""
    is_approval = isinstance(order, ApproveEscalation)
    state = EscalationState.APPROVED if is_approval else EscalationState.DENIED
    escalation = tx.answer_escalation(
        order.escalation_id,
        state=state,
        by=by,
        reason=order.reason,
        scope=order.scope if isinstance(order, ApproveEscalation) else None,
        edited=order.edited if isinstance(order, ApproveEscalation) else "",
    )
    item = tx.task(escalation.task_id)
    if isinstance(order, DenyEscalation) and order.pauses:
        item = tx.update_task(item.task_id, is_pause_requested=True)
    if item.state is TaskState.WAITING and item.orchestrator_id is None:
        item = tx.move(item.task_id, Trigger.UNPARK, reason=f"{state.value} by {by}")
        item = pause_if_asked(tx, item)
    tx.append_facts(
        EscalationAnswered(
            escalation_id=escalation.escalation_id, answer=state.value, by=by, reason=order.reason
        ),
        task_id=escalation.task_id,
        project=escalation.project,
    )
    return escalation, item


def acknowledge(tx: Transaction, order: AcknowledgeEscalation, by: str) -> Escalation:
    """Note who has seen it; a second time changes nothing."""
    is_first = tx.escalation(order.escalation_id).acknowledged_at is None
    escalation = tx.acknowledge_escalation(order.escalation_id, by=by)
    if is_first:
        tx.append_facts(
            EscalationAcknowledged(escalation_id=escalation.escalation_id, by=by),
            task_id=escalation.task_id,
            project=escalation.project,
        )
    return escalation


def in_words(order: AnswerOrder) -> tuple[DecisionKind, str, str]:
    """Kind, words and reason of the audit line."""
    match order:
        case ApproveEscalation(scope=scope, reason=reason, edited=edited):
            words = "approve with a change" if edited else _SCOPES[scope]
            return DecisionKind.GUARDRAIL_OVERRIDE, words, reason
        case DenyEscalation(reason=reason, pauses=pauses):
            words = "deny and pause the task" if pauses else "deny"
            return DecisionKind.ESCALATION_ANSWER, words, reason
        case AcknowledgeEscalation():
            return DecisionKind.ESCALATION_ANSWER, "acknowledge", ""
