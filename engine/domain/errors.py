"""The one tree of deliberate errors.

EngineError
    ConfigError          aio.toml, a contract, a queue file or an option is wrong
    InputError           an id or a value from outside is malformed or unknown
        UnknownTaskError, UnknownEscalationError, DuplicateTaskError, DependencyError
    StateError           the request does not fit the present state
        IllegalTransitionError, StaleClaimError, EngineRunningError
    StoreError           the database cannot be used (locked, read-only, newer, damaged, full)
    SessionError         no valid session state could be loaded
    WorkspaceError       git or the repository refuses
    AgentError           a backend cannot work (no key, unreachable)
    GateError            a checker could not be run at all
    GuardrailError       a rule or contract could not be read
    NotifyError          a notice could not be handed over
    HostError            this machine lets nobody work (disk full, no git)
"""

from __future__ import annotations

from engine.domain.steps import NextStep, Step, Way, with_next
from engine.domain.words import state_words, trigger_words


class EngineError(Exception):
    """What went wrong in one line, and what to do about it."""

    def __init__(self, message: str, *, hint: str | NextStep) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = hint if isinstance(hint, NextStep) else NextStep(words=hint)

    @property
    def hint(self) -> str:
        """What to do, in the words of the command line."""
        return str(self.next_step)

    def told(self, way_of: Way) -> str:
        """The line, for a place where what to do is done in this way."""
        return with_next(self.message, self.next_step, way_of)

    def __str__(self) -> str:
        return with_next(self.message, self.next_step)


class ConfigError(EngineError):
    """A configuration file or option is wrong; nothing was started."""


class InputError(EngineError):
    """An id or value from outside is malformed or unknown; nothing was changed."""


class UnknownTaskError(InputError):
    """No task has this id."""

    def __init__(self, task_id: str) -> None:
        super().__init__(
            f"task {task_id!r} is unknown",
            hint=NextStep(words="look at the known ones", step=Step.LIST_TASKS),
        )
        self.task_id = task_id


class UnknownEscalationError(InputError):
    """No escalation has this id."""

    def __init__(self, escalation_id: str) -> None:
        super().__init__(
            f"escalation {escalation_id!r} is unknown",
            hint=NextStep(words="look at the open ones", step=Step.LIST_QUESTIONS),
        )
        self.escalation_id = escalation_id


class DuplicateTaskError(InputError):
    """A task with this id is already in the queue; nothing was added."""

    def __init__(self, task_id: str) -> None:
        super().__init__(
            f"task {task_id!r} is already in the queue",
            hint="choose another id, or change the task that is there",
        )
        self.task_id = task_id


class BranchTakenError(InputError):
    """Another task works on this branch; nothing was added."""

    def __init__(self, task_id: str, branch: str, owner: str) -> None:
        super().__init__(
            f"task {task_id!r} wants branch {branch!r}, which is that of task {owner!r}",
            hint="name another branch: two tasks on one would throw away each other's work",
        )


class DependencyError(InputError):
    """A dependency is missing or would close a cycle; nothing was added."""


class StateError(EngineError):
    """The request does not fit the present state; nothing was changed."""


class IllegalTransitionError(StateError):
    """The state table has no entry for this pair; nothing was changed."""

    def __init__(self, task_id: str, state: str, trigger: str, merge: str | None = None) -> None:
        super().__init__(
            f"task {task_id!r} is {state_words(state, merge)}: "
            f"it cannot {trigger_words(trigger)} now",
            hint=NextStep(words="look at how it stands", step=Step.SHOW_TASK, about=task_id),
        )
        self.task_id = task_id
        self.state = state
        self.trigger = trigger


class StaleClaimError(StateError):
    """The worker's lease was lost to another one; its write was refused."""

    def __init__(self, task_id: str, fence: int) -> None:
        super().__init__(
            f"claim {fence} on task {task_id!r} is no longer held",
            hint="the task goes on with its present worker; this result is dropped",
        )
        self.task_id = task_id
        self.fence = fence


class EngineRunningError(StateError):
    """Another process owns the engine of this repository."""


class StoreError(EngineError):
    """The database cannot be used; what was acknowledged before is intact."""


class SessionError(EngineError):
    """No valid session state could be loaded."""


class WorkspaceError(EngineError):
    """Git or the repository refuses; the operator's checkout is untouched."""


class AgentError(EngineError):
    """An agent backend cannot work; no iteration was spent."""


class GateError(EngineError):
    """A checker could not be run at all; this is never a PASS."""


class GuardrailError(EngineError):
    """A rule or contract could not be read; nothing is allowed by it."""


class NotifyError(EngineError):
    """A notice could not be handed over; what it was about waits as before."""


class HostError(EngineError):
    """This machine lets nobody work; no task is to blame and the queue is as it was."""
