"""Ruff: `ruff check`, which changes nothing in the tree."""

from __future__ import annotations

import msgspec

from engine.checks.decode import decoded
from engine.checks.findings import failures_of, identified
from engine.checks.output import last_line, tail
from engine.checks.tool import Call, Place, Reading, UnreadableError, WholeTool
from engine.domain.verdict import CheckOutcome, Finding
from engine.ports.process import ProcessResult

_OPTIONS = ("check", "--output-format=json", "--no-cache", "--no-fix", "--no-respect-gitignore")


class _Location(msgspec.Struct, frozen=True):
    row: int
    column: int


class _Found(msgspec.Struct, frozen=True):
    code: str | None
    """None: the file cannot be parsed."""
    filename: str
    message: str
    location: _Location


class Ruff(WholeTool):
    """Findings by file, rule and message.

    Args:
        program: the ruff to run.
        arguments: more of its arguments.
    """

    def __init__(self, program: str, arguments: tuple[str, ...]) -> None:
        self._command = (program, *_OPTIONS, *arguments)

    def call(
        self, place: Place, only: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> Call | None:
        """See `Tool.call`."""
        return Call(command=self._command, argv=self._command)

    def read(self, place: Place, ended: ProcessResult, report: bytes | None) -> Reading:
        """See `Tool.read`."""
        if ended.exit_code not in (0, 1):
            said = last_line(tail(ended.stderr)) or "no output"
            raise UnreadableError(f"ruff ended with code {ended.exit_code}: {said}")
        found = decoded(report or b"", list[_Found], what="output of ruff")
        findings = identified(
            Finding(
                rule=one.code or "syntax-error",
                message=one.message,
                path=place.relative(one.filename),
                line=one.location.row,
            )
            for one in found
        )
        return Reading(
            outcome=CheckOutcome.FINDINGS if findings else CheckOutcome.CLEAN,
            failures=failures_of(findings),
            findings=findings,
        )
