"""The verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.domain.verdict import CheckResult, Reason, Verdict, VerdictKind
from engine.ralph.check_rules import something_changed
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.rules import RULES
from engine.ralph.runs import accounts
from engine.ralph.tamper.catalogue import TAMPER_RULES
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.targets import target_reasons
from engine.ralph.wording import counted, named, tail_of


def judge(evidence: Evidence) -> Verdict:
    """PASS if no rule objects, BLOCKED if only a human can move an objection, else FAIL.

    Depends on nothing but its argument: the same evidence gives the same verdict.
    """
    grounds = [ground for rule in RULES for ground in rule(evidence)]
    if not grounds:
        return _verdict(evidence, VerdictKind.PASS, _proof(evidence))
    return _objection(evidence, grounds)


def judge_early(evidence: Evidence) -> Verdict | None:
    """FAIL if nothing was changed, or if the target tests, run alone, are red; None: everything
    has to be run to tell.
    """
    red = [
        reason
        for reason in target_reasons(evidence.targets, evidence.reports)
        if reason.rule == "target-test-red"
    ]
    if not evidence.changed_files:
        return _objection(evidence, [*something_changed(evidence), *map(Ground, red)])
    if not red:
        return None
    tampering = [ground for rule in TAMPER_RULES for ground in rule(evidence)]
    return _objection(evidence, [*map(Ground, red), Ground(_ONLY_TARGETS), *tampering])


_ONLY_TARGETS = Reason(
    rule="stopped-early",
    message="the target tests were run first and are red, so the full set was not run",
)


def _objection(evidence: Evidence, grounds: list[Ground]) -> Verdict:
    grounds = sorted(grounds, key=lambda ground: not ground.next_step)
    kind = VerdictKind.BLOCKED if grounds[0].next_step else VerdictKind.FAIL
    reasons = tuple(ground.reason for ground in grounds)
    return _verdict(evidence, kind, reasons, next_step=grounds[0].next_step)


def _verdict(
    evidence: Evidence, kind: VerdictKind, reasons: tuple[Reason, ...], *, next_step: str = ""
) -> Verdict:
    return Verdict(
        kind=kind,
        reasons=reasons,
        checks=tuple(_with_known(report.result, evidence) for report in evidence.reports),
        tree_hash=evidence.tree_hash,
        base_commit=evidence.base_commit,
        head_commit=evidence.head_commit,
        changed_files=evidence.changed_files,
        next_step=next_step,
    )


def _with_known(result: CheckResult, evidence: Evidence) -> CheckResult:
    before = evidence.baseline.of(result.name)
    return replace(result, known=before.known_in(result) if before else ())


def _proof(evidence: Evidence) -> tuple[Reason, ...]:
    executed = sum(report.result.tests_executed or 0 for report in evidence.reports)
    known = sum(len(report.result.failures) for report in evidence.reports)
    targets = f"{counted(len(evidence.targets), 'target')} green, " if evidence.targets else ""
    left = f", {counted(known, 'known failure')} left" if known else ""
    twice = ", also with the tests of the base commit" if evidence.base_test_reports else ""
    message = f"{targets}{counted(executed, 'test')} executed, no new failure{left}{twice}"
    proof = Reason(rule="proof", message=message)
    return proof, *_edited_tests(evidence), *_flaky_tests(evidence)


def _edited_tests(evidence: Evidence) -> Iterator[Reason]:
    edited = evidence.edited_test_files
    if evidence.task_type in MAY_EDIT_TESTS and edited:
        message = f"existing test files were edited, as the task allows: {named(edited)}"
        yield Reason(rule="tests-changed", message=message, path=min(edited))
        renamed = [test for account in accounts(evidence) for test in account.removed]
        if renamed:
            message = f"gone since the base commit: {named(renamed)}"
            yield Reason(rule="tests-changed", message=message, path=min(edited))


def _flaky_tests(evidence: Evidence) -> Iterator[Reason]:
    for account in accounts(evidence):
        flaky = account.result.flaky
        if flaky:
            message = (
                f"check {account.result.name}: {len(flaky)} tests were red once and green when "
                f"tried again{account.where}, so they do not count: {named(flaky)}"
            )
            yield Reason(rule="flaky", message=message, evidence=tail_of(account.result))
