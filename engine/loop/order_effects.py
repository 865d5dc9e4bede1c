"""What each order does to the store, inside one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from engine.domain.errors import InputError, StateError
from engine.domain.escalation import Escalation
from engine.domain.facts import RunHalted, RunPaused, RunResumed, TaskChanged
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
    OverrideVerdict,
    PauseRun,
    PauseTask,
    ResumeRun,
    ResumeTask,
    RetryTask,
    RevertMerge,
    SetAgent,
    SetMoney,
    SetParallelism,
    SetPriority,
    SetTokens,
    ShiftPriority,
    SteerTask,
    StopRun,
    TakeTask,
    UndoOrder,
)
from engine.domain.state import HELD, TaskState, Trigger
from engine.domain.steps import NextStep, Step
from engine.domain.values import dataclass
from engine.domain.verdict import VerdictKind
from engine.domain.work import LEAST_URGENT, MAX_ITERATIONS, MOST_URGENT, WorkItem
from engine.loop.answer_orders import acknowledge, answer, check_answer
from engine.loop.branch_orders import branch, check_branch
from engine.loop.hand_orders import hand_back, take
from engine.loop.merge_orders import (
    ask_for_revert,
    queue_merge,
    refuse_rejection_of_merged,
    throw_away,
)
from engine.loop.steering_orders import check_steering, steer
from engine.loop.undo_orders import undo
from engine.loop.withdrawing import withdraw_open
from engine.ports.store import Reader, Transaction

MAX_PARALLEL = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an order did, for those in this process who must act on it now."""

    order: Order
    outcome: str
    next_step: NextStep | None = None
    """What can be done about the outcome."""
    escalation: Escalation | None = None
    task: WorkItem | None = None
    note: int | None = None
    """Number of the note that it left for the next iteration."""
    undone: Order | None = None
    """The order that it took back."""


def told_at_rest(applied: Applied, *, begins: bool) -> Applied:
    """The same for an engine that has no run; `begins`: to go on begins one."""
    match applied.order:
        case StopRun():
            return replace(applied, outcome="nothing runs: there is no run to end")
        case PauseRun():
            outcome = "nothing runs, and the queue is paused: no run begins anything"
            let_go_on = NextStep(words="let it go on", step=Step.RESUME_ALL)
            return replace(applied, outcome=outcome, next_step=let_go_on)
        case ResumeRun() if begins:
            return replace(applied, outcome="the run begins")
        case ResumeRun():
            begin = NextStep(words="'aio-tui' or 'aio-tui run' begins a run")
            return replace(
                applied, outcome="nothing is held now, and nothing runs", next_step=begin
            )
        case _:
            return applied


def check_order(reader: Reader, record: OrderRecord) -> None:
    """Refuse before anything is written what the transaction would refuse.

    Raises:
        InputError, StateError: the order cannot be applied.
    """
    order = record.order
    match order:
        case ApproveEscalation() | DenyEscalation() | AcknowledgeEscalation():
            check_answer(reader.escalation(order.escalation_id), order)
        case OverrideVerdict() if not order.reason.strip():
            raise InputError("an override needs a reason", hint="say why: it is recorded")
        case MessageTask() | SetMoney() | SetTokens() | SetAgent():
            check_steering(order)
        case BranchTask():
            check_branch(reader, order)
        case SteerTask() if not order.note.strip():
            raise InputError("the note is empty", hint="write what the agent should know")
        case SetPriority() if not MOST_URGENT <= order.priority <= LEAST_URGENT:
            raise InputError(
                f"priority {order.priority} is not possible",
                hint=f"use {MOST_URGENT} (most urgent) to {LEAST_URGENT}",
            )
        case ShiftPriority(steps=0):
            raise InputError(
                "a priority cannot be shifted by 0", hint="below 0 is more urgent, above 0 less"
            )
        case GrantIterations() if not 0 < abs(order.iterations) <= MAX_ITERATIONS:
            raise InputError(
                f"{order.iterations} iterations cannot be granted",
                hint=f"use 1 to {MAX_ITERATIONS}, or a negative number to take some",
            )
        case SetParallelism() if not 1 <= order.parallel <= MAX_PARALLEL:
            raise InputError(
                f"{order.parallel} tasks at once are not possible", hint=f"use 1 to {MAX_PARALLEL}"
            )
        case _:
            pass


