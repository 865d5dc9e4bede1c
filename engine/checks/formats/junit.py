"""JUnit XML, as most test runners write it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.checks.ended_tests import EndedTest, reading_of_tests
from engine.checks.tool import Place, Reading, UnreadableError
from engine.domain.verdict import TestOutcome

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SUITES = frozenset({"testsuites", "testsuite"})
_RED = ("failure", "error")


def read_junit(place: Place, report: bytes, exit_code: int | None) -> Reading:
    """Tests by `file::name`, or `classname::name` where no file is named.

    Raises:
        UnreadableError: it is no whole JUnit report, or it declares entities.
    """
    from defusedxml import ElementTree  # late: only repositories with such a check pay for it
    from defusedxml.common import DefusedXmlException

    try:
        root = ElementTree.fromstring(report, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnreadableError("the JUnit report declares entities, which no runner does") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UnreadableError(f"the JUnit report cannot be read: {error}") from error
    if root.tag not in _SUITES:
        raise UnreadableError(f"the JUnit report begins with <{root.tag[:40]}>")
    return reading_of_tests(list(_tests(place, root)), exit_code=exit_code)


def _tests(place: Place, root: Element) -> Iterator[EndedTest]:
    """Iterative: the nesting of suites is the writer's choice."""
    waiting = [root]
    while waiting:
        suite = waiting.pop()
        waiting.extend(reversed([child for child in suite if child.tag in _SUITES]))
        file = suite.get("file", "")
        yield from (_test(place, case, file) for case in suite.findall("testcase"))
        for problem in (found for tag in _RED for found in suite.findall(tag)):
            yield EndedTest(
                id=f"{suite.get('name', 'suite')}::suite",
                outcome=TestOutcome.FAILED,
                message=_said(problem),
                is_test=False,
            )


def _test(place: Place, case: Element, file_of_suite: str) -> EndedTest:
    file = case.get("file") or file_of_suite
    path = place.relative(file) if file else ""
    name = case.get("name", "")
    owner = path or case.get("classname", "")
    problems = [found for tag in _RED for found in case.findall(tag)]
    line = case.get("line", "")
    return EndedTest(
        id=f"{owner}::{name}" if owner else name,
        outcome=_outcome(case, bool(problems)),
        path=path,
        line=int(line) if line.isascii() and line.isdecimal() and 0 < len(line) < 8 else None,
        message=_said(problems[0]) if problems else "",
    )


def _outcome(case: Element, is_red: bool) -> TestOutcome:
    if is_red:
        return TestOutcome.FAILED
    is_executed = case.find("skipped") is None and case.get("status") not in ("notrun", "disabled")
    return TestOutcome.PASSED if is_executed else TestOutcome.SKIPPED


def _said(problem: Element) -> str:
    return problem.get("message") or problem.text or ""
