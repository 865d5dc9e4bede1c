"""Ruff as a check: findings by file, rule and message."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from engine.checks.environment import tree_environment
from engine.checks.failure import not_started
from engine.checks.output import TAIL_CHARS, TAIL_LINES, last_line, tail
from engine.domain.errors import EngineError
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult
from engine.ports.process import CommandRunner, ProcessResult

_OUTPUT_CAP_BYTES = 64_000_000
_NUMBER = re.compile(r"\b\d+\b")


class _Location(msgspec.Struct, frozen=True):
    row: int
    column: int


class Finding(msgspec.Struct, frozen=True):
    """One finding as ruff's JSON has it."""

    code: str | None
    """None: the file cannot be parsed."""
    filename: str
    message: str
    location: _Location


class RuffChecker:
    """Runs `ruff check` in the tree and changes nothing there."""

    def __init__(
        self, check: CheckSettings, runner: CommandRunner, *, ruff: str, python: str
    ) -> None:
        self._check = check
        self._runner = runner
        self._python = python
        self._command = (
            *(ruff, "check", "--output-format=json", "--no-cache", "--no-fix"),
            "--no-respect-gitignore",
            *check.command,
        )

    @property
    def name(self) -> str:
        return self._check.name

    @property
    def selects_tests(self) -> bool:
        return False

    async def run(
        self,
        tree: Path,
        *,
        on_output: Callable[[bytes], None] | None = None,
        only: tuple[str, ...] = (),
    ) -> CheckReport:
        """See `Checker.run`. Findings are streamed when ruff has ended, one per line."""
        try:
            ended = await self._runner.run(
                self._command,
                cwd=tree,
                timeout_s=self._check.timeout_s,
                extra_env=tree_environment(self._python, tree),
                cap_bytes=_OUTPUT_CAP_BYTES,
            )
        except EngineError as error:
            return CheckReport(result=not_started(self._check.name, self._command, error))
        result = self._result(await asyncio.to_thread(tree.resolve), ended)
        if on_output is not None and result.tail:
            on_output(result.tail.encode() + b"\n")
        return CheckReport(result=result)

    def _result(self, tree: Path, ended: ProcessResult) -> CheckResult:
        outcome, explanation, findings = CheckOutcome.BROKEN, _fault(ended), list[Finding]()
        if ended.is_timeout:
            outcome = CheckOutcome.TIMEOUT
            explanation = f"stopped after {self._check.timeout_s:g} s"
        elif not explanation:
            try:
                findings = msgspec.json.decode(ended.stdout, type=list[Finding])
            except msgspec.DecodeError as exc:
                explanation = f"output of ruff cannot be read: {exc}"
            else:
                outcome = CheckOutcome.FINDINGS if findings else CheckOutcome.CLEAN
        return CheckResult(
            name=self._check.name,
            command=self._command,
            outcome=outcome,
            exit_code=ended.exit_code,
            duration_s=ended.duration_s,
            failures=finding_ids(tree, findings),
            tail=_lines(tree, findings) or tail(ended.stderr),
            explanation=explanation,
        )


def finding_ids(tree: Path, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Sorted ids `path:CODE:message`. Numbers in messages are left out, because they move with
    the code; the second of several equal ones ends in `#2`, and so on.
    """
    seen: Counter[str] = Counter()
    ids = []
    for finding in findings:
        code = finding.code or "syntax-error"
        plain = f"{_relative(tree, finding)}:{code}:{_NUMBER.sub('N', finding.message)}"
        seen[plain] += 1
        ids.append(plain if seen[plain] == 1 else f"{plain}#{seen[plain]}")
    return tuple(sorted(ids))


def _fault(ended: ProcessResult) -> str:
    """Why the run proves nothing; empty if its output is to be read."""
    if ended.exit_code not in (0, 1):
        said = last_line(tail(ended.stderr)) or "no output"
        return f"ruff ended with code {ended.exit_code}: {said}"
    if ended.is_truncated:
        return f"ruff printed more than {_OUTPUT_CAP_BYTES} bytes"
    return ""


def _lines(tree: Path, findings: Iterable[Finding]) -> str:
    lines = [
        f"{_relative(tree, found)}:{found.location.row}:{found.location.column}: "
        f"{found.code or 'syntax-error'} {found.message}"
        for found in findings
    ]
    if len(lines) > TAIL_LINES:
        lines[TAIL_LINES:] = [f"and {len(lines) - TAIL_LINES} more"]
    return "\n".join(lines)[:TAIL_CHARS]


def _relative(tree: Path, finding: Finding) -> str:
    path = Path(finding.filename)
    return str(path.relative_to(tree)) if path.is_relative_to(tree) else finding.filename
