"""Every action of an agent passes here: judged, perhaps asked about, executed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from engine.domain.action import Action, Outcome, Ruling, Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import EngineError, InputError
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.facts import EscalationRaised
from engine.domain.ids import EscalationId
from engine.domain.state import TaskState, Trigger
from engine.domain.transcript import EntryKind
from engine.domain.work import Claim
from engine.loop.answers import Answers
from engine.loop.contracts_in_force import UNREADABLE
from engine.loop.deadline import Deadline
from engine.loop.hooking import TaskHooks
from engine.loop.slots import Slots
from engine.ports.agent import Permission, ToolCall, ToolResult
from engine.ports.clock import Clock, Ids
from engine.ports.store import Store, Transaction
from engine.redaction.redactor import holds_placeholder

if TYPE_CHECKING:
    from engine.sandbox.requests import ToolRequest
    from engine.sandbox.tools import ToolBox


class Recorder(Protocol):
    """Writes decisions durably before their effect."""

    async def record(self, decision: Decision) -> None: ...


class Notes(Protocol):
    """Takes transcript lines."""

    def append(self, kind: EntryKind, text: str, *, is_error: bool = False) -> None: ...


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


class TaskGate:
    """The tools and permissions of one task in one iteration."""

    def __init__(
        self,
        claim: Claim,
        *,
        iteration: int,
        judge: Callable[[Action], Awaitable[Ruling]],
        toolbox: ToolBox,
        notes: Notes,
        deadline: Deadline,
        hooks: TaskHooks,
        services: GateServices,
    ) -> None:
        self._claim = claim
        self._item = claim.item
        self._iteration = iteration
        self._judge = judge
        self._toolbox = toolbox
        self._notes = notes
        self._deadline = deadline
        self._hooks = hooks
        self._services = services

    async def call(self, call: ToolCall) -> ToolResult:
        """Judge, escalate if need be, execute."""
        try:
            request = self._toolbox.request(call)
        except InputError as error:
            return ToolResult(call_id=call.call_id, output=str(error), is_error=True)
        if _writes_placeholder(call):
            return ToolResult(call_id=call.call_id, output=_PLACEHOLDER_WRITTEN, is_error=True)
        permission = await self.ask(request.action)
        if permission.outcome is not Outcome.ALLOW:
            text = f"Refused: {permission.reason}"
            return ToolResult(call_id=call.call_id, output=text, is_error=True)
        result = await self._execute(call, request, is_approved=permission.is_from_operator)
        await self._hooks.after_tool(request.action, result)
        return result

    async def ask(self, action: Action) -> Permission:
        """Judge `action`; where a rule asks, wait for the operator, if need be for hours."""
        denied = await self._hooks.before_tool(action)
        if denied is not None:
            return Permission(outcome=Outcome.DENY, reason=denied)
        ruling = await self._judge(action)
        if ruling.outcome is Outcome.ALLOW:
            return Permission(outcome=Outcome.ALLOW, reason=ruling.why)
        action, ruling = self._shown(action), self._told(ruling)
        if ruling.outcome is Outcome.DENY:
            return await self._refuse(action, ruling)
        earlier = await self._earlier_answer(action, ruling)
        if earlier is not None:
            return earlier
        escalation = await self._raise_or_rejoin(action, ruling)
        return await self._answer_to(escalation)

    def _shown(self, action: Action) -> Action:
        """As it is written down and shown; answers are bound to it."""
        redact = self._services.redact
        return replace(action, target=redact(action.target), detail=redact(action.detail))

    def _told(self, ruling: Ruling) -> Ruling:
        redact = self._services.redact
        return replace(ruling, why=redact(ruling.why), effect=redact(ruling.effect))

    async def _execute(
        self, call: ToolCall, request: ToolRequest, *, is_approved: bool
    ) -> ToolResult:
        try:
            output = await self._toolbox.execute(request, is_approved=is_approved)
        except EngineError as error:
            return ToolResult(call_id=call.call_id, output=str(error), is_error=True)
        return ToolResult(
            call_id=call.call_id,
            output=self._services.redact(output.output),
            is_error=output.is_error,
            duration_s=output.duration_s,
        )

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
                is_grant = past.scope is ApprovalScope.TASK and past.rule == ruling.rule
                is_grant = is_grant and ruling.rule != UNREADABLE
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
        return None if past is None else self._permission_of(past)

    async def _raise_or_rejoin(self, action: Action, ruling: Ruling) -> Escalation:
        """The open escalation for this action: the one of a killed run, or a new one."""
        new = self._new_escalation(action, ruling)
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
        return Permission(
            outcome=Outcome.ALLOW if is_approved else Outcome.DENY,
            reason=text,
            is_from_operator=True,
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


_PLACEHOLDER_WRITTEN = (
    "Refused: this would write or run a placeholder such as [redacted:token], which stands for "
    "something that you are not shown. Change only the text around it, or work without it."
)


def _writes_placeholder(call: ToolCall) -> bool:
    """Whether what the call writes or runs is not what it was: it would destroy the original."""
    names = ("command", "file_text", "new_str", "insert_text")
    return any(holds_placeholder(str(call.arguments.get(name, ""))) for name in names)


def _raised(escalation: Escalation) -> EscalationRaised:
    return EscalationRaised(
        escalation_id=escalation.escalation_id,
        rule=escalation.rule,
        severity=escalation.severity.value,
        summary=escalation.action.target[:200],
    )