def apply_order(  # noqa: C901  one arm per order
    tx: Transaction, record: OrderRecord, now: datetime
) -> Applied:
    """Do what the order says, as part of `tx`; `now` is the engine's time.

    Raises:
        InputError, StateError: it cannot be applied; the transaction is to be given up.
    """
    order, by = record.order, record.by
    match order:
        case ApproveEscalation() | DenyEscalation():
            escalation, item = answer(tx, order, by)
            return Applied(
                order=order, outcome=escalation.state.value, escalation=escalation, task=item
            )
        case AcknowledgeEscalation():
            seen = acknowledge(tx, order, by)
            outcome = f"acknowledged by {seen.acknowledged_by}; it still waits for an answer"
            return Applied(order=order, outcome=outcome, escalation=seen)
        case PauseTask():
            return _pause(tx, order, by)
        case ResumeTask():
            return _resume(tx, order, by)
        case CancelTask():
            return _cancel(tx, order, by)
        case RetryTask():
            return _retry(tx, order)
        case SetPriority():
            item = tx.update_task(order.task_id, priority=order.priority)
            return _changed(tx, order, item, "priority", str(order.priority))
        case ShiftPriority():
            return _shift(tx, order)
        case SteerTask():
            tx.add_note(order.task_id, order.note)
            item, outcome = tx.task(order.task_id), "noted for its next iteration"
            return _changed(tx, order, item, "note", order.note, outcome)
        case MessageTask() | SetMoney() | SetTokens() | SetAgent():
            item, what, value, outcome = steer(tx, order)
            return _changed(tx, order, item, what, value, outcome)
        case GrantIterations():
            granted = tx.task(order.task_id).iterations_granted + order.iterations
            item = tx.update_task(order.task_id, iterations_granted=granted)
            value = f"{order.iterations:+d}"
            return _changed(tx, order, item, "iterations", value, _granted(order.iterations))
        case TakeTask():
            item, outcome = take(tx, order, by)
            return Applied(order=order, outcome=outcome, task=item)
        case HandBackTask():
            item, outcome = hand_back(tx, order, by)
            return Applied(order=order, outcome=outcome, task=item)
        case BranchTask():
            item, outcome = branch(tx, order, by)
            return Applied(order=order, outcome=outcome, task=item)
        case OverrideVerdict():
            return _override(tx, order, by)
        case MergeTask():
            item, outcome = queue_merge(tx, order, now)
            return Applied(order=order, outcome=outcome, task=item)
        case RevertMerge():
            item, outcome = ask_for_revert(tx, order, by)
            return Applied(order=order, outcome=outcome, task=item)
        case DiscardWork():
            item, outcome, note = throw_away(tx, order, by)
            return Applied(order=order, outcome=outcome, task=item, note=note)
        case PauseRun():
            tx.set_control(replace(tx.control(), is_paused=True))
            tx.append_facts(RunPaused(cause=f"by {by}"))
            when = "pauses at once" if order.at_once else "pauses"
            return Applied(order=order, outcome=f"the run {when}")
        case ResumeRun():
            tx.set_control(replace(tx.control(), is_paused=False, halted="", halted_by=""))
            tx.append_facts(RunResumed())
            return Applied(order=order, outcome="the run goes on")
        case StopRun():
            when = "at once" if order.at_once else "at its next safe point"
            return Applied(order=order, outcome=f"the run ends {when}")
        case HaltRun():
            tx.set_control(replace(tx.control(), halted=order.why, halted_by=by))
            tx.append_facts(RunHalted(reason=order.why, by=by))
            let_go_on = NextStep(words="let it go on", step=Step.RESUME_ALL)
            return Applied(order=order, outcome="everything is halted", next_step=let_go_on)
        case UndoOrder():
            undone, undone_of, outcome = undo(tx, order, now, by)
            return Applied(order=order, outcome=outcome, task=undone_of, undone=undone)
        case SetParallelism():
            tx.set_control(replace(tx.control(), parallel=order.parallel))
            return Applied(order=order, outcome=f"at most {order.parallel} at work at once")
        case _:
            assert_never(order)


