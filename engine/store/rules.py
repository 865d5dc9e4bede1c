"""What both stores agree on: how an item is queued, claimed, moved and changed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from engine.domain.errors import (
    BranchTakenError,
    DependencyError,
    InputError,
    StaleClaimError,
    StateError,
)
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import (
    IterationAbandoned,
    IterationFinished,
    IterationStarted,
    MergeMoved,
    OrderSettled,
    TaskAdded,
    TaskMoved,
)
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import (
    AcknowledgeEscalation,
    ApproveEscalation,
    DenyEscalation,
    Order,
    OrderRecord,
    OrderStatus,
    RunOrder,
    UndoOrder,
)
from engine.domain.state import HELD, SATISFIES_DEPENDENTS, TaskState, Trigger, next_state
from engine.domain.steps import NextStep, Step
from engine.domain.work import LEAST_URGENT, MOST_URGENT, TEAM_OF_ROLE, NewTask, WorkItem

KEEPS_CLAIM = HELD | {TaskState.WAITING}
"""States in which a claim can be held."""

ATTENTION: Mapping[TaskState, int] = {
    TaskState.WAITING: 0,
    TaskState.BLOCKED: 0,
    TaskState.FAILED: 0,
    TaskState.CLAIMED: 1,
    TaskState.RUNNING: 1,
    TaskState.VERIFYING: 1,
    TaskState.PASSED: 1,
    TaskState.MERGING: 1,
    TaskState.TAKEN: 1,
    TaskState.QUEUED: 2,
    TaskState.PAUSED: 2,
    TaskState.COMPLETED: 3,
    TaskState.CANCELLED: 3,
}
"""Rank of a state in lists: 0 needs a human, 1 is at work, 2 is yet to come, 3 is over."""

MOVES = frozenset({TaskAdded.KIND, TaskMoved.KIND, MergeMoved.KIND})
"""Facts that say in which state a task is, and its branch."""
TURNS = frozenset({IterationStarted.KIND, IterationFinished.KIND, IterationAbandoned.KIND})
"""Facts that say which of its iterations is at work."""
LOOKED_BACK = 30
"""Newest entries of a task among which a turn is looked for: many have none in thousands."""

_FIXED = frozenset(
    {
        "task_id",
        "project",
        "state",
        "depends_on",
        "unmet_dependencies",
        "fence",
        "created_at",
        "updated_at",
    }
)
CHANGEABLE = frozenset(field.name for field in fields(WorkItem)) - _FIXED
"""Fields that `changes` may name; the others follow from the verbs of the store."""


def check_branches(tasks: Sequence[NewTask], owners: Mapping[str, TaskId]) -> None:
    """Raises: BranchTakenError if two tasks would have one branch; `owners` are those that have
    branches.
    """
    known = dict(owners)
    for task in tasks:
        owner = known.setdefault(task.branch_name, task.task_id)
        if owner != task.task_id:
            raise BranchTakenError(task.task_id, task.branch_name, owner)


def queued_item(task: NewTask, *, unmet: int, now: datetime) -> WorkItem:
    """The queue's item for a new task, `unmet` of whose dependencies are not satisfied."""
    role = task.agent_role
    return WorkItem(
        task_id=task.task_id,
        project=task.project,
        description=task.description,
        type=task.type,
        role=role,
        team=TEAM_OF_ROLE[role],
        branch=task.branch_name,
        priority=task.priority,
        state=TaskState.QUEUED,
        created_at=now,
        updated_at=now,
        depends_on=tuple(dict.fromkeys(task.depends_on)),
        unmet_dependencies=unmet,
        files=task.files,
        tests=task.tests,
        backend=task.backend,
        max_iterations=task.max_iterations,
        complexity=task.complexity,
        estimated_value_usd=task.estimated_value_usd,
        metadata=task.metadata,
    )


def check_fence(item: WorkItem, fence: int | None) -> None:
    """Raises: StaleClaimError unless `fence` is None or the claim that holds the item."""
    if fence is None:
        return
    is_held = item.state in KEEPS_CLAIM and item.orchestrator_id is not None
    if not is_held or item.fence != fence:
        raise StaleClaimError(item.task_id, fence)


