"""TAP, the Test Anything Protocol, versions 12 to 14 without the inside of subtests."""

from __future__ import annotations

from typing import Any

from engine.checks.ended_tests import EndedTest, reading_of_tests
from engine.checks.tool import Place, Reading, UnreadableError
from engine.domain.verdict import TestOutcome


def read_tap(place: Place, report: bytes, exit_code: int | None) -> Reading:
    """Tests by their description, or by number where they have none.

    Raises:
        UnreadableError: the plan is missing or not kept, or the run was given up.
    """
    from tap.parser import Parser  # type: ignore[import-untyped]  # late: few checks need it

    parser = Parser()
    text = report.decode("utf-8", "replace")
    try:
        # Line by line: of whole texts it would look into the diagnostics, and print a complaint.
        lines: list[Any] = [parser.parse_line(line.rstrip()) for line in text.splitlines()]
    except ValueError as error:
        raise UnreadableError(f"the TAP report cannot be read: {error}") from error
    results = _of(lines, "test")
    _require_plan(lines, len(results))
    tests = [_test(number, line) for number, line in enumerate(results, start=1)]
    return reading_of_tests(tests, exit_code=exit_code)


def _require_plan(lines: list[Any], count: int) -> None:
    if bails := _of(lines, "bail"):
        raise UnreadableError(f"the tests bailed out: {bails[0].reason[:200]}")
    plans = _of(lines, "plan")
    if len(plans) != 1:
        raise UnreadableError(f"the TAP report has {len(plans)} plans in place of one")
    if plans[0].expected_tests != count:
        expected = plans[0].expected_tests
        raise UnreadableError(f"the TAP report has {count} tests while its plan says {expected}")


def _of(lines: list[Any], category: str) -> list[Any]:
    return [line for line in lines if line.category == category]


def _test(number: int, line: Any) -> EndedTest:
    name = line.description.removeprefix("- ").strip()
    if line.skip or line.todo:
        outcome = TestOutcome.SKIPPED
    else:
        outcome = TestOutcome.PASSED if line.ok else TestOutcome.FAILED
    return EndedTest(id=name or str(number), outcome=outcome)
