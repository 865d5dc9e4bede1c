"""Answers to what agents ask."""

from __future__ import annotations

from aio_tui.commands.base import Command, Desk, Topic
from engine.domain.escalation import ApprovalScope
from engine.domain.orders import ApproveEscalation, DenyEscalation


class QuestionCommand(Command):
    """A command about the open question at hand."""

    topic = Topic.QUESTIONS

    def obstacle(self, desk: Desk) -> str:
        if desk.question is not None:
            return ""
        if desk.overview is not None and desk.overview.escalations:
            return "this task asks nothing; press 6 for the inbox"
        return "no question is open"


class ApproveOnce(QuestionCommand):
    """Let the asked action happen this one time."""

    keys = ("a",)
    label = "approve"

    def run(self, desk: Desk) -> None:
        if desk.question is not None:
            desk.give(ApproveEscalation(escalation_id=desk.question.escalation_id))


class ApproveForTask(QuestionCommand):
    """Let the action happen, and all of this task that the same rule would stop."""

    keys = ("A",)
    label = "approve for task"

    def run(self, desk: Desk) -> None:
        if desk.question is not None:
            desk.give(
                ApproveEscalation(
                    escalation_id=desk.question.escalation_id, scope=ApprovalScope.TASK
                )
            )


class Deny(QuestionCommand):
    """Refuse the action; the reason you give reaches the agent."""

    keys = ("d",)
    label = "deny"

    def run(self, desk: Desk) -> None:
        if desk.question is None:
            return
        escalation_id = desk.question.escalation_id
        desk.ask(
            "Deny: what shall the agent know?",
            lambda reason: desk.give(DenyEscalation(escalation_id=escalation_id, reason=reason)),
            may_be_empty=False,
        )
