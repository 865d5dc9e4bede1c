"""What the merge queue works with."""

from __future__ import annotations

from typing import Protocol

from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.ids import TaskId
from engine.domain.settings import Settings
from engine.domain.transcript import EntryKind
from engine.domain.values import dataclass
from engine.domain.verdict import Verdict
from engine.domain.work import TaskType, WorkItem
from engine.loop.hooking import TaskHooks
from engine.loop.scribes import Notes, Recorder
from engine.loop.verifying.case import Stage
from engine.ports.clock import Clock
from engine.ports.hooks import Hooks
from engine.ports.merging import Merging
from engine.ports.store import Store

_WORDS = {
    DecisionKind.MERGE: "merge",
    DecisionKind.MERGE_REVERT: "revert",
    DecisionKind.RETRY: "back to its agent",
    DecisionKind.STOP: "do not merge",
}


class Prover(Protocol):
    """Ralph, as far as merging needs him."""

    async def verify(
        self,
        base: str,
        head: str,
        *,
        task_type: TaskType,
        targets: tuple[str, ...],
        notes: Notes,
        needs_effect: bool = True,
        fresh: bool = False,
        stage: Stage = Stage.WORK,
    ) -> Verdict:
        """Judge what commit `head` has over commit `base`; `fresh`: not from an earlier proof;
        `stage`: what of it was judged before.
        """
        ...


class Silence:
    """Takes transcript lines and keeps none."""

    def append(self, kind: EntryKind, text: str, *, is_error: bool = False) -> None:
        """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeServices:
    """Put together once by the composition root."""

    settings: Settings
    store: Store
    git: Merging
    prover: Prover
    decisions: Recorder
    clock: Clock
    hooks: Hooks

    def hooks_of(self, item: WorkItem) -> TaskHooks:
        """The hooks around a merge of this task; what they say besides is not kept."""
        return TaskHooks(
            hooks=self.hooks,
            decisions=self.decisions,
            clock=self.clock,
            item=item,
            iteration=item.iteration_count,
            worktree=None,
            notes=Silence(),
        )

    async def decide(
        self, kind: DecisionKind, task_id: TaskId, value: str, *, reason: str, by: str = "engine"
    ) -> None:
        """Write the audit line of a merge, of its undoing, or of what becomes of the task instead;
        on disk when this returns.
        """
        await self.decisions.record(
            Decision(
                at=self.clock.now(),
                kind=kind,
                task_id=task_id,
                repo=self.settings.project,
                decision=_WORDS[kind],
                value=value,
                confidence=1.0,
                severity=Severity.HIGH,
                approver=by,
                reason=reason,
                ref=value,
            )
        )
