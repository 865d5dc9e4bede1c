"""ESLint, through its JSON report."""

from __future__ import annotations

import msgspec

from engine.checks.decode import decoded
from engine.checks.findings import failures_of, identified
from engine.checks.node.program import find_program
from engine.checks.output import telling_line
from engine.checks.tool import Call, Place, Reading, UnreadableError, WholeTool
from engine.domain.verdict import CheckOutcome, Finding, FindingSeverity
from engine.ports.process import ProcessResult

_ERROR = 2


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    message: str
    severity: int
    rule_id: str | None = None
    """None: the file cannot be parsed, or a comment directive is wrong."""
    line: int | None = None


class _File(msgspec.Struct, frozen=True, rename="camel"):
    file_path: str
    messages: tuple[_Message, ...]


class Eslint(WholeTool):
    """Errors are failures. Warnings are too if the arguments limit their number.

    Args:
        arguments: more of its arguments.
    """

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self._arguments = arguments
        has_limit = any(word.startswith("--max-warnings") for word in arguments)
        self._least = FindingSeverity.WARNING if has_limit else FindingSeverity.ERROR

    def call(
        self, place: Place, only: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> Call | None:
        """See `Tool.call`."""
        program = find_program("eslint", place.folder, place.tree)
        report = place.scratch / "eslint.json"
        arguments = (".", "--format=json", *self._arguments)
        return Call(
            command=("eslint", *arguments),
            argv=(program, *arguments, f"--output-file={report}"),
            report=report,
        )

    def read(self, place: Place, ended: ProcessResult, report: bytes | None) -> Reading:
        """See `Tool.read`."""
        if ended.exit_code not in (0, 1) or report is None:
            said = telling_line(ended.stdout)
            raise UnreadableError(f"eslint ended with code {ended.exit_code}: {said}")
        files = decoded(report, list[_File], what="report of eslint")
        if not files:
            raise UnreadableError("eslint looked at no file: its configuration ignores all of them")
        findings = identified(_finding(place, file, one) for file in files for one in file.messages)
        failures = failures_of(findings, least=self._least)
        if ended.exit_code and not failures:
            failures = (f"exit-{ended.exit_code}",)
        return Reading(
            outcome=CheckOutcome.FINDINGS if failures else CheckOutcome.CLEAN,
            failures=failures,
            findings=findings,
        )


def _finding(place: Place, file: _File, found: _Message) -> Finding:
    is_error = found.severity == _ERROR
    return Finding(
        rule=found.rule_id or "eslint",
        message=found.message,
        path=place.relative(file.file_path),
        line=found.line,
        severity=FindingSeverity.ERROR if is_error else FindingSeverity.WARNING,
    )
