"""Vitest, through its JSON report."""

from __future__ import annotations

import os
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from engine.checks.decode import decoded
from engine.checks.ended_tests import EndedTest, reading_of_tests
from engine.checks.node.program import find_program
from engine.checks.output import telling_line
from engine.checks.tool import Call, Place, Reading, UnreadableError
from engine.checks.tools.vitest_record import (
    REPORTER,
    OutsideError,
    VitestRecord,
    order_for,
    read_record,
)
from engine.domain.verdict import TestOutcome
from engine.ports.process import ProcessResult

_OPTIONS = ("run", "--bail=0", "--allowOnly=false")
_REPORTERS = ("--reporter=default", "--reporter=json", f"--reporter={REPORTER}")
_OUTCOMES = {"passed": TestOutcome.PASSED, "failed": TestOutcome.FAILED}
"""Everything else (skipped, todo, pending) was not executed."""
_NUMBER = re.compile(r"\b\d+\b")
_ID_CHARS = 200


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
        self._keys: dict[Path, str] = {}
        """Of each run, by its scratch folder."""

    def call(
        self, place: Place, only: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> Call | None:
        """See `Tool.call`. Whole files are selected: tests of one file may depend on each other."""
        files = tuple(_selected(place, only, without))
        left_out = [f"--exclude={_from_folder(place, path)}" for path in without]
        if only and not files:
            return None
        program = find_program("vitest", place.folder, place.tree)
        report = place.scratch / "vitest.json"
        key = self._keys[place.scratch] = secrets.token_hex(16)
        arguments = (*_OPTIONS, *self._arguments)
        return Call(
            command=("vitest", *arguments),
            argv=(
                program,
                *arguments,
                *_REPORTERS,
                f"--outputFile.json={report}",
                *left_out,
                *files,
            ),
            report=report,
            stdin=order_for(_record_file(place), key),
        )

    def progress(self, place: Place) -> Path | None:
        """See `Tool.progress`."""
        return _record_file(place)

    def running(self, place: Place) -> tuple[str, ...]:
        """See `Tool.running`."""
        return tuple(sorted(place.relative(name) for name in self._record(place).running))

    def _record(self, place: Place) -> VitestRecord:
        return read_record(_record_file(place), self._keys.get(place.scratch, ""))

    def read(self, place: Place, ended: ProcessResult, report: bytes | None) -> Reading:
        """See `Tool.read`."""
        said = telling_line(ended.stdout)
        if report is None:
            raise UnreadableError(f"vitest ended with code {ended.exit_code} and no report: {said}")
        parsed = decoded(report, _Report, what="report of vitest")
        record = self._record(place)
        if not record.is_finished:
            raise UnreadableError(f"vitest did not come to its end: {said}")
        tests = [test for file in parsed.test_results for test in _tests(place, file)]
        seen = {one.name for one in parsed.test_results if one.assertion_results or one.message}
        tests += (_lost(place, name) for name in record.planned if name not in seen)
        tests += (_unhandled(place, error) for error in record.errors)
        counted = sum(len(file.assertion_results) for file in parsed.test_results)
        if counted != parsed.num_total_tests:
            raise UnreadableError(
                f"report of vitest is not whole: {counted} of {parsed.num_total_tests} tests"
            )
        if record.passed is not None and record.passed != _passed(parsed):
            raise UnreadableError("report of vitest is not what its reporter saw")
        return reading_of_tests(tests, exit_code=ended.exit_code)


def _from_folder(place: Place, path: str) -> str:
    return os.path.relpath(place.tree / path, place.folder)


def _record_file(place: Place) -> Path:
    return place.scratch / "record.jsonl"


def _passed(report: _Report) -> Counter[str]:
    return Counter(
        file.name
        for file in report.test_results
        for test in file.assertion_results
        if test.status == "passed"
    )


def _lost(place: Place, name: str) -> EndedTest:
    path = place.relative(name)
    return EndedTest(
        id=f"{path}::collection",
        outcome=TestOutcome.FAILED,
        path=path,
        message="vitest gave no account of this file",
        is_test=False,
    )


def _unhandled(place: Place, error: OutsideError) -> EndedTest:
    path = place.relative(error.path) if error.path else ""
    first = (error.message.splitlines() or [""])[0][:_ID_CHARS]
    return EndedTest(
        id=f"{path or 'vitest'}::unhandled error: {_NUMBER.sub('N', first)}",
        outcome=TestOutcome.FAILED,
        path=path,
        message=error.message,
        is_test=False,
    )


def _selected(place: Place, only: tuple[str, ...], without: tuple[str, ...]) -> Iterator[str]:
    """The files of `only` that lie in the check's folder, relative to it."""
    own = PurePosixPath(place.folder.relative_to(place.tree).as_posix())
    for entry in dict.fromkeys(entry.partition("::")[0] for entry in only):
        path = PurePosixPath(entry)
        if entry in without:
            continue
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
