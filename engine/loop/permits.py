"""Whether an action of an agent may happen: by the rules, or as the operator answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.domain.action import Action, Outcome, Ruling, Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.escalation import EACH_TIME, ApprovalScope, Escalation, EscalationState
from engine.domain.facts import EscalationRaised
from engine.domain.ids import EscalationId
from engine.domain.state import TaskState, Trigger
from engine.domain.transcript import EntryKind
from engine.domain.values import dataclass
from engine.domain.work import Claim
from engine.loop.answers import Answers
from engine.loop.deadline import Deadline
from engine.loop.hooking import TaskHooks
from engine.loop.scribes import Notes, Recorder
from engine.loop.slots import Slots
from engine.ports.agent import Permission
from engine.ports.clock import Clock, Ids
from engine.ports.store import Store, Transaction

STOPPED = frozenset({"ask", "deny"})
"""Decisions of guardrails that held an action up."""
ALLOWED_BY_CONTRACT, ALLOWED_BY_GRANT = "allow by contract", "allow by an earlier answer"
_KEPT_WORDS = 2000
_SURE = 0.6
_LASTING = (ApprovalScope.TASK, ApprovalScope.ALWAYS)
_RISKS: Mapping[Severity, str] = {
    Severity.LOW: "little: what goes wrong is easy to undo",
    Severity.MEDIUM: "some: it reaches beyond the task, or nobody can say what it does",
    Severity.HIGH: "high: it may be hard to undo, or concern others",
    Severity.CRITICAL: "critical: it may destroy, leak or give away what cannot be got back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateServices:
    """What all gates of one engine share."""

    store: Store
    decisions: Recorder
    clock: Clock
    ids: Ids
    redact: Callable[[str], str]
    """Takes out what may not be written or shown."""
    answers: Answers
    slots: Slots


class Permits:
    """Those of one task in one iteration."""

    def __init__(
        self,
        claim: Claim,
        *,
        iteration: int,
        judge: Callable[[Action], Awaitable[Ruling]],
        notes: Notes,
        deadline: Deadline,
        hooks: TaskHooks,
        services: GateServices,
        worktree: Path,
    ) -> None:
        self._claim = claim
        self._item = claim.item
        self._iteration = iteration
        self._judge = judge
        self._notes = notes
        self._deadline = deadline
        self._hooks = hooks
        self._services = services
        self._worktree = worktree
        self._words = ""

    async def permit(self, action: Action, preview: Callable[[], str]) -> Permission:
        """Whether it may happen; where a rule asks, the operator is waited for, if need be for
        hours. `preview` tells what it would change, for him to see.
        """
        denied = await self._hooks.before_tool(action)
        if denied is not None:
            return Permission(outcome=Outcome.DENY, reason=denied)
        ruling = await self._judge(action)
        if ruling.outcome is Outcome.ALLOW:
            return await self._allow(action, ruling)
        original, action, ruling = action, self._shown(action), self._told(ruling)
        if ruling.outcome is Outcome.DENY:
            return await self._refuse(action, ruling)
        earlier = await self._earlier_answer(action, ruling)
        if earlier is not None:
            return earlier
        evidence = await asyncio.to_thread(self._evidence, original, ruling, preview)
        escalation = await self._raise_or_rejoin(action, ruling, evidence)
        return await self._answer_to(escalation)

    async def recheck(self, action: Action) -> Permission:
        """Whether what the operator made of a command may happen: he need not be asked again, but
        what nobody may allow stays refused.
        """
        denied = await self._hooks.before_tool(action)
        ruling = await self._judge(action)
        if denied is not None:
            return Permission(outcome=Outcome.DENY, reason=denied)
        if ruling.outcome is Outcome.DENY:
            return await self._refuse(self._shown(action), self._told(ruling))
        return Permission(outcome=Outcome.ALLOW, reason=ruling.why, rule=ruling.rule)

    def hear(self, text: str) -> None:
        """What the agent says: its last words before a call tell what it wants."""
        self._words = (self._words + text)[-_KEPT_WORDS:]

    def heard_out(self) -> None:
        """A call has ended; new words belong to the next one."""
        self._words = ""

    async def _allow(self, action: Action, ruling: Ruling) -> Permission:
        """What the rules allow by themselves leaves no line; what a contract lets pass does."""
        if ruling.is_by_contract:
            asked = await self._answer_for_ever(self._shown(action))
            if asked is not None:
                return self._permission_of(asked)
            told = self._told(ruling)
            line = self._decision(self._shown(action), told, ALLOWED_BY_CONTRACT, told.why)
            await self._services.decisions.record(line)
        return Permission(outcome=Outcome.ALLOW, reason=ruling.why)

    async def _answer_for_ever(self, action: Action) -> Escalation | None:
        """The answer that made the contract allow just this, as long as it has had no effect: it
        came after the one who asked had gone, and what was approved is to happen as approved.
        """
        approved, task_id = frozenset({EscalationState.APPROVED}), self._item.task_id

        def is_it(past: Escalation) -> bool:
            is_for_ever = past.scope is ApprovalScope.ALWAYS and past.consumed_at is None
            return is_for_ever and past.action.fingerprint == action.fingerprint

        store = self._services.store
        for past in await store.read(
            lambda reader: reader.escalations(states=approved, task_id=task_id)
        ):
            if is_it(past) and await store.write(
                lambda tx, found=past: tx.consume_answer(found.escalation_id)  # type: ignore[misc]
            ):
                return past
        return None

    def _shown(self, action: Action) -> Action:
        """As it is written down and shown; answers are bound to it."""
        redact = self._services.redact
        return replace(action, target=redact(action.target), detail=redact(action.detail))

    def _told(self, ruling: Ruling) -> Ruling:
        redact = self._services.redact
        return replace(ruling, why=redact(ruling.why), effect=redact(ruling.effect))

    async def _refuse(self, action: Action, ruling: Ruling) -> Permission:
        await self._services.decisions.record(self._decision(action, ruling, "deny", ruling.why))
        self._notes.append(EntryKind.GUARD, f"denied by {ruling.rule}: {ruling.why}", is_error=True)
        return Permission(outcome=Outcome.DENY, reason=f"{ruling.why} (rule {ruling.rule})")

    async def _earlier_answer(self, action: Action, ruling: Ruling) -> Permission | None:
        """What the operator said before, in this run or one that was killed."""
        answered = frozenset({EscalationState.APPROVED, EscalationState.DENIED})
        task_id, fingerprint = self._item.task_id, action.fingerprint

        def find_and_consume(tx: Transaction) -> Escalation | None:
            for past in tx.escalations(states=answered, task_id=task_id):
                is_grant = past.scope in _LASTING and past.rule == ruling.rule
                is_grant = is_grant and ruling.rule not in EACH_TIME
                is_same = past.action.fingerprint == fingerprint
                if past.state is EscalationState.APPROVED and is_grant:
                    tx.consume_answer(past.escalation_id)
                    return past
                if is_same and past.state is EscalationState.DENIED:
                    tx.consume_answer(past.escalation_id)
                    return past
                if is_same and tx.consume_answer(past.escalation_id):
                    return past
            return None

        past = await self._services.store.write(find_and_consume)
        if past is None:
            return None
        if past.state is EscalationState.APPROVED and past.scope in _LASTING:
            why = f"{past.answered_by or 'the operator'} approved it for the task: {ruling.why}"
            line = self._decision(action, ruling, ALLOWED_BY_GRANT, why, ref=past.escalation_id)
            await self._services.decisions.record(line)
        return self._permission_of(past)

    def _evidence(
        self, action: Action, ruling: Ruling, preview: Callable[[], str]
    ) -> dict[str, Any]:
        """What the operator is shown beside the action; nothing of it may keep a question back."""
        redact = self._services.redact
        from engine.governance.foresight import foreseen  # late: no start waits for the parser

        try:
            lines = foreseen(action, worktree=self._worktree)
        except Exception as error:  # noqa: BLE001  a fault of the parser is told in its place
            lines = (f"does what cannot be foreseen ({type(error).__name__})",)
        return {
            "wanted": redact(self._words.strip()),
            "diff": redact(preview()),
            "foreseen": tuple(map(redact, lines)),
            "risk": risk_of(ruling),
        }

    async def _raise_or_rejoin(
        self, action: Action, ruling: Ruling, evidence: dict[str, Any]
    ) -> Escalation:
        """The open escalation for this action: the one of a killed run, or a new one."""
        new = replace(self._new_escalation(action, ruling), **evidence)
        decision = self._decision(action, ruling, "ask", ruling.why, ref=new.escalation_id)
        await self._services.decisions.record(decision)
        fence = self._claim.fence
        open_only = frozenset({EscalationState.OPEN})

        def raise_it(tx: Transaction) -> Escalation:
            escalation = new
            for past in tx.escalations(states=open_only, task_id=new.task_id):
                if past.action.fingerprint == action.fingerprint:
                    escalation = past
                    break
            else:
                tx.add_escalation(new)
                tx.append_facts(_raised(new), task_id=new.task_id, project=new.project)
            tx.move(new.task_id, Trigger.ASK, fence=fence, reason=escalation.why)
            return escalation

        return await self._services.store.write(raise_it)

    async def _answer_to(self, escalation: Escalation) -> Permission:
        self._notes.append(
            EntryKind.GUARD, f"waiting for the operator ({escalation.rule}): {escalation.why}"
        )
        services = self._services
        services.slots.free()
        has_slot = False
        try:
            async with self._deadline.standing_still():
                answered = await self._answered(escalation.escalation_id)
                await services.slots.take_again()
                has_slot = True
        finally:
            if not has_slot:
                services.slots.take()
        return await self._consume(answered)

    async def _answered(self, escalation_id: EscalationId) -> Escalation:
        """The answered escalation, also if the answer came before we began to wait."""
        services = self._services
        with services.answers.expecting(escalation_id) as answer:
            current = await services.store.read(lambda reader: reader.escalation(escalation_id))
            return await answer if current.state is EscalationState.OPEN else current

    async def _consume(self, answered: Escalation) -> Permission:
        fence, task_id = self._claim.fence, answered.task_id

        def take_effect(tx: Transaction) -> bool:
            if tx.task(task_id).state is TaskState.WAITING:
                tx.move(task_id, Trigger.ANSWER, fence=fence, reason="answered")
            return tx.consume_answer(answered.escalation_id)

        is_first = await self._services.store.write(take_effect)
        if not is_first and answered.scope is ApprovalScope.ONCE:
            return Permission(outcome=Outcome.DENY, reason="this approval was used before")
        return self._permission_of(answered)

    def _permission_of(self, answered: Escalation) -> Permission:
        is_approved = answered.state is EscalationState.APPROVED
        word = "approved" if is_approved else "denied"
        said = f": {answered.reason}" if answered.reason else ""
        text = f"{word} by {answered.answered_by or 'the engine'}{said}"
        self._notes.append(EntryKind.GUARD, text, is_error=not is_approved)
        if is_approved and answered.edited:
            return Permission(
                outcome=Outcome.DENY,
                reason=f"{text}; the operator allows this instead: {answered.edited}",
                is_from_operator=True,
                instead=answered.edited,
            )
        return Permission(
            outcome=Outcome.ALLOW if is_approved else Outcome.DENY,
            reason=text,
            is_from_operator=True,
            rule=answered.rule,
        )

    def _new_escalation(self, action: Action, ruling: Ruling) -> Escalation:
        return Escalation(
            escalation_id=EscalationId(self._services.ids.new("esc")),
            task_id=self._item.task_id,
            project=self._item.project,
            iteration=self._iteration,
            action=action,
            rule=ruling.rule,
            why=ruling.why,
            effect=ruling.effect,
            severity=ruling.severity,
            state=EscalationState.OPEN,
            raised_at=self._services.clock.now(),
        )

    def _decision(
        self, action: Action, ruling: Ruling, decision: str, reason: str, *, ref: str = ""
    ) -> Decision:
        return Decision(
            at=self._services.clock.now(),
            kind=DecisionKind.GUARDRAIL,
            task_id=self._item.task_id,
            repo=self._item.project,
            decision=decision,
            value=f"{action.kind}: {action.target}",
            confidence=ruling.confidence,
            severity=ruling.severity or Severity.LOW,
            approver="engine",
            reason=f"{ruling.rule}: {reason}",
            ref=ref,
        )


def risk_of(ruling: Ruling) -> str:
    """What may go wrong, in words."""
    doubt = "; the parser is not sure that it saw everything" if ruling.confidence < _SURE else ""
    return f"{_RISKS[ruling.severity]}{doubt}"


def _raised(escalation: Escalation) -> EscalationRaised:
    return EscalationRaised(
        escalation_id=escalation.escalation_id,
        rule=escalation.rule,
        severity=escalation.severity.value,
        summary=escalation.action.target[:200],
    )
