"""Regression: of two checks that ran the same test, the later one hid the earlier one's outcome."""

from __future__ import annotations

import pytest

from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, TestOutcome
from engine.ralph.targets import target_reasons

TARGET = "tests/test_a.py::test_x"


def report(name: str, outcome: TestOutcome) -> CheckReport:
    is_red = outcome is TestOutcome.FAILED
    result = CheckResult(
        name=name,
        command=(name,),
        outcome=CheckOutcome.FINDINGS if is_red else CheckOutcome.CLEAN,
        exit_code=int(is_red),
        duration_s=0.1,
        tests_executed=1,
        failures=(TARGET,) if is_red else (),
    )
    return CheckReport(result=result, tests={TARGET: outcome})


@pytest.mark.parametrize("is_first", [True, False])
def test_a_target_that_is_red_in_one_check_is_red(is_first: bool) -> None:
    reports = [report("unit", TestOutcome.FAILED), report("all", TestOutcome.PASSED)]
    ordered = tuple(reports if is_first else reversed(reports))
    assert [reason.rule for reason in target_reasons((TARGET,), ordered)] == ["target-test-red"]


def test_a_target_that_one_check_skips_and_another_runs_is_green() -> None:
    reports = (report("unit", TestOutcome.PASSED), report("all", TestOutcome.SKIPPED))
    assert list(target_reasons((TARGET,), reports)) == []
