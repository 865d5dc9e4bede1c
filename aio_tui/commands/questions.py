"""Answers to what agents ask."""

from __future__ import annotations

from aio_tui.commands.base import Command, Desk, Topic
from engine.domain.action import ActionKind
from engine.domain.escalation import ApprovalScope
from engine.domain.orders import AcknowledgeEscalation, ApproveEscalation, DenyEscalation


class QuestionCommand(Command[Desk]):
    """A command about the open question at hand."""

    topic = Topic.QUESTIONS
    is_order = True

    def obstacle(self, desk: Desk) -> str:
        if desk.question is not None:
            return ""
        if desk.overview is not None and desk.overview.escalations:
            return f"this task asks nothing; press {desk.sign('go_to_inbox')} for the inbox"
        return "no question is open"


class ApproveOnce(QuestionCommand):
    """Let the asked action happen this one time."""

    keys = ("a",)
    label = "approve"
    short = "once"

    def run(self, desk: Desk) -> None:
        if desk.question is not None:
            desk.give(ApproveEscalation(escalation_id=desk.question.escalation_id))


class ApproveForTask(QuestionCommand):
    """Let the action happen, and all of this task that the same rule would stop; asks first. What
    cannot be taken back is asked about each time.
    """

    keys = ("A",)
    label = "approve for task"
    short = "task"

    def obstacle(self, desk: Desk) -> str:
        obstacle = super().obstacle(desk)
        if obstacle or desk.question is None or not desk.question.is_asked_each_time:
            return obstacle
        once, always = desk.sign("approve_once"), desk.sign("approve_always")
        return (
            f"what {desk.question.rule} stops may not be possible to take back, so it is asked"
            f" about each time; {once} approves it once, {always} makes a contract rule"
        )

    def run(self, desk: Desk) -> None:
        if desk.question is None:
            return
        asked = desk.question
        desk.choose(
            f"From now on {asked.task_id} may do without a question all that rule {asked.rule}"
            f" stops, not only what it asks now: whatever {asked.effect}. It holds as long as the"
            " task does.",
            [("y", "approve, and allow all that in this task"), ("n", "ask each time")],
            lambda key: (
                desk.give(
                    ApproveEscalation(escalation_id=asked.escalation_id, scope=ApprovalScope.TASK)
                )
                if key == "y"
                else None
            ),
        )


class Deny(QuestionCommand):
    """Refuse the action; the reason you give reaches the agent."""

    keys = ("d",)
    label = "deny"
    asks_for_text = True

    def run(self, desk: Desk) -> None:
        if desk.question is None:
            return
        escalation_id = desk.question.escalation_id
        desk.ask(
            "Deny: what shall the agent know?",
            lambda reason: desk.give(DenyEscalation(escalation_id=escalation_id, reason=reason)),
            may_be_empty=False,
        )


class ApproveAlways(QuestionCommand):
    """Let it happen from now on: shows the contract rule before it is saved."""

    keys = ("w",)
    label = "always"

    def obstacle(self, desk: Desk) -> str:
        return super().obstacle(desk) or desk.why_never_always

    def run(self, desk: Desk) -> None:
        if desk.question is None:
            return
        asked = desk.question
        desk.show_rule(
            asked.escalation_id,
            lambda rule: desk.choose(
                f"Save this in the contract, and approve?\n\n{rule}",
                [("y", "save and approve"), ("n", "not now")],
                lambda key: (
                    desk.give(
                        ApproveEscalation(
                            escalation_id=asked.escalation_id,
                            scope=ApprovalScope.ALWAYS,
                            shown_rule=rule,
                        )
                    )
                    if key == "y"
                    else None
                ),
            ),
        )


class EditAndApprove(QuestionCommand):
    """Change the command, then let that run; the agent is told what you changed."""

    keys = ("e",)
    label = "edit"
    asks_for_text = True

    def obstacle(self, desk: Desk) -> str:
        obstacle = super().obstacle(desk)
        if obstacle or desk.question is None:
            return obstacle
        action = desk.question.action
        if action.kind is not ActionKind.RUN_COMMAND:
            return "only commands can be edited; deny it and say what to do instead"
        is_plain = action.target.isprintable()
        return "" if is_plain else "a command of several lines: use 'aio-tui escalations approve'"

    def run(self, desk: Desk) -> None:
        if desk.question is None:
            return
        escalation_id = desk.question.escalation_id
        desk.ask(
            "Let this run instead",
            lambda command: desk.give(
                ApproveEscalation(escalation_id=escalation_id, edited=command)
            ),
            default=desk.question.action.target,
            may_be_empty=False,
        )


class DenyAndPause(QuestionCommand):
    """Refuse the action and hold its task; the reason you give reaches the agent."""

    keys = ("D",)
    label = "deny and pause"
    short = "deny+pause"
    asks_for_text = True
    is_in_bar = False

    def run(self, desk: Desk) -> None:
        if desk.question is None:
            return
        escalation_id = desk.question.escalation_id
        desk.ask(
            "Deny and pause: what shall the agent know?",
            lambda reason: desk.give(
                DenyEscalation(escalation_id=escalation_id, reason=reason, pauses=True)
            ),
            may_be_empty=False,
        )


class Acknowledge(QuestionCommand):
    """Say that you have seen the question: no more reminders."""

    keys = ("K",)
    label = "seen"
    is_in_bar = False

    def run(self, desk: Desk) -> None:
        if desk.question is not None:
            desk.give(AcknowledgeEscalation(escalation_id=desk.question.escalation_id))
