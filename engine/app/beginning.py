"""What a run finds when it begins, and what of it belongs into the decision log."""

from __future__ import annotations

from engine.app.parts import Parts
from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import GuardrailError
from engine.loop.contracts_in_force import ContractsInForce


async def record_beginning(parts: Parts, contracts: ContractsInForce) -> None:
    """Contracts that were edited since the last run, and what does not hold agents.

    Raises:
        StoreError: it cannot be recorded; nothing may run.
    """
    await contracts.begin(await parts.decisions.newest_run_wide(DecisionKind.CONTRACT_CHANGE))
    lack = await _lack(parts)
    if lack:
        await parts.decisions.record(
            Decision(
                at=parts.clock.now(),
                kind=DecisionKind.SANDBOX,
                task_id=None,
                repo=parts.settings.project,
                decision="run with less than a sandbox",
                value=lack,
                confidence=1.0,
                severity=Severity.HIGH,
                approver="engine",
                reason="the stricter rules hold",
            )
        )


async def _lack(parts: Parts) -> str:
    try:
        return (await parts.confinement.containment()).warning
    except GuardrailError:  # the run ends by it, and says so
        return ""
