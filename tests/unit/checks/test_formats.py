"""Reports of any command: what they mean, and when they mean nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checks.formats.junit import read_junit
from engine.checks.formats.sarif import read_sarif
from engine.checks.formats.tap import read_tap
from engine.checks.tool import Place, Reading, UnreadableError
from engine.domain.verdict import CheckOutcome, FindingSeverity, TestOutcome

Reader = Callable[[Place, bytes, int | None], Reading]
PLACE = Place(tree=Path("/tree"), folder=Path("/tree/sub"), scratch=Path("/scratch"))

JUNIT = b"""<?xml version="1.0"?><testsuites><testsuite name="all">
<testcase classname="pkg.Sums" name="adds"/>
<testcase file="t.py" line="7" name="takes"><failure message="1 != 2">trace</failure></testcase>
<testcase file="/tree/u.py" name="later"><skipped/></testcase>
<testsuite name="inner"><testcase name="adds" classname="pkg.Sums"><error/></testcase></testsuite>
</testsuite></testsuites>"""


def test_junit_gives_tests_and_places() -> None:
    reading = read_junit(PLACE, JUNIT, 1)
    assert reading.outcome is CheckOutcome.FINDINGS
    assert reading.tests == {
        "pkg.Sums::adds": TestOutcome.PASSED,
        "sub/t.py::takes": TestOutcome.FAILED,
        "u.py::later": TestOutcome.SKIPPED,
        "pkg.Sums::adds#2": TestOutcome.FAILED,
    }
    assert reading.tests_executed == 3
    assert reading.failures == ("pkg.Sums::adds#2", "sub/t.py::takes")
    [found] = [one for one in reading.findings if one.path]
    assert (found.path, found.line, found.message) == ("sub/t.py", 7, "takes: 1 != 2")


BOMB = b'<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><testsuite name="&y;"/>'


@pytest.mark.parametrize(
    "report",
    [JUNIT[:-20], b"", b"<html/>", BOMB, b'<?xml version="1.0" encoding="none"?><testsuite/>'],
)
def test_junit_that_is_not_whole_or_not_harmless_proves_nothing(report: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_junit(PLACE, report, 0)


def test_report_without_tests_counts_none() -> None:
    reading = read_junit(PLACE, b"<testsuites/>", 0)
    assert (reading.outcome, reading.tests_executed) == (CheckOutcome.CLEAN, 0)


def test_failing_suite_is_a_failure_and_no_test() -> None:
    report = b'<testsuite name="s"><error message="no setup"/><testcase name="a"/></testsuite>'
    reading = read_junit(PLACE, report, 0)
    assert (reading.failures, set(reading.tests)) == (("s::suite",), {"a"})


def _sarif(*results: object, **run: object) -> bytes:
    driver = {"name": "scan", "rules": [{"id": "R9", "defaultConfiguration": {"level": "note"}}]}
    whole = {"tool": {"driver": driver}, "results": list(results), **run}
    return json.dumps({"version": "2.1.0", "runs": [whole]}).encode()


def _result(rule: str, uri: str = "a.py", **more: object) -> dict[str, object]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": 3}}
    locations = [{"physicalLocation": place}]
    return {"ruleId": rule, "message": {"text": "line 3 is odd"}, "locations": locations, **more}


def test_sarif_gives_findings_with_their_severity() -> None:
    report = _sarif(
        _result("R1", level="error"),
        _result("R2", uri="file:///tree/b%20c.py"),
        _result("R9"),
        _result("R1", kind="pass"),
        _result("R1", suppressions=[{"kind": "inSource"}]),
        _result("R1", baselineState="absent"),
    )
    reading = read_sarif(PLACE, report, 0)
    assert [(one.rule, one.path, one.line, one.severity) for one in reading.findings] == [
        ("R2", "b c.py", 3, FindingSeverity.WARNING),
        ("R1", "sub/a.py", 3, FindingSeverity.ERROR),
        ("R9", "sub/a.py", 3, FindingSeverity.NOTE),
    ]
    assert reading.failures == ("b c.py:R2:line N is odd", "sub/a.py:R1:line N is odd")


@pytest.mark.parametrize(
    "report",
    [
        b"",
        _sarif(_result("R1"))[:-5],
        b'{"version": "2.1.0", "runs": []}',
        b'{"version": "1.0.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]}',
        b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}}]}',
        _sarif(invocations=[{"executionSuccessful": False}]),
    ],
    ids=["empty", "cut", "no-run", "version", "no-results", "unsuccessful"],
)
def test_sarif_that_is_not_whole_proves_nothing(report: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_sarif(PLACE, report, 0)


TAP = b"""TAP version 13
1..5
ok 1 - reads
  ---
  took: 1 ms
  ...
not ok 2 - writes
ok 3 - waits # SKIP no disk
not ok 4 - flies # TODO one day
ok
"""


def test_tap_gives_tests_by_description() -> None:
    reading = read_tap(PLACE, TAP, 1)
    assert reading.tests == {
        "reads": TestOutcome.PASSED,
        "writes": TestOutcome.FAILED,
        "waits": TestOutcome.SKIPPED,
        "flies": TestOutcome.SKIPPED,
        "5": TestOutcome.PASSED,
    }
    assert (reading.failures, reading.tests_executed) == (("writes",), 3)


def test_tap_reader_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to `--json`."""
    read_tap(PLACE, TAP, 1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (b"ok 1 - a\n", "0 plans"),
        (b"1..3\nok 1 - a\n", "plan says 3"),
        (b"1..1\nok 1\nok 2\n", "plan says 1"),
        (b"1..1\nok 1\nBail out! no database\n", "no database"),
        (b"TAP version 12\n1..1\nok 1\n", "cannot be read"),
        (b"1..1\nok " + b"9" * 5000, "cannot be read"),
        (b"hello\n", "0 plans"),
    ],
)
def test_tap_without_a_kept_plan_proves_nothing(report: bytes, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read_tap(PLACE, report, 0)


@pytest.mark.parametrize(
    ("reader", "clean"),
    [
        (read_junit, b'<testsuite><testcase name="a"/></testsuite>'),
        (read_sarif, _sarif()),
        (read_tap, b"1..1\nok 1 - a\n"),
    ],
)
def test_exit_code_that_the_report_does_not_explain_is_a_failure(
    reader: Reader, clean: bytes
) -> None:
    assert reader(PLACE, clean, 0).outcome is CheckOutcome.CLEAN
    reading = reader(PLACE, clean, 3)
    assert (reading.outcome, reading.failures) == (CheckOutcome.FINDINGS, ("exit-3",))


@given(
    st.sampled_from([(read_junit, JUNIT), (read_sarif, _sarif(_result("R"))), (read_tap, TAP)]),
    st.data(),
)
def test_damaged_report_is_understood_or_refused(
    case: tuple[Reader, bytes], data: st.DataObject
) -> None:
    reader, whole = case
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, len(whole)))
    damaged = whole[:at] + data.draw(st.binary(max_size=20)) + whole[until:]
    with suppress(UnreadableError):
        assert reader(PLACE, damaged, 0).outcome in {CheckOutcome.CLEAN, CheckOutcome.FINDINGS}
