"""How far a run goes, and why it ended."""

from __future__ import annotations

from enum import StrEnum

from engine.domain.ids import TaskId
from engine.domain.steps import NextStep, Step
from engine.domain.values import dataclass


class RunEnd(StrEnum):
    """Why a run ended."""

    DRAINED = "nothing is left to do"
    WAITING = "what is left waits for the operator"
    LIMIT = "its limit is reached"
    BUDGET = "its budget is spent"
    STOPPED = "it was told to stop"
    PAUSED = "the queue is paused"
    HALTED = "everything is halted"
    BROKEN = "it cannot go on"

    @property
    def next_step(self) -> NextStep | None:
        """What lets it go on; None: nothing has to be ordered for that."""
        if self not in (RunEnd.PAUSED, RunEnd.HALTED):
            return None
        return NextStep(words="let it go on", step=Step.RESUME_ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How far a run goes. None: no limit."""

    max_iterations: int | None = None
    """Iterations over all tasks."""
    max_tasks: int | None = None
    """Different tasks that are begun."""
    only: TaskId | None = None
    parallel: int | None = None
    """Tasks at once; None: as the operator set it, or as configured."""
    stays: bool = False
    """Wait for new tasks and for answers instead of ending; a cockpit is watching."""
    waits: bool = False
    """Wait for answers instead of ending while tasks need them; but not for new tasks."""
    waits_s: float | None = None
    """With `waits`: how long, from the newest question or the beginning of the wait on, whichever
    is later.
    """


TASK_ITERATIONS = "task-iterations"
"""The one limit whose end is the ordinary end of a task that did not come off."""


class BudgetSpent(Exception):  # noqa: N818  a signal that ends the run in order, not an error
    """The run's money or time is used up; the message says how much of how much.

    Args:
        message: in one line.
        limit: which one, as `LimitHit.rule` names it.
    """

    def __init__(self, message: str, *, limit: str) -> None:
        super().__init__(message)
        self.limit = limit