def moved(
    item: WorkItem, trigger: Trigger, *, fence: int | None, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields that a move sets: the state, a dropped claim, and `changes`.

    Raises:
        IllegalTransitionError, StaleClaimError, InputError.
    """
    check_fence(item, fence)
    state = next_state(item.task_id, item.state, trigger, item.merge_state)
    if trigger is Trigger.CLAIM:
        raise StateError(
            f"task {item.task_id!r} cannot be moved by 'claim'", hint="take it with a claim"
        )
    after = {"state": state, **changed(item, None, changes)}
    if state not in KEEPS_CLAIM:
        after.update(orchestrator_id=None, lease_expires_at=None)
    return after


def changed(item: WorkItem, fence: int | None, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an update sets.

    Raises:
        StaleClaimError: `fence` does not hold the item.
        InputError: a field cannot be changed, or not to this value.
    """
    check_fence(item, fence)
    unknown = sorted(changes.keys() - CHANGEABLE)
    if unknown:
        raise InputError(
            f"field {unknown[0]!r} of task {item.task_id!r} cannot be set",
            hint=f"use one of {', '.join(sorted(CHANGEABLE))}",
        )
    priority = changes.get("priority", item.priority)
    if not MOST_URGENT <= priority <= LEAST_URGENT:
        raise InputError(
            f"priority {priority} of task {item.task_id!r} is out of range",
            hint=f"use {MOST_URGENT} (most urgent) to {LEAST_URGENT}",
        )
    after = dict(changes)
    if "orchestrator_id" in after and after["orchestrator_id"] is None:
        after["lease_expires_at"] = None
    if "role" in after and "team" not in after:
        after["team"] = TEAM_OF_ROLE[after["role"]]
    return after


def moved_fact(
    before: WorkItem, after: WorkItem, trigger: Trigger, reason: str, limit: str = ""
) -> TaskMoved:
    """What the journal holds of a move."""
    return TaskMoved(
        before=before.state.value,
        after=after.state.value,
        trigger=trigger.value,
        reason=reason,
        before_merge=_merge_of(before),
        after_merge=_merge_of(after),
        limit=limit,
    )


def merge_facts(before: WorkItem, after: WorkItem) -> list[MergeMoved]:
    """What it holds of a change that is no move: how far the branch has come, if that changed."""
    was, now = _merge_of(before), _merge_of(after)
    return [MergeMoved(state=after.state.value, before=was, after=now)] * (was != now)


def _merge_of(item: WorkItem) -> str:
    is_told = item.state in (TaskState.COMPLETED, TaskState.MERGING)
    return item.merge_state.value if is_told and item.merge_state else ""


def dependency_shift(before: TaskState, after: TaskState) -> int:
    """What a move adds to the counter of unmet dependencies of each dependent."""
    was_met, is_met = before in SATISFIES_DEPENDENTS, after in SATISFIES_DEPENDENTS
    return int(was_met) - int(is_met)


def check_dependencies(tasks: Sequence[NewTask], known: Iterable[str]) -> None:
    """Check new tasks against the ids that are in the queue already (`known`).

    Only new tasks can close a cycle: what is queued names nothing that came after it.

    Raises:
        DependencyError: a dependency is unknown, or the tasks wait for each other.
    """
    new = {task.task_id: task.depends_on for task in tasks}
    known_ids = known if isinstance(known, set | frozenset) else set(known)
    for task in tasks:
        for needed in task.depends_on:
            if needed not in new and needed not in known_ids:
                raise DependencyError(
                    f"task {task.task_id!r} depends on unknown task {needed!r}",
                    hint="add that task first or in the same file",
                )
    cycle = find_cycle(new)
    if cycle:
        raise DependencyError(
            f"dependencies close a cycle: {' -> '.join(cycle)}",
            hint="remove one of these dependencies",
        )


def find_cycle(edges: Mapping[TaskId, Sequence[TaskId]]) -> list[TaskId]:
    """A path that ends where it begins, or [] if there is none. Linear, without recursion."""
    done: set[TaskId] = set()
    for start in edges:
        path: dict[TaskId, None] = {}
        stack = [(start, iter(edges[start]))] if start not in done else []
        path.update((node, None) for node, _ in stack)
        while stack:
            node, rest = stack[-1]
            needed = next((n for n in rest if n in edges and n not in done), None)
            if needed is None:
                done.add(node)
                path.pop(node)
                stack.pop()
            elif needed in path:
                ids = list(path)
                return [*ids[ids.index(needed) :], needed]
            else:
                path[needed] = None
                stack.append((needed, iter(edges[needed])))
    return []


def answered(escalation: Escalation, *, state: EscalationState, **answer: Any) -> Escalation:
    """The escalation with its first answer.

    Raises:
        StateError: it has one already.
        InputError: `state` is no answer.
    """
    if state is EscalationState.OPEN:
        raise InputError(
            f"'open' is no answer to escalation {escalation.escalation_id!r}",
            hint="approve it, deny it or withdraw it",
        )
    _refuse_second_answer(escalation)
    return replace(escalation, state=state, **answer)


def acknowledged(escalation: Escalation, *, by: str, at: datetime) -> Escalation:
    """The open question with who saw it first.

    Raises:
        StateError: it is answered already.
    """
    _refuse_second_answer(escalation)
    if escalation.acknowledged_at is not None:
        return escalation
    return replace(escalation, acknowledged_at=at, acknowledged_by=by)


def told(escalation: Escalation, *, at: datetime) -> Escalation:
    """The question, named by notifications once more."""
    return replace(escalation, told_at=at, times_told=escalation.times_told + 1)


def _refuse_second_answer(escalation: Escalation) -> None:
    if escalation.state is not EscalationState.OPEN:
        raise StateError(
            f"escalation {escalation.escalation_id!r} was {escalation.state.value} before"
            f" by {escalation.answered_by or 'nobody known'}",
            hint=NextStep(
                words="the first answer holds; look at it",
                step=Step.ANSWER,
                about=escalation.escalation_id,
            ),
        )


def check_consumable(escalation: Escalation) -> None:
    """Raises: StateError if nobody has answered yet."""
    if escalation.state is EscalationState.OPEN:
        raise StateError(
            f"escalation {escalation.escalation_id!r} has no answer that could take effect",
            hint=NextStep(
                words="answer it first", step=Step.ANSWER, about=escalation.escalation_id
            ),
        )


def settled(
    record: OrderRecord,
    status: OrderStatus,
    outcome: str,
    *,
    at: datetime,
    next_step: NextStep | None = None,
    before: Mapping[str, Any] | None = None,
) -> OrderRecord:
    """The order with its end.

    Raises:
        StateError: it was settled before.
        InputError: `status` is no end.
    """
    if status is OrderStatus.PENDING:
        raise InputError(
            f"order {record.order_id!r} cannot be settled as pending",
            hint="settle it as applied or refused",
        )
    if record.status is not OrderStatus.PENDING:
        raise StateError(
            f"order {record.order_id!r} was {record.status.value} before",
            hint="an order takes effect once; give a new one",
        )
    return replace(
        record,
        status=status,
        outcome=outcome,
        next_step=next_step,
        settled_at=at,
        before=dict(before or {}),
    )


def already_there(what: str, name: str) -> InputError:
    """The error for an id that is taken."""
    return InputError(f"{what} {name!r} is there already", hint="give each a fresh id")


def unknown_order(order_id: str) -> InputError:
    """The error for an order that was never given."""
    return InputError(f"order {order_id!r} is unknown", hint="look at the id it was given under")


def unknown_merge(number: int) -> StateError:
    """The error for a merge that was never noted."""
    return StateError(
        f"merge {number} is unknown",
        hint=NextStep(words="look at the known ones", step=Step.LIST_MERGES),
    )


def wrong_iteration(task_id: str, seen: int, expected: int) -> StateError:
    """The error for a checkpoint out of sequence."""
    return StateError(
        f"iteration {seen} of task {task_id!r} cannot be recorded",
        hint=f"the next one to record is {expected}",
    )


def settled_fact(record: OrderRecord) -> OrderSettled:
    """What the journal says of a settled order."""
    return OrderSettled(
        order_id=record.order_id,
        order_kind=record.order.kind,
        status=record.status.value,
        outcome=record.outcome,
        by=record.by,
        next_step=record.next_step,
    )


def subject_of(order: Order, owner_of: Callable[[EscalationId], TaskId | None]) -> TaskId | None:
    """The task an order is about; None: the whole run. `owner_of` gives an escalation's task."""
    match order:
        case ApproveEscalation() | DenyEscalation() | AcknowledgeEscalation():
            return owner_of(order.escalation_id)
        case _ if isinstance(order, RunOrder | UndoOrder):
            return None
        case _:
            return order.task_id
