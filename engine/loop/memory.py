"""What a task remembers from its last iteration, and the turn that is made of it."""

from __future__ import annotations

from engine.context import material
from engine.context.prompt import build_prompt
from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import SessionError
from engine.domain.ids import TaskId
from engine.domain.settings import Settings
from engine.domain.values import dataclass
from engine.domain.work import WorkItem
from engine.governance.contract import Contract
from engine.governance.contract_words import in_words
from engine.loop.past import Past
from engine.ports.agent import AgentTurn
from engine.ports.secrecy import PLAIN, Codec
from engine.ports.workspace import Worktree
from engine.ralph.explain import evidence_text
from engine.session.format import parse
from engine.session.state import SessionState
from engine.wiggum.limits import iteration_budget
from engine.wiggum.signals import BLOCKED_FORM, signal_of

_EVIDENCE_CHARS = 8_000
_HANDED_ON = (
    "progress",
    "verdict",
    "last_output",
    "next_steps",
    "open_questions",
    "error_history",
)
"""What of a memory holds for a task that goes on from there. Numbers and names are its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The session state that an iteration starts from."""

    item: WorkItem
    state: SessionState
    settings: Settings

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of the memory was found damaged or missing."""
        return self.state.warnings

    def turn(
        self,
        past: Past,
        contract: Contract,
        worktree: Worktree,
        *,
        checks: tuple[str, ...],
        may_spend_usd: float | None,
    ) -> AgentTurn:
        """Everything the agent is given: a fresh context."""
        item, number = self.item, self.item.iteration_count + 1
        prompt = build_prompt(
            material.TurnMaterial(
                item=item,
                iteration=number,
                budget=iteration_budget(item, self.settings.budgets),
                worktree=str(worktree.path),
                signal=signal_of(item.type),
                blocked_form=BLOCKED_FORM,
                contract=in_words(contract),
                checks=checks,
                memory=self._remembered(),
                evidence=self._evidence(past),
                notes=past.notes,
            )
        )
        return AgentTurn(
            task_id=item.task_id,
            project=item.project,
            role=item.role,
            iteration=number,
            system=prompt.system,
            prompt=prompt.prompt,
            worktree=worktree.path,
            files=item.files,
            may_spend_usd=may_spend_usd,
            origin=_origin(item),
        )

    def _remembered(self) -> material.Memory:
        content = self.state.content
        return material.Memory(
            progress=content.progress,
            last_output=content.last_output,
            next_steps=content.next_steps,
            open_questions=content.open_questions,
        )

    def _evidence(self, past: Past) -> str:
        verdict = past.last_verdict
        return "" if verdict is None else evidence_text(verdict, _EVIDENCE_CHARS)


def _origin(item: WorkItem) -> tuple[TaskId, int] | None:
    if item.branched_from is None:
        return None
    return item.branched_from, item.branched_at or 0


def recall(item: WorkItem, past: Past, settings: Settings, codec: Codec = PLAIN) -> Memory:
    """The newest valid state of the task; before its first iteration a fresh one, or what the task
    that it branched from remembered at that point.

    Files that are damaged are passed over with a warning; the database has a copy of each.
    """
    recorded = item.iteration_count
    if recorded == 0:
        state = SessionState(
            item.task_id, item.project, folder=settings.brain, recorded=0, codec=codec
        )
        if past.seed is not None:
            _begin_with(state, past.seed)
        return Memory(item=item, state=state, settings=settings)
    try:
        state = SessionState.load(
            item.task_id,
            project=item.project,
            folder=settings.brain,
            fallbacks=past.copies,
            recorded=recorded,
            codec=codec,
        )
    except SessionError as error:
        state = SessionState(
            item.task_id, item.project, folder=settings.brain, recorded=recorded, codec=codec
        )
        state.warnings = (f"{error.message}; the task goes on without its memory",)
    return Memory(item=item, state=state, settings=settings)


def _begin_with(state: SessionState, seed: Checkpoint) -> None:
    """What another task knew, as the database recorded it."""
    try:
        known = parse(seed.session_text)
    except SessionError as error:
        state.warnings = (f"{error.message}; the task begins without the memory of {seed.task_id}",)
        return
    state.update(**{name: getattr(known, name) for name in _HANDED_ON})
