"""What happened, past tense: the event journal that cockpits and scripts read.

A kind's fields only grow, each new one with a default, and its VERSION rises with them; a reader
that meets a kind or version it does not know gets `UnknownFact` and goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from engine.domain.state import TaskState
from engine.domain.steps import NextStep
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAdded:
    """A task came into the queue."""

    KIND: ClassVar[str] = "task_added"
    VERSION: ClassVar[int] = 1
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBranched:
    """The task begins where an iteration of another one ended."""

    KIND: ClassVar[str] = "task_branched"
    VERSION: ClassVar[int] = 1
    origin: str
    iteration: int
    commit: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMoved:
    """The state table moved a task."""

    KIND: ClassVar[str] = "task_moved"
    VERSION: ClassVar[int] = 2
    before: str
    after: str
    trigger: str
    reason: str = ""
    before_merge: str = ""
    """Of one that was completed or merging: how far its branch had come; empty: it is not known,
    or it has no work to merge."""
    after_merge: str = ""
    """The same of one that is so now."""
    limit: str = ""
    """The limit that ended it, as `LimitHit.rule` names it; empty: none did, or older versions."""

    @property
    def version(self) -> int:
        """The oldest version that says all of it: older readers then read it as well."""
        return 2 if self.before_merge or self.after_merge else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeMoved:
    """The branch of a task came further, or back, while the task stayed in its state."""

    KIND: ClassVar[str] = "merge_moved"
    VERSION: ClassVar[int] = 1
    state: str
    """Of the task."""
    before: str
    after: str
    """Empty: nothing is to be merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanged:
    """Something other than the state of a task changed: priority, budget, note."""

    KIND: ClassVar[str] = "task_changed"
    VERSION: ClassVar[int] = 1
    what: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationStarted:
    """An agent begins a turn."""

    KIND: ClassVar[str] = "iteration_started"
    VERSION: ClassVar[int] = 1
    iteration: int
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationFinished:
    """An iteration is recorded; the checkpoint has its evidence."""

    KIND: ClassVar[str] = "iteration_finished"
    VERSION: ClassVar[int] = 1
    iteration: int
    verdict: str
    decision: str
    duration_s: float
    cost_usd: str
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationAbandoned:
    """An iteration ended without a result; it will be repeated."""

    KIND: ClassVar[str] = "iteration_abandoned"
    VERSION: ClassVar[int] = 1
    iteration: int
    cause: str
    is_transient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRaised:
    """A guardrail asks the operator."""

    KIND: ClassVar[str] = "escalation_raised"
    VERSION: ClassVar[int] = 1
    escalation_id: str
    rule: str
    severity: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationAnswered:
    """The operator's answer is recorded."""

    KIND: ClassVar[str] = "escalation_answered"
    VERSION: ClassVar[int] = 1
    escalation_id: str
    answer: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationAcknowledged:
    """Somebody has seen the question and will answer it."""

    KIND: ClassVar[str] = "escalation_acknowledged"
    VERSION: ClassVar[int] = 1
    escalation_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationTold:
    """Notifications named the question."""

    KIND: ClassVar[str] = "escalation_told"
    VERSION: ClassVar[int] = 1
    escalation_id: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsTold:
    """Notifications named what happened though nobody asks: terminals ring for it."""

    KIND: ClassVar[str] = "news_told"
    VERSION: ClassVar[int] = 1
    headline: str
    """Such as `1 task is blocked, the run has ended`."""
    about: str = ""
    """The first of it, in a line; empty: that may not be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered:
    """An agent at work was given an urgent message of the operator."""

    KIND: ClassVar[str] = "message_delivered"
    VERSION: ClassVar[int] = 1
    iteration: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeStarted:
    """The merge queue took the task's branch."""

    KIND: ClassVar[str] = "merge_started"
    VERSION: ClassVar[int] = 1
    base_branch: str
    onto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMerged:
    """The base branch holds the task's work, and its checks say so."""

    KIND: ClassVar[str] = "task_merged"
    VERSION: ClassVar[int] = 1
    base_branch: str
    commit: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRefused:
    """The task's work is not in the base branch; the task's state says what happens next."""

    KIND: ClassVar[str] = "merge_refused"
    VERSION: ClassVar[int] = 1
    cause: str
    """`conflict`, `red`, `blocked`, `checkout`, `moved` or `pull-request`."""
    why: str
    culprit: str = ""
    """The task whose work breaks the base branch, if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestOpened:
    """Others decide about the task's work."""

    KIND: ClassVar[str] = "pull_request_opened"
    VERSION: ClassVar[int] = 1
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeReverted:
    """A commit on the base branch undoes the task's work."""

    KIND: ClassVar[str] = "merge_reverted"
    VERSION: ClassVar[int] = 1
    base_branch: str
    commit: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderGiven:
    """An operator gave an order; the engine will settle it."""

    KIND: ClassVar[str] = "order_given"
    VERSION: ClassVar[int] = 1
    order_id: str
    order_kind: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettled:
    """An order was applied or refused."""

    KIND: ClassVar[str] = "order_settled"
    VERSION: ClassVar[int] = 2
    order_id: str
    order_kind: str
    status: str
    outcome: str
    by: str
    next_step: NextStep | None = None
    """What can be done about the outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """An engine began to take tasks."""

    KIND: ClassVar[str] = "run_started"
    VERSION: ClassVar[int] = 1
    worker: str
    parallel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """An engine stopped taking tasks by itself or by order."""

    KIND: ClassVar[str] = "run_ended"
    VERSION: ClassVar[int] = 2
    cause: str
    is_budget_spent: bool = False
    """The run's own budget; `cause` says how much of how much."""
    limit: str = ""
    """Which one, as `LimitHit.rule` names it."""
    next_step: NextStep | None = None
    """What lets it go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused:
    """No further iteration is started until RunResumed."""

    KIND: ClassVar[str] = "run_paused"
    VERSION: ClassVar[int] = 1
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed:
    """Iterations are started again."""

    KIND: ClassVar[str] = "run_resumed"
    VERSION: ClassVar[int] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHalted:
    """Everything was stopped in an emergency; nothing begins until RunResumed."""

    KIND: ClassVar[str] = "run_halted"
    VERSION: ClassVar[int] = 1
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRaised:
    """Something is wrong that does not stop the run, such as a damaged session file."""

    KIND: ClassVar[str] = "warning_raised"
    VERSION: ClassVar[int] = 1
    text: str
    about: str = ""
    """What does not work, as the engine calls it; empty: it is about nothing that lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFact:
    """A fact of a kind or version that this program does not know."""

    KIND: ClassVar[str] = "unknown"
    VERSION: ClassVar[int] = 0
    kind: str
    version: int
    payload: Mapping[str, Any] = field(default_factory=dict)


