"""Is the task going round in circles?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.domain.checkpoint import Checkpoint
from engine.domain.values import dataclass
from engine.domain.verdict import Verdict

_VARYING = re.compile(r"0x[0-9a-fA-F]+|\d+")
_ROUNDS = 2
"""A-B-A-B is a circle; A-B-A alone may be a detour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One finished iteration, as far as progress is concerned."""

    verdict: Verdict
    diff_sha256: str
    """Of the whole change against the base commit."""
    has_signal: bool = False

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Step:
        """The step that a recorded iteration was."""
        return cls(
            verdict=checkpoint.verdict,
            diff_sha256=checkpoint.diff_sha256,
            has_signal=checkpoint.has_signal,
        )


def stall(history: Sequence[Step], stall_after: int) -> str | None:
    """Why the task is stuck, in one line; None while it moves.

    Args:
        history: iterations since the operator last touched the task, oldest first.
        stall_after: so many iterations in a row without progress are a stall; at least 2.

    The same failures count as no progress when also what the checks print is the same but for
    numbers; when only the list of failures is the same, twice as many are allowed.
    """
    count = max(2, stall_after)
    last, longer = history[-count:], history[-2 * count :]
    if len(last) == count:
        if not any(step.verdict.changed_files for step in last):
            return f"no file was changed in {count} iterations"
        if _is_constant([step.diff_sha256 for step in last]):
            return f"the change was the same after {count} iterations"
        if _is_constant([_picture(step) for step in last]):
            return f"{count} iterations failed in the same way: {_failure(last[-1])}"
    if len(longer) == 2 * count and _is_constant([step.verdict.fingerprint for step in longer]):
        return f"{2 * count} iterations left the same failures: {_failure(longer[-1])}"
    return _ping_pong(history[-max(2 * _ROUNDS, count) :])


def _ping_pong(history: Sequence[Step]) -> str | None:
    if len(history) < 2 * _ROUNDS:
        return None
    if _alternates([step.diff_sha256 for step in history]):
        return f"the change went back and forth between two states {len(history)} times"
    if _alternates([step.verdict.fingerprint for step in history]):
        return f"two failures took turns {len(history)} times: {_failure(history[-1])}"
    return None


def _is_constant(values: Sequence[object]) -> bool:
    return all(value == values[0] for value in values)


def _alternates(values: Sequence[str]) -> bool:
    return values[0] != values[1] and all(
        value == values[place % 2] for place, value in enumerate(values)
    )


def _picture(step: Step) -> tuple[str, ...]:
    tails = (_VARYING.sub("#", check.tail) for check in step.verdict.checks)
    return (step.verdict.fingerprint, *tails)


def _failure(step: Step) -> str:
    return step.verdict.reasons[0].message if step.verdict.reasons else "no reason was given"
