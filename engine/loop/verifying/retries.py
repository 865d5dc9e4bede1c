"""Is a new failure one, or does it come and go?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from engine.domain.verdict import CheckOutcome, CheckReport, TestOutcome
from engine.ralph.evidence import RAN_TO_ITS_END, CheckBaseline
from engine.ralph.targets import covers

_MOST_SUSPECTS = 20
"""A change that breaks more is not met by bad luck."""

Rerun = Callable[[tuple[str, ...]], Awaitable[CheckReport | None]]
"""Runs the same check in a fresh tree, restricted to these tests (none: whole); None: it cannot."""


async def settled(
    report: CheckReport, before: CheckBaseline, targets: tuple[str, ...], rerun: Rerun
) -> CheckReport:
    """The report without failures that went away when they were tried again.

    Tests that are newly red are run once more alone. If all are green then, the whole check is run
    once more: what is red in both whole runs stays red, also if it was green alone, because then
    it depends on other tests; what is red in one only is flaky. Targets are never forgiven.
    """
    suspects = _suspects(report, before, targets)
    if not suspects:
        return report
    alone = await rerun(suspects)
    if alone is None or not _are_green(suspects, alone):
        return report
    again = await rerun(())
    if again is None or again.result.outcome not in RAN_TO_ITS_END:
        return report
    return _joined(report, again, before, targets)


def _suspects(
    report: CheckReport, before: CheckBaseline, targets: tuple[str, ...]
) -> tuple[str, ...]:
    """New failures that may be bad luck; none if any new failure certainly is not."""
    new = before.new_in(report.result)
    is_hopeless = (
        report.result.outcome is not CheckOutcome.FINDINGS
        or len(new) > _MOST_SUSPECTS
        or any(report.tests.get(test) is not TestOutcome.FAILED for test in new)
        or any(_is_target(test, targets) for test in new)
    )
    return () if is_hopeless else new


def _are_green(tests: Iterable[str], report: CheckReport) -> bool:
    return all(report.tests.get(test) is TestOutcome.PASSED for test in tests)


def _joined(
    first: CheckReport, second: CheckReport, before: CheckBaseline, targets: tuple[str, ...]
) -> CheckReport:
    once = set(before.new_in(first.result)) ^ set(before.new_in(second.result))
    flaky = {test for test in once if _is_forgivable(test, first, second, targets)}
    left = tuple(failure for failure in second.result.failures if failure not in flaky)
    result = replace(
        second.result,
        outcome=CheckOutcome.FINDINGS if left else CheckOutcome.CLEAN,
        failures=left,
        flaky=tuple(sorted(flaky)),
        duration_s=first.result.duration_s + second.result.duration_s,
    )
    tests = {**second.tests, **dict.fromkeys(flaky, TestOutcome.PASSED)}
    findings = tuple(finding for finding in second.findings if finding.id not in flaky)
    return replace(second, result=result, tests=tests, findings=findings)


def _is_forgivable(
    test: str, first: CheckReport, second: CheckReport, targets: Iterable[str]
) -> bool:
    outcomes = {first.tests.get(test), second.tests.get(test)}
    return outcomes == {TestOutcome.PASSED, TestOutcome.FAILED} and not _is_target(test, targets)


def _is_target(test: str, targets: Iterable[str]) -> bool:
    return any(covers(target, test) for target in targets)
