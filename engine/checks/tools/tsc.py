"""The TypeScript compiler, as far as it checks types."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.checks.findings import failures_of, identified
from engine.checks.node.program import find_program
from engine.checks.output import last_line, tail
from engine.checks.tool import Call, Place, Reading, UnreadableError, WholeTool
from engine.domain.verdict import CheckOutcome, Finding, FindingSeverity
from engine.ports.process import ProcessResult

_OPTIONS = ("--noEmit", "--pretty", "false", "--listFiles")
_DIAGNOSTIC = re.compile(
    r"(?:(?P<path>.+?)\((?P<line>\d+),\d+\): )?"
    r"(?P<level>error|warning|message) (?P<code>TS\d+): (?P<message>.*)"
)
_OF_OPTIONS = re.compile(r"TS(5\d{3}|18002|18003)")
_PROJECT_FILE = re.compile(r"(.*/)?tsconfig[^/]*\.json")


class Tsc(WholeTool):
    """Type errors. No file is written into the tree: not even what speeds up the next run, since a
    file of that kind that came with the commit could hide an error.

    Args:
        arguments: more of its arguments, such as `-p tsconfig.app.json`.
    """

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self._arguments = arguments

    def call(
        self, place: Place, only: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> Call | None:
        """See `Tool.call`."""
        program = find_program("tsc", place.folder, place.tree)
        arguments = (*_OPTIONS, *self._arguments)
        fresh = ("--incremental", "--tsBuildInfoFile", str(place.scratch / "tsc.tsbuildinfo"))
        return Call(command=("tsc", *arguments), argv=(program, *arguments, *fresh))

    def read(self, place: Place, ended: ProcessResult, report: bytes | None) -> Reading:
        """See `Tool.read`."""
        lines = (report or b"").decode("utf-8", "replace").splitlines()
        findings = identified(_findings(place, lines))
        failures = failures_of(findings)
        faults = [found for found in findings if _is_of_project(found)]
        if faults:
            raise UnreadableError(f"{faults[0].path or 'tsc'}: {faults[0].message}")
        if bool(failures) != bool(ended.exit_code):
            said = last_line(tail(ended.stderr)) or _first_words(lines)
            raise UnreadableError(f"tsc ended with code {ended.exit_code}: {said}")
        if not any(_is_own(place, line) for line in lines):
            raise UnreadableError("tsc looked at no file of this folder: name the project with -p")
        return Reading(
            outcome=CheckOutcome.FINDINGS if failures else CheckOutcome.CLEAN,
            failures=failures,
            findings=findings,
        )


def _findings(place: Place, lines: list[str]) -> Iterator[Finding]:
    for line in lines:
        if match := _DIAGNOSTIC.fullmatch(line):
            is_error = match["level"] == "error"
            yield Finding(
                rule=match["code"],
                message=match["message"],
                path=place.relative(match["path"]) if match["path"] else "",
                line=int(match["line"]) if match["line"] else None,
                severity=FindingSeverity.ERROR if is_error else FindingSeverity.NOTE,
            )


def _is_of_project(found: Finding) -> bool:
    """Whether the configuration is wrong, so that what is said of the code means nothing."""
    if found.path:
        return _PROJECT_FILE.fullmatch(found.path) is not None
    return _OF_OPTIONS.fullmatch(found.rule) is not None


def _is_own(place: Place, line: str) -> bool:
    return line.startswith(f"{place.folder}/") and "/node_modules/" not in line


def _first_words(lines: list[str]) -> str:
    return next((line.strip()[:200] for line in lines if line.strip()), "no output")
