"""What is known of a task before its next iteration."""

from __future__ import annotations

from dataclasses import replace

from engine.domain.checkpoint import Checkpoint
from engine.domain.facts import JournalEntry, TaskMoved
from engine.domain.ids import TaskId
from engine.domain.state import Trigger
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.verdict import Reason, Verdict, VerdictKind
from engine.domain.work import WorkItem
from engine.ports.store import Reader
from engine.wiggum.stall import Step

_REJECTIONS = frozenset({Trigger.REJECT.value})
_FRESH_STARTS = _REJECTIONS | {Trigger.RETRY.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Recorded iterations and what they used."""

    checkpoints: tuple[Checkpoint, ...]
    steps: tuple[Step, ...]
    """The iterations since the operator last put the task back into the queue."""
    notes: tuple[str, ...]
    """Of the operator, not read by any recorded iteration."""
    messages: frozenset[int]
    """Numbers of those of them that are urgent."""
    rejected_trees: frozenset[str]
    """Trees that had a PASS when the operator rejected it."""
    usage: Usage
    seed: Checkpoint | None = None
    """Where it began, if that was at a checkpoint of another task."""

    @property
    def last_verdict(self) -> Verdict | None:
        last = self.checkpoints[-1] if self.checkpoints else self.seed
        return last.verdict if last is not None else None

    def held_to(self, verdict: Verdict) -> Verdict:
        """The verdict, but for a PASS of exactly what the operator rejected: that stays a FAIL."""
        is_rejected = verdict.tree_hash in self.rejected_trees
        if verdict.kind is not VerdictKind.PASS or not is_rejected:
            return verdict
        reason = Reason(
            rule="rejected-by-operator",
            message="the operator rejected exactly this result; it needs to change",
        )
        return replace(verdict, kind=VerdictKind.FAIL, reasons=(reason,))

    @property
    def spent_s(self) -> float:
        return sum(checkpoint.duration_s for checkpoint in self.checkpoints)

    @property
    def copies(self) -> tuple[tuple[int, str], ...]:
        """The session texts that the database has, by checkpoint number."""
        return tuple((point.iteration_count, point.session_text) for point in self.checkpoints)


def past_of(reader: Reader, task_id: TaskId) -> Past:
    """Everything recorded of the task."""
    checkpoints, item = tuple(reader.checkpoints(task_id)), reader.task(task_id)
    facts = reader.task_facts(task_id)
    restart, rejection = _last(facts, _FRESH_STARTS), _last(facts, _REJECTIONS)
    return Past(
        checkpoints=checkpoints,
        steps=tuple(
            Step.of(point)
            for point in checkpoints
            if restart is None or point.timestamp >= restart.at
        ),
        notes=tuple(reader.notes(task_id)),
        messages=frozenset(note.number for note in reader.urgent_notes(task_id)),
        rejected_trees=frozenset(
            point.verdict.tree_hash
            for point in checkpoints
            if rejection is not None and point.timestamp <= rejection.at
        )
        | _rejected_at_origin(reader, item),
        usage=reader.usage(task_id=task_id),
        seed=None if checkpoints else _seed(reader, item),
    )


def _seed(reader: Reader, item: WorkItem) -> Checkpoint | None:
    if item.branched_from is None:
        return None
    points = reader.checkpoints(item.branched_from)
    return next((each for each in points if each.iteration_count == item.branched_at), None)


def _rejected_at_origin(reader: Reader, item: WorkItem) -> frozenset[str]:
    """What the operator rejected there is not what he wants here."""
    origin = item.branched_from
    return frozenset() if origin is None else past_of(reader, origin).rejected_trees


def _last(facts: list[JournalEntry], triggers: frozenset[str]) -> JournalEntry | None:
    moves = [
        entry
        for entry in facts
        if isinstance(entry.fact, TaskMoved) and entry.fact.trigger in triggers
    ]
    return moves[-1] if moves else None
