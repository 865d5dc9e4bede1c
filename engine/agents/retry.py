"""How long to wait before a model call is tried again."""

from __future__ import annotations

from collections.abc import Callable

from engine.agents.faults import ModelCallError
from engine.domain.values import dataclass
from engine.ports.agent import FailureClass

_FIRST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Waits double from one second on, with jitter; no single wait is above `cap_s`."""

    max_retries: int
    cap_s: float
    random: Callable[[], float]
    """From 0 (inclusive) to 1."""

    def wait_s(self, fault: ModelCallError, attempt: int) -> float | None:
        """How long to wait after try number `attempt` failed; None: give up.

        Half of the wait is fixed and half by chance, so that workers that failed together do not
        come back together. A server's own wish is a lower bound, but for the cap.
        """
        if fault.failure is FailureClass.LOGICAL or attempt > self.max_retries:
            return None
        grown_s = _FIRST_WAIT_S * 2.0 ** min(attempt - 1, 30)
        jittered_s = min(grown_s, self.cap_s) * (0.5 + 0.5 * self.random())
        return min(self.cap_s, max(jittered_s, fault.retry_after_s or 0.0))
