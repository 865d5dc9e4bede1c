"""What is known of a task before its next iteration."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.checkpoint import Checkpoint
from engine.domain.facts import JournalEntry, TaskMoved
from engine.domain.ids import TaskId
from engine.domain.state import Trigger
from engine.domain.usage import Usage
from engine.domain.verdict import Verdict
from engine.ports.store import Reader
from engine.wiggum.stall import Step

_FRESH_STARTS = frozenset({Trigger.RETRY.value, Trigger.REJECT.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Recorded iterations and what they used."""

    checkpoints: tuple[Checkpoint, ...]
    steps: tuple[Step, ...]
    """The iterations since the operator last put the task back into the queue."""
    notes: tuple[str, ...]
    """Of the operator, not read by any recorded iteration."""
    usage: Usage

    @property
    def last_verdict(self) -> Verdict | None:
        return self.checkpoints[-1].verdict if self.checkpoints else None

    @property
    def spent_s(self) -> float:
        return sum(checkpoint.duration_s for checkpoint in self.checkpoints)

    @property
    def copies(self) -> tuple[tuple[int, str], ...]:
        """The session texts that the database has, by checkpoint number."""
        return tuple((point.iteration_count, point.session_text) for point in self.checkpoints)


def past_of(reader: Reader, task_id: TaskId) -> Past:
    """Everything recorded of the task."""
    checkpoints = tuple(reader.checkpoints(task_id))
    restart = _last_restart(reader.task_facts(task_id))
    return Past(
        checkpoints=checkpoints,
        steps=tuple(
            Step.of(point)
            for point in checkpoints
            if restart is None or point.timestamp >= restart.at
        ),
        notes=tuple(reader.notes(task_id)),
        usage=reader.usage(task_id=task_id),
    )


def _last_restart(facts: list[JournalEntry]) -> JournalEntry | None:
    restarts = [
        entry
        for entry in facts
        if isinstance(entry.fact, TaskMoved) and entry.fact.trigger in _FRESH_STARTS
    ]
    return restarts[-1] if restarts else None
