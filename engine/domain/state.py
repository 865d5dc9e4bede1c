"""The state table of a task: the only thing that moves one.

A pair that is not in the table is an error that changes nothing. The diagram in
docs/architecture.md is drawn from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from engine.domain.errors import IllegalTransitionError


class TaskState(StrEnum):
    """Where a task is in its life."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    RUNNING = "running"
    WAITING = "waiting_for_operator"
    PAUSED = "paused"
    TAKEN = "taken_over"
    """The operator works in its worktree; the engine does not touch it."""
    VERIFYING = "verifying"
    PASSED = "passed"
    MERGING = "merging"
    COMPLETED = "completed"
    BLOCKED = "blocked"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Trigger(StrEnum):
    """What happened to a task."""

    CLAIM = "claim"
    """A worker took it for one iteration."""
    START = "start"
    """The iteration began in the task's worktree."""
    ASK = "ask"
    """A guardrail raised an escalation; the agent waits."""
    ANSWER = "answer"
    """The escalation was answered while its worker was waiting."""
    UNPARK = "unpark"
    """The escalation was answered after its worker had gone."""
    VERIFY = "verify"
    """The agent's turn is over and its work is committed."""
    PASS = "pass"  # noqa: S105  a verdict, not a password
    """Ralph proved the work."""
    AGAIN = "again"
    """Ralph said FAIL and the budget allows another iteration."""
    BLOCK = "block"
    """Only a human can move it."""
    EXHAUST = "exhaust"
    """Its budget is spent without a PASS."""
    COMPLETE = "complete"
    """Its session is archived and its worktree closed; the branch stays."""
    INTERRUPT = "interrupt"
    """Its iteration ended without a result (crash, stop, model unreachable)."""
    PAUSE = "pause"
    RESUME = "resume"
    TAKE = "take"
    """The operator works on it by hand from now on."""
    HAND_BACK = "hand_back"
    """The operator's work is committed, and agents go on with it."""
    CANCEL = "cancel"
    RETRY = "retry"
    """The operator puts an ended task back into the queue."""
    ACCEPT = "accept"
    """The operator overrides the verdict to PASS."""
    REJECT = "reject"
    """The operator overrides a PASS; the reason goes to the next iteration."""
    DISCARD = "discard"
    """The operator throws the work away."""
    UNDO = "undo"
    """The operator takes back what ended it."""
    MERGE = "merge"
    """The merge queue took its branch."""
    LAND = "land"
    """The merge queue is done with it: it is merged, or waits as before."""
    REVERT = "revert"
    """Its merge was undone by the operator."""


_S, _T = TaskState, Trigger

