"""From tests that have ended to what they say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.checks.tool import Reading
from engine.domain.verdict import CheckOutcome, Finding, TestOutcome

RED = "test-red"
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
    return Finding(
        rule=RED if test.is_test else "collection",
        message=f"{name}: {first[:_MESSAGE_CHARS]}",
        path=test.path,
        line=test.line,
        id=test.id,
    )
