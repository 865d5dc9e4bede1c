"""Vitest, through its JSON report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from engine.checks.ended_tests import EndedTest, reading_of_tests
from engine.checks.node.program import find_program
from engine.checks.output import last_line, tail
from engine.checks.tool import Call, Place, Reading, UnreadableError
from engine.domain.verdict import TestOutcome
from engine.ports.process import ProcessResult

_OPTIONS = ("run", "--bail=0", "--allowOnly=false")
_REPORTERS = ("--reporter=default", "--reporter=json")
_OUTCOMES = {"passed": TestOutcome.PASSED, "failed": TestOutcome.FAILED}
"""Everything else (skipped, todo, pending) was not executed."""


class _Assertion(msgspec.Struct, frozen=True, rename="camel"):
    title: str
    status: str
    ancestor_titles: tuple[str, ...] = ()
    failure_messages: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    status: str
    assertion_results: tuple[_Assertion, ...]
    message: str = ""


class _Report(msgspec.Struct, frozen=True, rename="camel"):
    num_total_tests: int
    success: bool
    test_results: tuple[_File, ...]


class Vitest:
    """Tests by id `path::describe > name`, with the path relative to the tree.

    A test left alone by `.only` is an error, and no failure ends the run early, whatever the
    configuration says.

    Args:
        arguments: more of its arguments.
    """

    selects_tests = True
    has_text_output = True

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self._arguments = arguments

    def call(self, place: Place, only: tuple[str, ...]) -> Call | None:
        """See `Tool.call`. Whole files are selected: tests of one file may depend on each other."""
        files = tuple(_selected(place, only))
        if only and not files:
            return None
        program = find_program("vitest", place.folder, place.tree)
        report = place.scratch / "vitest.json"
        arguments = (*_OPTIONS, *self._arguments)
        return Call(
            command=("vitest", *arguments),
            argv=(program, *arguments, *_REPORTERS, f"--outputFile.json={report}", *files),
            report=report,
        )

    def read(self, place: Place, ended: ProcessResult, report: bytes | None) -> Reading:
        """See `Tool.read`."""
        said = last_line(tail(ended.stdout)) or "no output"
        if report is None:
            raise UnreadableError(f"vitest ended with code {ended.exit_code} and no report: {said}")
        try:
            parsed = msgspec.json.decode(report, type=_Report)
        except msgspec.DecodeError as error:
            raise UnreadableError(f"report of vitest cannot be read: {error}") from error
        tests = [test for file in parsed.test_results for test in _tests(place, file)]
        counted = sum(len(file.assertion_results) for file in parsed.test_results)
        if counted != parsed.num_total_tests:
            raise UnreadableError(
                f"report of vitest is not whole: {counted} of {parsed.num_total_tests} tests"
            )
        return reading_of_tests(tests, exit_code=ended.exit_code)


def _selected(place: Place, only: tuple[str, ...]) -> Iterator[str]:
    """The files of `only` that lie in the check's folder, relative to it."""
    own = PurePosixPath(place.folder.relative_to(place.tree).as_posix())
    for entry in dict.fromkeys(entry.partition("::")[0] for entry in only):
        path = PurePosixPath(entry)
        if path.is_relative_to(own) and (place.tree / path).exists():
            yield str(path.relative_to(own))
        elif own.is_relative_to(path):
            yield "."


def _tests(place: Place, file: _File) -> Iterator[EndedTest]:
    path = place.relative(file.name)
    outcomes = [_OUTCOMES.get(test.status, TestOutcome.SKIPPED) for test in file.assertion_results]
    for test, outcome in zip(file.assertion_results, outcomes, strict=True):
        message = "\n".join(test.failure_messages)
        yield EndedTest(
            id=f"{path}::{' > '.join((*test.ancestor_titles, test.title))}",
            outcome=outcome,
            path=path,
            line=_line(message, file.name),
            message=message,
        )
    if file.status == "failed" and TestOutcome.FAILED not in outcomes:
        yield EndedTest(
            id=f"{path}::collection",
            outcome=TestOutcome.FAILED,
            path=path,
            line=_line(file.message, file.name),
            message=file.message,
            is_test=False,
        )


def _line(message: str, name: str) -> int | None:
    """Where in the test's file it happened, if the stack says so."""
    found = re.search(rf"{re.escape(name)}:(\d+):\d+", message)
    return int(found[1]) if found else None
