"""How long to wait after an iteration that an outside fault ended."""

from __future__ import annotations

from engine.ports.agent import AgentFailed, FailureClass

_FREE_DEATHS = 4


def backoff_s(
    attempt: int, *, jitter: float = 0.0, base_s: float = 5.0, cap_s: float = 300.0
) -> float:
    """Seconds before attempt number `attempt` + 1: doubled each time, never above `cap_s`.

    Args:
        attempt: failures in a row, 1 for the first.
        jitter: from 0 to 1, drawn by the caller; stretches the wait by up to a quarter.
        base_s: wait after the first failure.
        cap_s: longest wait.

    >>> [backoff_s(attempt) for attempt in (1, 2, 3, 20)]
    [5.0, 10.0, 20.0, 300.0]
    """
    doublings = min(max(attempt, 1) - 1, 30)
    return min(base_s * (1 << doublings) * (1 + jitter / 4), cap_s)


def rest_s(interruptions: int) -> float:
    """Seconds that a task rests after its process has died so often in a row under it.

    The first few cost no time. Then it makes room for others longer and longer, so that a burst
    of kills, which may have nothing to do with it, does not use up its chances.

    >>> [rest_s(times) for times in (1, 4, 5, 6, 9, 10**6)]
    [0.0, 0.0, 1.0, 3.0, 81.0, 243.0]
    """
    return 0.0 if interruptions <= _FREE_DEATHS else 3.0 ** min(interruptions - _FREE_DEATHS - 1, 5)


def wait_after(
    failed: AgentFailed, *, attempt: int, jitter: float = 0.0, cap_s: float = 300.0
) -> float | None:
    """Seconds to wait before trying again; None: trying again cannot help, a human must act.

    What the other side asks for is obeyed up to `cap_s`.
    """
    match failed.failure:
        case FailureClass.LOGICAL:
            return None
        case FailureClass.TRANSIENT:
            wait_s = backoff_s(attempt, jitter=jitter, cap_s=cap_s)
            return min(max(wait_s, failed.retry_after_s or 0.0), cap_s)
