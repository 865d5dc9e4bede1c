"""What the engine decides by itself about a task, as lines of the decision log."""

from __future__ import annotations

from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.state import Trigger
from engine.domain.work import WorkItem
from engine.loop.scribes import Recorder
from engine.ports.clock import Clock

_KINDS = {
    Trigger.PASS: DecisionKind.VERDICT,
    Trigger.AGAIN: DecisionKind.RETRY,
    Trigger.INTERRUPT: DecisionKind.RETRY,
}


class Automatic:
    """Writes them before their effect; a line that is repeated after a crash bears the same ref."""

    def __init__(self, decisions: Recorder, clock: Clock) -> None:
        self._decisions = decisions
        self._clock = clock
        self._routed: set[tuple[str, str]] = set()

    async def routed(self, item: WorkItem, agent: str, *, is_configured: bool) -> None:
        """Which agent works on the task; once for each process and agent."""
        if (item.task_id, agent) in self._routed:
            return
        reason = "the configured backend" if is_configured else "the task names it"
        await self._record(item, DecisionKind.ROUTING, "route", f"{item.role} to {agent}", reason)
        self._routed.add((item.task_id, agent))

    async def moved(self, item: WorkItem, trigger: Trigger, value: str, reason: str) -> None:
        """What becomes of the task now."""
        kind = _KINDS.get(trigger, DecisionKind.STOP)
        await self._record(item, kind, trigger.value, value, reason)

    async def postponed(self, item: WorkItem, reason: str) -> None:
        """It goes back into the queue as it was."""
        await self._record(item, DecisionKind.RETRY, "postpone", "", reason)

    async def ended_run(self, item: WorkItem, reason: str) -> None:
        """No iteration begins any more, of any task; this one would have been next."""
        await self._record(
            item, DecisionKind.STOP, "end the run", item.task_id, reason, of_run=True
        )

    async def _record(
        self,
        item: WorkItem,
        kind: DecisionKind,
        decision: str,
        value: str,
        reason: str,
        *,
        of_run: bool = False,
    ) -> None:
        is_stop = kind is DecisionKind.STOP
        await self._decisions.record(
            Decision(
                at=self._clock.now(),
                kind=kind,
                task_id=None if of_run else item.task_id,
                repo=item.project,
                decision=decision,
                value=value,
                confidence=1.0,
                severity=Severity.MEDIUM if is_stop else Severity.LOW,
                approver="engine",
                reason=reason,
                ref=f"{item.task_id}/{item.iteration_count + 1}",
            )
        )
