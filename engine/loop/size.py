"""How large a change may be before a human has to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.domain.verdict import Reason, Verdict, VerdictKind
from engine.governance.contract import Limits

RULE = "change-too-large"


def held_to_size(verdict: Verdict, limits: Limits, changed_lines: int) -> Verdict:
    """The verdict, but for a PASS of a change above the limits: that is BLOCKED, since a smaller
    one cannot be demanded of an agent that has solved its task, nor may nobody look.
    """
    reasons = tuple(_excess(limits, changed_lines, len(verdict.changed_files)))
    if verdict.kind is not VerdictKind.PASS or not reasons:
        return verdict
    return replace(
        verdict,
        kind=VerdictKind.BLOCKED,
        reasons=reasons,
        next_step="look at the change: accept it by overriding the verdict with PASS, or raise "
        "the limit in the contract and retry the task, or split the task",
    )


def _excess(limits: Limits, lines: int, files: int) -> Iterator[Reason]:
    for what, seen, allowed in (
        ("lines", lines, limits.changed_lines),
        ("files", files, limits.changed_files),
    ):
        if allowed is not None and seen > allowed:
            yield Reason(
                rule=RULE,
                message=f"the change has {seen} {what}; the contract allows {allowed}",
            )
