"""Every action of an agent passes here: judged, perhaps asked about, executed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.domain.action import Action, Outcome, Ruling, Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import EngineError, InputError
from engine.domain.escalation import EACH_TIME, ApprovalScope, Escalation, EscalationState
from engine.domain.facts import EscalationRaised, MessageDelivered
from engine.domain.ids import EscalationId
from engine.domain.state import TaskState, Trigger
from engine.domain.transcript import EntryKind
from engine.domain.values import dataclass
from engine.domain.work import Claim
from engine.loop.answers import Answers
from engine.loop.deadline import Deadline
from engine.loop.hooking import TaskHooks
from engine.loop.slots import Slots
from engine.ports.agent import Permission, ToolCall, ToolResult
from engine.ports.clock import Clock, Ids
from engine.ports.store import Store, Transaction
from engine.redaction.redactor import holds_placeholder

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
        worktree: Path,
        known_messages: frozenset[int] = frozenset(),
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
        self._worktree = worktree
        self._words = ""
        self._known_messages = known_messages
        self._told_messages: list[int] = []

    @property
    def told_messages(self) -> tuple[int, ...]:
        """Numbers of the operator's messages that the agent was given."""
        return tuple(self._told_messages)

    async def call(self, call: ToolCall) -> ToolResult:
        """Judge, escalate if need be, execute; messages of the operator come with the result."""
        return await self._with_messages(await self._called(call))

    async def _with_messages(self, result: ToolResult) -> ToolResult:
        store, item = self._services.store, self._item
        unread = await store.read(lambda reader: reader.urgent_notes(item.task_id))
        known = {*self._known_messages, *self._told_messages}
        fresh = [note for note in unread if note.number not in known]
        if not fresh:
            return result
        facts = [MessageDelivered(iteration=self._iteration, text=note.text) for note in fresh]
        await store.write(
            lambda tx: tx.append_facts(*facts, task_id=item.task_id, project=item.project)
        )
        self._told_messages += [note.number for note in fresh]
        for note in fresh:
            self._notes.append(EntryKind.GUARD, f"message of the operator: {note.text}")
        told = "\n".join(f"[Message of the operator, for you, now: {n.text}]" for n in fresh)
        return replace(result, output=f"{result.output}\n\n{told}")

    async def _called(self, call: ToolCall) -> ToolResult:
        try:
            request = self._toolbox.request(call)
        except InputError as error:
            return ToolResult(call_id=call.call_id, output=str(error), is_error=True)
        if _writes_placeholder(call):
            return ToolResult(call_id=call.call_id, output=_PLACEHOLDER_WRITTEN, is_error=True)
        permission = await self._permit(request.action, lambda: self._toolbox.preview(request))
        if permission.instead:
            return await self._execute_instead(call, permission)
        if permission.outcome is not Outcome.ALLOW:
            text = f"Refused: {permission.reason}"
            return ToolResult(call_id=call.call_id, output=text, is_error=True)
        result = await self._execute(
            call, request, asked_by=permission.rule if permission.is_from_operator else None
        )
        await self._hooks.after_tool(request.action, result)
        return result

    def hear(self, text: str) -> None:
        """What the agent says: its last words before a call tell what it wants."""
        self._words = (self._words + text)[-_KEPT_WORDS:]

    def heard_out(self) -> None:
        """A call has ended; new words belong to the next one."""
        self._words = ""

    async def _execute_instead(self, call: ToolCall, permission: Permission) -> ToolResult:
        """Run what the operator made of the command; it is judged like any other."""
        changed = replace(call, arguments={"command": permission.instead})
        try:
            request = self._toolbox.request(changed)
        except InputError as error:
            return ToolResult(call_id=call.call_id, output=str(error), is_error=True)
        denied = await self._hooks.before_tool(request.action)
        ruling = await self._judge(request.action)
        if denied is None and ruling.outcome is Outcome.DENY:
            denied = (await self._refuse(self._shown(request.action), self._told(ruling))).reason
        told = (
            f"[The operator changed your command. What ran: {self._redacted(permission.instead)}]"
        )
        if denied is not None:
            text = f"Refused: {denied}. The operator had changed your command; nothing ran."
            return ToolResult(call_id=call.call_id, output=text, is_error=True)
        result = await self._execute(changed, request, asked_by=ruling.rule)
        await self._hooks.after_tool(request.action, result)
        return replace(result, output=f"{told}\n{result.output}")

    def _redacted(self, text: str) -> str:
        return self._services.redact(text)

    async def ask(self, action: Action) -> Permission:
        """Judge `action`; where a rule asks, wait for the operator, if need be for hours."""
        return await self._permit(action, str)

    async def _permit(self, action: Action, preview: Callable[[], str]) -> Permission:
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

    async def _allow(self, action: Action, ruling: Ruling) -> Permission:
        """What the rules allow by themselves leaves no line; what a contract lets pass does."""
        if ruling.is_by_contract:
            told = self._told(ruling)
            line = self._decision(self._shown(action), told, ALLOWED_BY_CONTRACT, told.why)
            await self._services.decisions.record(line)
        return Permission(outcome=Outcome.ALLOW, reason=ruling.why)

    def _shown(self, action: Action) -> Action:
        """As it is written down and shown; answers are bound to it."""
        redact = self._services.redact
        return replace(action, target=redact(action.target), detail=redact(action.detail))

    def _told(self, ruling: Ruling) -> Ruling:
        redact = self._services.redact
        return replace(ruling, why=redact(ruling.why), effect=redact(ruling.effect))

    async def _execute(
        self, call: ToolCall, request: ToolRequest, *, asked_by: str | None
    ) -> ToolResult:
        """`asked_by`: the rule by which a human was asked and said yes; None: nobody was."""
        from engine.governance.held import needs_release  # late, as all rules

        try:
            output = await self._toolbox.execute(
                request,
                is_approved=asked_by is not None,
                is_released=asked_by is not None and needs_release(asked_by),
            )
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


_PLACEHOLDER_WRITTEN = (
    "Refused: this would write or run a placeholder such as [redacted:token], which stands for "
    "something that you are not shown. Change only the text around it, or work without it."
)


def _writes_placeholder(call: ToolCall) -> bool:
    """Whether what the call writes or runs is not what it was: it would destroy the original."""
    names = ("command", "file_text", "new_str", "insert_text")
    return any(holds_placeholder(str(call.arguments.get(name, ""))) for name in names)


def risk_of(ruling: Ruling) -> str:
    """What may go wrong, in words."""
    doubt = "; the parser is not sure that it saw everything" if ruling.confidence < _SURE else ""
    return f"{_RISKS[ruling.severity]} ({ruling.effect}){doubt}"


def _raised(escalation: Escalation) -> EscalationRaised:
    return EscalationRaised(
        escalation_id=escalation.escalation_id,
        rule=escalation.rule,
        severity=escalation.severity.value,
        summary=escalation.action.target[:200],
    )