Fact = (
    TaskAdded
    | TaskBranched
    | TaskMoved
    | MergeMoved
    | TaskChanged
    | IterationStarted
    | IterationFinished
    | IterationAbandoned
    | EscalationRaised
    | EscalationAnswered
    | EscalationAcknowledged
    | EscalationTold
    | NewsTold
    | MessageDelivered
    | MergeStarted
    | TaskMerged
    | MergeRefused
    | PullRequestOpened
    | MergeReverted
    | OrderGiven
    | OrderSettled
    | RunStarted
    | RunEnded
    | RunPaused
    | RunResumed
    | RunHalted
    | WarningRaised
    | UnknownFact
)

FACT_TYPES: tuple[type[Fact], ...] = (
    TaskAdded,
    TaskBranched,
    TaskMoved,
    MergeMoved,
    TaskChanged,
    IterationStarted,
    IterationFinished,
    IterationAbandoned,
    EscalationRaised,
    EscalationAnswered,
    EscalationAcknowledged,
    EscalationTold,
    NewsTold,
    MessageDelivered,
    MergeStarted,
    TaskMerged,
    MergeRefused,
    PullRequestOpened,
    MergeReverted,
    OrderGiven,
    OrderSettled,
    RunStarted,
    RunEnded,
    RunPaused,
    RunResumed,
    RunHalted,
    WarningRaised,
)


class Landmark(StrEnum):
    """Facts that one looks for in a long journal; the store finds them without reading the rest."""

    VERDICT = "verdict"
    ESCALATION = "escalation"
    ERROR = "error"
    """Something went wrong: an iteration was given up, a task is blocked, a merge was refused."""
    RUN = "run"
    """A run began."""
    NOTICE = "notice"
    """Terminals are to ring for news."""


_LANDMARKS: Mapping[type[Fact], Landmark] = {
    IterationFinished: Landmark.VERDICT,
    EscalationRaised: Landmark.ESCALATION,
    IterationAbandoned: Landmark.ERROR,
    WarningRaised: Landmark.ERROR,
    MergeRefused: Landmark.ERROR,
    MergeReverted: Landmark.ERROR,
    RunHalted: Landmark.ERROR,
    RunStarted: Landmark.RUN,
    NewsTold: Landmark.NOTICE,
}
BAD_ENDS = frozenset({TaskState.BLOCKED.value, TaskState.FAILED.value})
"""States whose entering is an error in the journal."""


def landmark_of(fact: Fact) -> Landmark | None:
    """What the fact is looked for as; None: it is none that is looked for."""
    if isinstance(fact, TaskMoved):
        return Landmark.ERROR if fact.after in BAD_ENDS else None
    return _LANDMARKS.get(type(fact))


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A fact with its place in the journal."""

    seq: int
    """Rises by one or more; a reader asks for what came after the last one it saw."""
    at: datetime
    task_id: str | None
    project: str | None
    fact: Fact
