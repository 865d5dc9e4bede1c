"""From tests that have ended to what they say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from engine.checks.tool import Reading
from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, Finding, TestOutcome

RED = "test-red"
HUNG = "test-hung"
"""As the baseline looks for it."""
_MESSAGE_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTest:
    """One test of a report."""

    id: str
    outcome: TestOutcome
    path: str = ""
    """Relative to the tree; empty: not known."""
    line: int | None = None
    message: str = ""
    """Why it failed."""
    is_test: bool = True
    """False: something around tests failed, such as the import of their file."""
    is_hanging: bool = False


def reading_of_tests(reported: Sequence[EndedTest], *, exit_code: int | None) -> Reading:
    """Red tests are failures; so is an exit code that nothing in the report explains.

    Tests of one id are told apart by `#2` and so on, in the order of the report.
    """
    ended = _told_apart(reported)
    red = [test for test in ended if test.outcome is TestOutcome.FAILED]
    failures = tuple(sorted(test.id for test in red))
    if exit_code and not failures:
        failures = (f"exit-{exit_code}",)
    tests = {test.id: test.outcome for test in ended if test.is_test}
    return Reading(
        outcome=CheckOutcome.FINDINGS if failures else CheckOutcome.CLEAN,
        failures=failures,
        findings=tuple(map(_finding, red)),
        tests=tests,
        tests_executed=sum(outcome is not TestOutcome.SKIPPED for outcome in tests.values()),
    )


def with_hanging(reading: Reading, files: Sequence[str], *, limit_s: float) -> Reading:
    """The reading of a run without `files`, in which no test had ended for `limit_s` seconds: each
    is a failure by the name `file::collection`.
    """
    if not files:
        return reading
    hanging = tuple(
        EndedTest(
            id=f"{path}::collection",
            outcome=TestOutcome.FAILED,
            path=path,
            message=f"hangs: no test ended within {limit_s:g} s",
            is_test=False,
            is_hanging=True,
        )
        for path in files
    )
    is_whole = reading.outcome in (CheckOutcome.CLEAN, CheckOutcome.FINDINGS)
    return replace(
        reading,
        outcome=CheckOutcome.FINDINGS if is_whole else reading.outcome,
        failures=tuple(sorted({*reading.failures, *(test.id for test in hanging)})),
        findings=(*reading.findings, *map(_finding, hanging)),
    )


def _told_apart(reported: Sequence[EndedTest]) -> list[EndedTest]:
    seen: Counter[str] = Counter()
    ended = []
    for test in reported:
        seen[test.id] += 1
        number = seen[test.id]
        ended.append(test if number == 1 else replace(test, id=f"{test.id}#{number}"))
    return ended


def _finding(test: EndedTest) -> Finding:
    first = next((line.strip() for line in test.message.splitlines() if line.strip()), "it failed")
    name = test.id.removeprefix(f"{test.path}::") if test.path else test.id
    around = HUNG if test.is_hanging else "collection"
    return Finding(
        rule=RED if test.is_test else around,
        message=f"{name}: {first[:_MESSAGE_CHARS]}",
        path=test.path,
        line=test.line,
        id=test.id,
    )
