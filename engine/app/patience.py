"""What becomes of questions that nobody answers in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from engine.app.alarm import look_whenever
from engine.app.complaints import Complaints
from engine.app.parts import Parts
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import DenyEscalation, Order
from engine.domain.settings import NoAnswer
from engine.domain.state import TaskState
from engine.ports.store import Reader

RULE = "rule escalations.no_answer"
"""Who has decided, in the audit trail and on the screen."""
_OPEN = frozenset({EscalationState.OPEN})
_EVERYTHING = 1_000_000_000
_ABOUT = "patience"


class Patience:
    """Denies or parks by the rules of `[escalations]`; the operator's own answer goes before, as
    the first answer holds.

    Args:
        parts: of the engine.
        give: writes an order in somebody's name; whoever settles orders settles it.
        park: lets the agent of a waiting task go; whether it had one.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        give: Callable[[Order, str], Awaitable[object]],
        park: Callable[[TaskId], bool],
    ) -> None:
        self._parts = parts
        self._rules = parts.settings.escalations
        self._give = give
        self._park = park
        self._dealt_with: set[EscalationId] = set()

    async def serve(self, complaints: Complaints) -> None:
        """Look whenever something changes or a question's time is over, until cancelled; what
        keeps it from that is told, and tried again.
        """

        async def tell(error: EngineError) -> None:
            await complaints.make(
                f"questions that nobody answers are left waiting: {error}", about=_ABOUT
            )

        await look_whenever(
            self.settle_due,
            self._parts.store,
            self._parts.clock,
            on_failure=tell,
            on_recovery=lambda: complaints.settle(_ABOUT),
        )

    async def settle_due(self) -> datetime | None:
        """Deny and park what has waited long enough; when the next one will have. None: none."""
        if not self._is_ever_impatient():
            return None
        coming: list[datetime] = []
        for asked in await self._parts.store.read(self._open):
            policy = self._rules.policy_for(asked.severity)
            if policy is NoAnswer.WAIT or asked.escalation_id in self._dealt_with:
                continue
            until = asked.raised_at + timedelta(seconds=self._rules.after_s)
            if until > self._parts.clock.now():
                coming.append(until)
            else:
                await self._deal_with(asked, policy)
        return min(coming, default=None)

    def _is_ever_impatient(self) -> bool:
        policies = {self._rules.no_answer, *self._rules.by_severity.values()}
        return policies != {NoAnswer.WAIT}

    def _open(self, reader: Reader) -> list[Escalation]:
        return reader.escalations(states=_OPEN, limit=_EVERYTHING)

    async def _deal_with(self, asked: Escalation, policy: NoAnswer) -> None:
        self._dealt_with.add(asked.escalation_id)
        why = f"nobody answered within {self._rules.after_s:g} s"
        if policy is NoAnswer.DENY:
            reason = f"{why}: find a way that needs no approval, or say what you need"
            order = DenyEscalation(escalation_id=asked.escalation_id, reason=reason)
            await self._give(order, RULE)
            return
        item = await self._parts.store.read(lambda reader: reader.task(asked.task_id))
        if item.state is not TaskState.WAITING or item.orchestrator_id is None:
            return  # no agent of this engine's waits for it
        await self._parts.decisions.record(self._parked(asked, why))
        self._park(asked.task_id)

    def _parked(self, asked: Escalation, why: str) -> Decision:
        return Decision(
            at=self._parts.clock.now(),
            kind=DecisionKind.RUN_CONTROL,
            task_id=asked.task_id,
            repo=asked.project,
            decision="park",
            value=f"{asked.action.kind}: {asked.action.target}",
            confidence=1.0,
            severity=asked.severity,
            approver=RULE,
            reason=why,
            ref=asked.escalation_id,
        )