def _pause(tx: Transaction, order: PauseTask, by: str) -> Applied:
    item = tx.task(order.task_id)
    if item.state in HELD or item.state is TaskState.WAITING:
        item = tx.update_task(order.task_id, is_pause_requested=True)
        when = "at once" if order.at_once else "at its next safe point"
        return _changed(tx, order, item, "pause", when, f"pauses {when}")
    item = tx.move(order.task_id, Trigger.PAUSE, reason=f"by {by}")
    return Applied(order=order, outcome="paused", task=item)


def _resume(tx: Transaction, order: ResumeTask, by: str) -> Applied:
    item = tx.task(order.task_id)
    if item.is_pause_requested:
        item = tx.update_task(order.task_id, is_pause_requested=False, taken_by="")
        return _changed(tx, order, item, "pause", "no longer wanted", "goes on without a pause")
    item = tx.move(order.task_id, Trigger.RESUME, reason=f"by {by}")
    return Applied(order=order, outcome="queued again", task=item)


def _cancel(tx: Transaction, order: CancelTask, by: str) -> Applied:
    reason = f"by {by}: {order.reason}" if order.reason else f"by {by}"
    item = tx.move(
        order.task_id,
        Trigger.CANCEL,
        reason=reason,
        changes={"is_pause_requested": False, "error_log": f"cancelled {reason}"},
    )
    withdraw_open(tx, order.task_id, "its task was cancelled")
    return Applied(order=order, outcome="cancelled; its branch stays", task=item)


def _retry(tx: Transaction, order: RetryTask) -> Applied:
    before = tx.task(order.task_id)
    item = tx.move(
        order.task_id,
        Trigger.RETRY,
        reason="by the operator",
        changes={
            "retry_count": before.retry_count + 1,
            "iterations_granted": before.iterations_granted + before.iteration_count,
            "interruptions": 0,
            "error_log": "",
            "not_before": None,
        },
    )
    return Applied(order=order, outcome="queued again with a fresh budget", task=item)


def _override(tx: Transaction, order: OverrideVerdict, by: str) -> Applied:
    note = None
    reason = f"verdict overridden to {order.verdict} by {by}: {order.reason}"
    match order.verdict:
        case VerdictKind.PASS:
            trigger = Trigger.ACCEPT
            changes: dict[str, Any] = {"error_log": ""}
        case VerdictKind.FAIL:
            trigger = Trigger.REJECT
            before = tx.task(order.task_id)
            refuse_rejection_of_merged(tx, before)
            changes = {"error_log": reason, "merge_state": None}
            changes |= {"iterations_granted": before.iterations_granted + 1}
            note = tx.add_note(order.task_id, f"The operator rejected the result: {order.reason}")
        case VerdictKind.BLOCKED:
            raise InputError(
                "a verdict cannot be overridden to BLOCKED", hint="use PASS or FAIL, or pause it"
            )
        case _:
            assert_never(order.verdict)
    item = tx.move(order.task_id, trigger, reason=reason, changes=changes)
    is_rejected = order.verdict is VerdictKind.FAIL
    outcome = f"{'rejected: the ' * is_rejected}verdict is now {order.verdict}"
    return Applied(order=order, outcome=outcome, task=item, note=note)


def _shift(tx: Transaction, order: ShiftPriority) -> Applied:
    before = tx.task(order.task_id).priority
    after = min(max(before + order.steps, MOST_URGENT), LEAST_URGENT)
    if after == before:
        much = "more" if order.steps < 0 else "less"
        raise StateError(
            f"{order.task_id} has priority {before}: it cannot be {much} urgent",
            hint=f"priorities go from {MOST_URGENT} (most urgent) to {LEAST_URGENT}",
        )
    item = tx.update_task(order.task_id, priority=after)
    return _changed(tx, order, item, "priority", str(after))


def _granted(iterations: int) -> str:
    number = abs(iterations)
    what = "iteration" if number == 1 else "iterations"
    return f"{number} {what} {'more' if iterations > 0 else 'fewer'}"


def _changed(
    tx: Transaction, order: Order, item: WorkItem, what: str, value: str, outcome: str = ""
) -> Applied:
    """`outcome` empty: what has changed to which value says it."""
    tx.append_facts(TaskChanged(what=what, value=value), task_id=item.task_id, project=item.project)
    return Applied(order=order, outcome=outcome or f"{what} {value}", task=item)
