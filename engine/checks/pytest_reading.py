"""What a run of pytest means. Exit code and probe must agree, or it means nothing."""

from __future__ import annotations

from dataclasses import dataclass

from engine.checks.output import last_line
from engine.checks.probe_log import ProbeLog
from engine.domain.verdict import CheckOutcome, TestOutcome

_INTERRUPTED, _INTERNAL_ERROR, _MISUSED, _NO_TESTS = 2, 3, 4, 5
_STOPPED_EARLY = frozenset({_INTERRUPTED, _INTERNAL_ERROR, _MISUSED})
_MEANING = {
    _INTERRUPTED: "pytest was interrupted",
    _INTERNAL_ERROR: "pytest had an internal error",
    _MISUSED: "pytest refused its arguments or configuration",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The part of a result that needs judgement."""

    outcome: CheckOutcome
    failures: tuple[str, ...] = ()
    explanation: str = ""


def read_outcome(exit_code: int | None, log: ProbeLog, output: str, *, limit_s: float) -> Reading:
    """What exit code and probe say together.

    Args:
        exit_code: None if pytest was stopped at its limit of `limit_s`.
        log: what the probe wrote.
        output: end of the output, to explain what the probe could not see.
        limit_s: the check's time limit in seconds.
    """
    failures = _failures(log)
    if exit_code is None:
        return Reading(
            outcome=CheckOutcome.TIMEOUT,
            failures=_with(failures, log.running),
            explanation=f"stopped after {limit_s:g} s{_while_running(log)}",
        )
    fault = _fault(exit_code, log, output)
    if fault:
        return Reading(
            outcome=CheckOutcome.BROKEN,
            failures=_with(failures, log.running),
            explanation=fault,
        )
    if not failures and exit_code not in (0, _NO_TESTS):
        failures = (f"exit-{exit_code}",)
    return Reading(
        outcome=CheckOutcome.FINDINGS if failures else CheckOutcome.CLEAN, failures=failures
    )


def _failures(log: ProbeLog) -> tuple[str, ...]:
    red = (test for test, outcome in log.outcomes.items() if outcome is TestOutcome.FAILED)
    uncollected = (f"{path or '.'}::collection" for path in log.uncollected)
    return tuple(sorted({*red, *uncollected}))


def _with(failures: tuple[str, ...], running: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*failures, *running}))


def _fault(exit_code: int, log: ProbeLog, output: str) -> str:
    """Why the run proves nothing; empty if it does prove something."""
    if log.foreign:
        shown = ", ".join(log.foreign[:3])
        return f"tests imported {shown} from the main checkout instead of the tree under test"
    if exit_code < 0:
        return f"pytest was ended by signal {-exit_code}{_while_running(log)}"
    is_stopped = exit_code in _STOPPED_EARLY or not log.is_finished
    if is_stopped and log.uncollected and not log.running:
        return ""
    if exit_code in _STOPPED_EARLY:
        return f"{_MEANING[exit_code]}{_while_running(log)}: {last_line(output)}"
    if not log.is_finished:
        return f"pytest ended with code {exit_code} before its end{_while_running(log)}: " + (
            last_line(output) or "no output"
        )
    unaccounted = len(log.collected - log.outcomes.keys())
    if unaccounted and not _failures(log):
        left_out = f"left out {unaccounted} collected tests{_while_running(log)}"
        return f"pytest ended with code {exit_code} but {left_out}"
    return ""


def _while_running(log: ProbeLog) -> str:
    return f" while {', '.join(log.running[:3])} ran" if log.running else ""
