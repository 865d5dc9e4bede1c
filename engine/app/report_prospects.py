"""What comes next for a task that is not finished: when it goes on, and what lets it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.ids import TaskId
from engine.domain.state import HELD, SATISFIES_DEPENDENTS, TaskState
from engine.domain.steps import NextStep, Step
from engine.domain.words import state_words
from engine.domain.work import WorkItem
from engine.ports.cockpit import RunState
from engine.ports.queue_values import RunControl

_GOING = frozenset({RunState.RUNNING, RunState.IDLE})


class Prospects:
    """Knows whether anything takes tasks, and what each waits for.

    Args:
        run: what the engine of the repository is doing.
        control: what operators said about all tasks.
        states: of every task that another may come after.
        lacking: what is the matter with the backends of ready tasks.
    """

    def __init__(
        self,
        run: RunState,
        control: RunControl,
        states: Mapping[TaskId, TaskState],
        lacking: Mapping[TaskId, str] | None = None,
    ) -> None:
        self._run = run
        self._lacking = lacking or {}
        self._is_paused = control.is_paused
        self._is_halted = bool(control.halted)
        self._states = states

    def step_of(self, item: WorkItem) -> NextStep:
        """The one thing to do about a task that is not finished, or where to look at it."""
        name = item.task_id
        if item.state is TaskState.PAUSED:
            return NextStep(words="it is paused: let it go on", step=Step.RESUME, about=name)
        is_dead = item.state in HELD and self._run is RunState.NO_ENGINE
        if item.state in HELD and not is_dead:
            return NextStep(words="it is at work: see how", step=Step.SHOW_TASK, about=name)
        if first := self._first_needed(item):
            return NextStep(words=f"it comes after {first}", step=Step.SHOW_TASK, about=name)
        if self._is_halted or self._is_paused:
            held = "everything is halted" if self._is_halted else "the queue is paused"
            return NextStep(words=f"{held}: let all go on", step=Step.RESUME_ALL)
        if name in self._lacking:
            words = "mend what its backend lacks, then run again"
            if self._run in _GOING:
                return NextStep(words=words, step=Step.SHOW_TASK, about=name)
            return NextStep(words=words, step=Step.RUN)
        if self._run not in _GOING:
            died = "its engine died; " if is_dead else ""
            return NextStep(words=f"{died}a run goes on with it: start one", step=Step.RUN)
        return NextStep(words="its turn comes by itself", step=Step.SHOW_TASK, about=name)

    def why_of(self, item: WorkItem) -> str:
        """Why no run takes it although it is ready; empty: one does."""
        problem = self._lacking.get(item.task_id)
        return f"it waits for its backend: {problem}" if problem else ""

    def _first_needed(self, item: WorkItem) -> str:
        """The first task that has to be done before, and how that one stands; empty: none."""
        if not item.unmet_dependencies:
            return ""
        for needed in item.depends_on:
            state = self._states.get(needed)
            if state is not None and state not in SATISFIES_DEPENDENTS:
                return f"{needed}, which is {state_words(state.value)}"
        return ""
