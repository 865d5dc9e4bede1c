"""A file that a check runs decides what the check says; one that it looks at does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult
from tests.support.changes import change_evidence, tampering


@pytest.mark.parametrize(
    ("command", "is_run"),
    [
        (("python", "tools/check.py"), True),
        (("./tools/check.py",), True),
        (("sh", "-e", "/somewhere/tools/check.py"), True),
        (("ruff", "check", "--select", "F401", "tools/check.py"), False),
        (("/env/bin/python", "-m", "mypy", "tools/check.py"), False),
        (("python", "tools/other.py"), False),
    ],
)
def test_only_a_file_that_a_check_runs_is_refused(command: tuple[str, ...], is_run: bool) -> None:
    result = CheckResult(
        name="c", command=command, outcome=CheckOutcome.CLEAN, exit_code=0, duration_s=0.1
    )
    edited = change_evidence({"tools/check.py": "A = 1\n"}, {"tools/check.py": "A = 2\n"})

    reasons = tampering(replace(edited, reports=(CheckReport(result=result),)))

    assert [reason.rule for reason in reasons] == (["check-config-edited"] if is_run else [])
