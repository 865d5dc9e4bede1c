"""The verdict."""

from __future__ import annotations

from engine.domain.verdict import Reason, Verdict, VerdictKind
from engine.ralph.evidence import Evidence
from engine.ralph.rules import RULES
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.wording import named


def judge(evidence: Evidence) -> Verdict:
    """PASS if no rule objects, BLOCKED if only a human can move an objection, else FAIL.

    Depends on nothing but its argument: the same evidence gives the same verdict.
    """
    grounds = [ground for rule in RULES for ground in rule(evidence)]
    grounds.sort(key=lambda ground: not ground.next_step)
    if not grounds:
        kind, reasons = VerdictKind.PASS, _proof(evidence)
    else:
        kind = VerdictKind.BLOCKED if grounds[0].next_step else VerdictKind.FAIL
        reasons = tuple(ground.reason for ground in grounds)
    return Verdict(
        kind=kind,
        reasons=reasons,
        checks=tuple(report.result for report in evidence.reports),
        tree_hash=evidence.tree_hash,
        base_commit=evidence.base_commit,
        changed_files=evidence.changed_files,
        next_step=grounds[0].next_step if grounds else "",
    )


def _proof(evidence: Evidence) -> tuple[Reason, ...]:
    executed = sum(report.result.tests_executed or 0 for report in evidence.reports)
    known = sum(len(report.result.failures) for report in evidence.reports)
    targets = f"{len(evidence.targets)} targets green, " if evidence.targets else ""
    left = f", {known} known failures left" if known else ""
    message = f"{targets}{executed} tests executed, no new failure{left}"
    proof = Reason(rule="proof", message=message)
    edited = evidence.base_test_files.intersection(evidence.changed_files)
    if evidence.task_type in MAY_EDIT_TESTS and edited:
        shown = f"existing test files were edited, as the task allows: {named(edited)}"
        return proof, Reason(rule="tests-changed", message=shown)
    return (proof,)
