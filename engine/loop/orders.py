"""Applies what operators order: each order exactly once, or refused with the reason.

The audit line is on disk before the transaction that holds the effect and marks the order. A crash
between the two repeats the line (with the same `ref`), never the effect. What is refused has no
line, unless the state changed between the two: then a second line takes the first one back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.domain.action import Action, ActionKind, Outcome, Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import (
    EngineError,
    GuardrailError,
    InputError,
    StateError,
    WorkspaceError,
)
from engine.domain.escalation import ApprovalScope, Escalation
from engine.domain.ids import TaskId
from engine.domain.orders import (
    AcknowledgeEscalation,
    ApproveEscalation,
    BranchTask,
    CancelTask,
    DenyEscalation,
    DiscardWork,
    GrantIterations,
    HaltRun,
    HandBackTask,
    MergeTask,
    MessageTask,
    Order,
    OrderRecord,
    OrderStatus,
    OverrideVerdict,
    ResumeRun,
    RevertMerge,
    RunOrder,
    SetAgent,
    SetMoney,
    SetPriority,
    SetTokens,
    ShiftPriority,
    SteerTask,
    UndoOrder,
)
from engine.domain.work import WorkItem
from engine.loop.always import RuleBook
from engine.loop.answer_orders import in_words as answer_in_words
from engine.loop.branch_orders import in_words as branch_in_words
from engine.loop.order_effects import Applied, apply_order, check_order
from engine.loop.scribes import Recorder
from engine.loop.steering_orders import agent_in_words
from engine.loop.undo_orders import state_before
from engine.ports.clock import Clock
from engine.ports.store import Reader, Store, Transaction

_GRAVE = OverrideVerdict | MergeTask | RevertMerge | DiscardWork


class OrderDesk:
    """Takes pending orders from the store, one after the other."""

    def __init__(
        self,
        *,
        store: Store,
        decisions: Recorder,
        clock: Clock,
        repo: str,
        rules: RuleBook | None = None,
        refuse_run: Callable[[], Awaitable[None]] | None = None,
        as_it_is: Callable[[Applied], Applied] = lambda applied: applied,
    ) -> None:
        """`refuse_run` raises WorkspaceError or GuardrailError where no run could begin; `as_it_is`
        words what was done for an engine that may be at rest.
        """
        self._store = store
        self._decisions = decisions
        self._clock = clock
        self._repo = repo
        self._rules = rules
        self._refuse_run = refuse_run
        self._as_it_is = as_it_is

    async def settle_pending(self) -> list[Applied]:
        """Apply or refuse everything that waits; what was applied, in order."""
        applied = []
        for record in await self._store.read(lambda reader: reader.pending_orders()):
            done = await self._settle(record)
            if done is not None:
                applied.append(done)
        return applied

    async def _settle(self, record: OrderRecord) -> Applied | None:
        try:
            await self._store.write(lambda tx: _rehearse(tx, record, self._clock.now()))
        except (InputError, StateError) as error:
            await self._refuse(record, error)
            return None
        except (ArithmeticError, ValueError) as error:
            why = f"order {record.order.kind!r} cannot be applied: {error}"
            await self._refuse(record, InputError(why, hint="give it with other values"))
            return None
        except _Rehearsed:
            pass
        decision = await self._store.read(lambda reader: self._decision(reader, record))
        try:
            await self._hold_to_rules(record)
            if isinstance(record.order, ResumeRun) and self._refuse_run is not None:
                await self._refuse_run()
        except (GuardrailError, WorkspaceError) as error:
            await self._refuse(record, error)
            return None
        await self._decisions.record(decision)
        try:
            await self._save_rule(record)
            return await self._store.write(lambda tx: self._apply(tx, record))
        except (GuardrailError, InputError, StateError) as error:
            refused = replace(decision, decision=f"refused: {decision.decision}", reason=str(error))
            await self._decisions.record(refused)
            await self._refuse(record, error)
            return None

    async def _hold_to_rules(self, record: OrderRecord) -> None:
        """Refuse an edited command that a rule denies."""
        order, rules = record.order, self._rules
        if rules is None or not isinstance(order, ApproveEscalation) or not order.edited:
            return
        _, item = await self._subject_of(order)
        action = Action(kind=ActionKind.RUN_COMMAND, target=order.edited)
        ruling = await asyncio.to_thread(rules.judge, action, item)
        if ruling.outcome is Outcome.DENY:
            raise GuardrailError(
                f"the edited command is denied by {ruling.rule}: {ruling.why}",
                hint="the question is still open: edit it again, or deny it",
            )

    async def _save_rule(self, record: OrderRecord) -> None:
        """Before the answer takes effect: a crash between the two saves the same rule again."""
        order, rules = record.order, self._rules
        if not isinstance(order, ApproveEscalation) or order.scope is not ApprovalScope.ALWAYS:
            return
        if rules is None:
            raise GuardrailError("no contract can be written here", hint="answer it once")
        escalation, item = await self._subject_of(order)
        await asyncio.to_thread(rules.save, order, escalation, item, record.by)

    async def _subject_of(self, order: ApproveEscalation) -> tuple[Escalation, WorkItem]:
        def find(reader: Reader) -> tuple[Escalation, WorkItem]:
            escalation = reader.escalation(order.escalation_id)
            return escalation, reader.task(escalation.task_id)

        return await self._store.read(find)

    async def _refuse(self, record: OrderRecord, why: EngineError) -> None:
        await self._store.write(
            lambda tx: tx.settle_order(
                record.order_id, OrderStatus.REFUSED, why.message, next_step=why.next_step
            )
        )

    def _apply(self, tx: Transaction, record: OrderRecord) -> Applied:
        before = state_before(tx, record.order)
        applied = self._as_it_is(apply_order(tx, record, self._clock.now()))
        if applied.note is not None:
            before["note"] = applied.note
        tx.settle_order(
            record.order_id,
            OrderStatus.APPLIED,
            applied.outcome,
            next_step=applied.next_step,
            before=before,
        )
        return applied

    def _decision(self, reader: Reader, record: OrderRecord) -> Decision:
        order = record.order
        task_id, severity, value = _subject(reader, order)
        kind, words, reason = _in_words(order)
        return Decision(
            at=self._clock.now(),
            kind=kind,
            task_id=task_id,
            repo=self._repo,
            decision=words,
            value=value,
            confidence=1.0,
            severity=severity,
            approver=record.by,
            reason=reason,
            ref=record.order_id,
        )


class _Rehearsed(Exception):  # noqa: N818  a signal that undoes a transaction, not an error
    """The order could be applied."""


def _rehearse(tx: Transaction, record: OrderRecord, now: datetime) -> None:
    """Find out what would be refused before a line says that it was done.

    Raises:
        InputError, StateError: it cannot be applied.
        _Rehearsed: it can; nothing of the rehearsal remains.
    """
    check_order(tx, record)
    apply_order(tx, record, now)
    raise _Rehearsed


def _subject(reader: Reader, order: Order) -> tuple[TaskId | None, Severity, str]:
    """Task, severity and value of the audit line."""
    if isinstance(order, UndoOrder):
        undone = reader.order(order.order_id).order
        task_id, severity, value = _subject(reader, undone)
        return task_id, severity, f"{undone.kind} {value}".strip()
    if isinstance(order, ApproveEscalation | DenyEscalation | AcknowledgeEscalation):
        escalation = reader.escalation(order.escalation_id)
        action = escalation.action
        edited = getattr(order, "edited", "")
        instead = f" (approved instead: {edited})" if edited else ""
        value = f"{action.kind}: {action.target}{instead}"
        return escalation.task_id, escalation.severity, value
    if isinstance(order, RunOrder):
        severity = Severity.HIGH if isinstance(order, HaltRun) else Severity.LOW
        return None, severity, _value(order)
    if isinstance(order, BranchTask):
        return order.task_id, Severity.LOW, branch_in_words(reader, order)
    item = reader.task(order.task_id)
    severity = Severity.HIGH if isinstance(order, _GRAVE) else Severity.LOW
    return item.task_id, severity, _value(order)


def _value(order: Order) -> str:
    if isinstance(order, SetAgent):
        return agent_in_words(order)
    fields: Mapping[str, Callable[[Any], str]] = {
        "priority": str,
        "steps": lambda n: f"{abs(n)} {'more' if n < 0 else 'less'} urgent",
        "commit": str,
        "note": str,
        "text": str,
        "max_cost_cents": lambda cents: "none" if cents is None else f"{cents / 100:.2f} USD",
        "max_tokens": lambda tokens: "none" if tokens is None else str(tokens),
        "iterations": lambda n: f"{n:+d}",
        "verdict": str,
        "parallel": str,
        "at_once": lambda at_once: "at once" if at_once else "",
    }
    for name, text in fields.items():
        if hasattr(order, name):
            return text(getattr(order, name))
    return ""


def _in_words(order: Order) -> tuple[DecisionKind, str, str]:
    """Kind, words and reason of the audit line."""
    match order:
        case ApproveEscalation() | DenyEscalation() | AcknowledgeEscalation():
            return answer_in_words(order)
        case OverrideVerdict(reason=reason):
            return DecisionKind.VERDICT_OVERRIDE, order.kind, reason
        case MergeTask():
            return DecisionKind.MERGE, order.kind, ""
        case RevertMerge(reason=reason):
            return DecisionKind.MERGE_REVERT, order.kind, reason
        case GrantIterations() | SetMoney() | SetTokens():
            return DecisionKind.BUDGET_CHANGE, order.kind, ""
        case SetPriority() | ShiftPriority():
            return DecisionKind.PRIORITY_CHANGE, order.kind, ""
        case HandBackTask(note=note):
            return DecisionKind.STEERING, order.kind, note
        case SteerTask() | MessageTask() | SetAgent() | BranchTask():
            return DecisionKind.STEERING, order.kind, ""
        case CancelTask(reason=reason) | DiscardWork(reason=reason) | HaltRun(why=reason):
            return DecisionKind.RUN_CONTROL, order.kind, reason
        case _:
            return DecisionKind.RUN_CONTROL, order.kind, ""
