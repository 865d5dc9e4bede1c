"""Any command as a check: its exit code says it all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.checks.environment import tree_environment
from engine.checks.failure import not_started
from engine.checks.output import last_line, tail
from engine.domain.errors import EngineError
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult
from engine.ports.process import CommandRunner, ProcessResult

_NOT_EXECUTABLE, _NOT_FOUND = 126, 127


class CommandChecker:
    """Runs a configured command in the tree; 0 is clean."""

    def __init__(self, check: CheckSettings, runner: CommandRunner, *, python: str) -> None:
        self._check = check
        self._runner = runner
        self._python = python

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
        """See `Checker.run`."""
        try:
            ended = await self._runner.run(
                self._check.command,
                cwd=tree,
                timeout_s=self._check.timeout_s,
                extra_env=tree_environment(self._python, tree),
                merge_stderr=True,
                on_output=on_output,
            )
        except EngineError as error:
            result = not_started(self._check.name, self._check.command, error)
        else:
            result = self._result(ended)
        return CheckReport(result=result)

    def _result(self, ended: ProcessResult) -> CheckResult:
        output = tail(ended.stdout)
        outcome, explanation = self._outcome(ended.exit_code, output)
        has_findings = outcome is CheckOutcome.FINDINGS
        return CheckResult(
            name=self._check.name,
            command=self._check.command,
            outcome=outcome,
            exit_code=ended.exit_code,
            duration_s=ended.duration_s,
            failures=(f"exit-{ended.exit_code}",) if has_findings else (),
            tail=output,
            explanation=explanation,
        )

    def _outcome(self, exit_code: int | None, output: str) -> tuple[CheckOutcome, str]:
        if exit_code is None:
            return CheckOutcome.TIMEOUT, f"stopped after {self._check.timeout_s:g} s"
        if exit_code == 0:
            return CheckOutcome.CLEAN, ""
        if exit_code < 0:
            return CheckOutcome.BROKEN, f"ended by signal {-exit_code}"
        if exit_code in (_NOT_EXECUTABLE, _NOT_FOUND):
            return CheckOutcome.BROKEN, f"exit code {exit_code}: {last_line(output)}"
        return CheckOutcome.FINDINGS, ""