TRANSITIONS: Mapping[tuple[TaskState, Trigger], TaskState] = MappingProxyType(
    {
        (_S.QUEUED, _T.CLAIM): _S.CLAIMED,
        (_S.QUEUED, _T.PAUSE): _S.PAUSED,
        (_S.QUEUED, _T.TAKE): _S.TAKEN,
        (_S.QUEUED, _T.BLOCK): _S.BLOCKED,
        (_S.QUEUED, _T.EXHAUST): _S.FAILED,
        (_S.QUEUED, _T.CANCEL): _S.CANCELLED,
        (_S.QUEUED, _T.ACCEPT): _S.PASSED,
        (_S.CLAIMED, _T.START): _S.RUNNING,
        (_S.CLAIMED, _T.INTERRUPT): _S.QUEUED,
        (_S.CLAIMED, _T.BLOCK): _S.BLOCKED,
        (_S.CLAIMED, _T.EXHAUST): _S.FAILED,
        (_S.CLAIMED, _T.CANCEL): _S.CANCELLED,
        (_S.RUNNING, _T.ASK): _S.WAITING,
        (_S.RUNNING, _T.VERIFY): _S.VERIFYING,
        (_S.RUNNING, _T.BLOCK): _S.BLOCKED,
        (_S.RUNNING, _T.INTERRUPT): _S.QUEUED,
        (_S.RUNNING, _T.CANCEL): _S.CANCELLED,
        (_S.WAITING, _T.ANSWER): _S.RUNNING,
        (_S.WAITING, _T.UNPARK): _S.QUEUED,
        (_S.WAITING, _T.INTERRUPT): _S.WAITING,
        (_S.WAITING, _T.TAKE): _S.TAKEN,
        (_S.WAITING, _T.BLOCK): _S.BLOCKED,
        (_S.WAITING, _T.CANCEL): _S.CANCELLED,
        (_S.VERIFYING, _T.PASS): _S.PASSED,
        (_S.VERIFYING, _T.AGAIN): _S.QUEUED,
        (_S.VERIFYING, _T.BLOCK): _S.BLOCKED,
        (_S.VERIFYING, _T.EXHAUST): _S.FAILED,
        (_S.VERIFYING, _T.INTERRUPT): _S.QUEUED,
        (_S.VERIFYING, _T.CANCEL): _S.CANCELLED,
        (_S.PASSED, _T.COMPLETE): _S.COMPLETED,
        (_S.PASSED, _T.REJECT): _S.QUEUED,
        (_S.COMPLETED, _T.REJECT): _S.QUEUED,
        (_S.COMPLETED, _T.MERGE): _S.MERGING,
        (_S.COMPLETED, _T.REVERT): _S.BLOCKED,
        (_S.COMPLETED, _T.DISCARD): _S.CANCELLED,
        (_S.MERGING, _T.LAND): _S.COMPLETED,
        (_S.MERGING, _T.AGAIN): _S.QUEUED,
        (_S.MERGING, _T.BLOCK): _S.BLOCKED,
        (_S.PAUSED, _T.RESUME): _S.QUEUED,
        (_S.PAUSED, _T.TAKE): _S.TAKEN,
        (_S.PAUSED, _T.CANCEL): _S.CANCELLED,
        (_S.PAUSED, _T.ACCEPT): _S.PASSED,
        (_S.TAKEN, _T.HAND_BACK): _S.QUEUED,
        (_S.BLOCKED, _T.RETRY): _S.QUEUED,
        (_S.BLOCKED, _T.TAKE): _S.TAKEN,
        (_S.BLOCKED, _T.CANCEL): _S.CANCELLED,
        (_S.BLOCKED, _T.ACCEPT): _S.PASSED,
        (_S.FAILED, _T.RETRY): _S.QUEUED,
        (_S.FAILED, _T.TAKE): _S.TAKEN,
        (_S.FAILED, _T.ACCEPT): _S.PASSED,
        (_S.FAILED, _T.CANCEL): _S.CANCELLED,
        (_S.BLOCKED, _T.DISCARD): _S.CANCELLED,
        (_S.FAILED, _T.DISCARD): _S.CANCELLED,
        (_S.CANCELLED, _T.DISCARD): _S.CANCELLED,
        (_S.CANCELLED, _T.RETRY): _S.QUEUED,
        (_S.CANCELLED, _T.UNDO): _S.QUEUED,
        (_S.PASSED, _T.UNDO): _S.QUEUED,
        (_S.COMPLETED, _T.UNDO): _S.QUEUED,
    }
)

HELD = frozenset({_S.CLAIMED, _S.RUNNING, _S.VERIFYING})
"""States in which exactly one worker holds the task. WAITING may be held or parked."""

ENDED = frozenset({_S.COMPLETED, _S.BLOCKED, _S.FAILED, _S.CANCELLED})
"""States that no run leaves by itself."""

SATISFIES_DEPENDENTS = frozenset({_S.PASSED, _S.MERGING, _S.COMPLETED})
"""States in which a task's dependents may start."""

SEED_STATUS: Mapping[TaskState, str] = MappingProxyType(
    {
        _S.QUEUED: "pending",
        _S.PAUSED: "pending",
        _S.TAKEN: "in_progress",
        _S.CLAIMED: "in_progress",
        _S.RUNNING: "in_progress",
        _S.VERIFYING: "in_progress",
        _S.WAITING: "blocked",
        _S.BLOCKED: "blocked",
        _S.PASSED: "completed",
        _S.MERGING: "in_progress",
        _S.COMPLETED: "completed",
        _S.FAILED: "failed",
        _S.CANCELLED: "cancelled",
    }
)
"""The status vocabulary of exported queue files."""


def next_state(
    task_id: str, state: TaskState, trigger: Trigger, merge: str | None = None
) -> TaskState:
    """The state that `trigger` leads to; `merge`: how far its branch has come, for the error.

    Raises:
        IllegalTransitionError: the table has no such pair.
    """
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        raise IllegalTransitionError(task_id, state.value, trigger.value, merge) from None
