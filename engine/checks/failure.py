"""What is recorded of a check that never began."""

from __future__ import annotations

from engine.domain.errors import EngineError
from engine.domain.verdict import CheckOutcome, CheckResult


def not_started(name: str, command: tuple[str, ...], error: EngineError) -> CheckResult:
    """The result of a check whose program could not be started."""
    return CheckResult(
        name=name,
        command=command,
        outcome=CheckOutcome.BROKEN,
        exit_code=None,
        duration_s=0.0,
        explanation=str(error),
    )
