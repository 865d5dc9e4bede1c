"""The runs of a judgement, each beside what the baseline knows of it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, TestOutcome
from engine.ralph.evidence import RAN_TO_ITS_END, CheckBaseline, Evidence
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.targets import covers

_NEVER_SEEN = CheckBaseline(outcome=CheckOutcome.CLEAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One check that ran to its end."""

    report: CheckReport
    before: CheckBaseline
    where: str
    """Added to messages: empty, or that the tests were those of the base commit."""
    exempt: frozenset[str] = frozenset()
    """Test files whose old tests do not count in this run, as the task may edit them."""

    @property
    def result(self) -> CheckResult:
        return self.report.result

    @property
    def new_failures(self) -> list[str]:
        return [test for test in self.before.new_in(self.result) if not self.is_exempt(test)]

    @property
    def removed(self) -> list[str]:
        """Tests that were executed at base and are not collected now, where that is no failure."""
        return [
            test
            for test in self.before.executed
            if test not in self.report.tests and not self._is_told(test)
        ]

    @property
    def skipped(self) -> list[str]:
        """Tests that were executed at base and are not now, though collected."""
        return [
            test
            for test in self.before.executed
            if self.report.tests.get(test) is TestOutcome.SKIPPED and not self.is_exempt(test)
        ]

    def is_exempt(self, test: str) -> bool:
        return any(covers(path, test) for path in self.exempt)

    def _is_told(self, test: str) -> bool:
        return self.is_exempt(test) or any(
            failure.endswith("::collection") and covers(failure.removesuffix("::collection"), test)
            for failure in self.result.failures
        )


def accounts(evidence: Evidence) -> Iterator[Account]:
    """Every check that ran to its end: on the head, then with the tests of the base commit."""
    for report in evidence.reports:
        if report.result.outcome in RAN_TO_ITS_END:
            yield Account(report=report, before=_before(evidence, report), where="")
    exempt = evidence.edited_test_files if evidence.task_type in MAY_EDIT_TESTS else frozenset()
    for report in evidence.base_test_reports:
        if report.result.outcome in RAN_TO_ITS_END:
            yield Account(
                report=report,
                before=_before(evidence, report),
                where=" with the tests of the base commit",
                exempt=exempt,
            )


def _before(evidence: Evidence, report: CheckReport) -> CheckBaseline:
    return evidence.baseline.of(report.result.name) or _NEVER_SEEN
