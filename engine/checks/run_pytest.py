"""Pytest as a check: exact test ids, and no green light without an account of every test."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from engine.checks.detection import has_pytest_settings
from engine.checks.environment import tree_environment
from engine.checks.failure import not_started
from engine.checks.output import tail
from engine.checks.probe_log import ProbeLog, read_probe_log
from engine.checks.pytest_reading import read_outcome
from engine.domain.errors import EngineError
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckReport, CheckResult
from engine.ports.process import CommandRunner, ProcessResult

_PROBE_FOLDER = Path(__file__).parent / "probe"
_PROBE = "aio_pytest_probe"


class PytestChecker:
    """Runs the tree's tests with the target's interpreter.

    Args:
        check: name, extra arguments and time limit.
        runner: starts the program.
        python: the target's interpreter.
        repo: the operator's checkout, from which no module may come.
        scratch: where its log is kept for a moment; None: the system's temporary folder.
    """

    def __init__(
        self,
        check: CheckSettings,
        runner: CommandRunner,
        *,
        python: str,
        repo: Path,
        scratch: Path | None = None,
    ) -> None:
        self._scratch = scratch
        self._check = check
        self._runner = runner
        self._python = python
        self._repo = repo.resolve()

    @property
    def name(self) -> str:
        return self._check.name

    @property
    def selects_tests(self) -> bool:
        return True

    async def run(
        self,
        tree: Path,
        *,
        on_output: Callable[[bytes], None] | None = None,
        only: tuple[str, ...] = (),
    ) -> CheckReport:
        """See `Checker.run`."""
        tree = await asyncio.to_thread(tree.resolve)
        command = self._command(tree)
        with tempfile.TemporaryDirectory(prefix="aio-check-", dir=self._scratch) as scratch:
            log_file = Path(scratch, "probe.jsonl")
            try:
                ended = await self._runner.run(
                    (*command, "-o", f"cache_dir={scratch}/cache", *only),
                    cwd=tree,
                    timeout_s=self._check.timeout_s,
                    extra_env=self._environment(tree, log_file),
                    merge_stderr=True,
                    on_output=on_output,
                )
            except EngineError as error:
                return CheckReport(result=not_started(self._check.name, command, error))
            log = await asyncio.to_thread(_read, log_file)
        return self._report(command, ended, log)

    def _command(self, tree: Path) -> tuple[str, ...]:
        """Options that a project's own settings may contain, such as -x, are overruled where they
        would leave tests out.
        """
        config = () if has_pytest_settings(tree) else ("-c", os.devnull)
        return (
            *(self._python, "-m", "pytest", "-q", "-p", _PROBE),
            *(f"--rootdir={tree}", f"--confcutdir={tree}", *config),
            *("--maxfail=0", "--continue-on-collection-errors", "--tb=short", "--color=no"),
            *self._check.command,
        )

    def _environment(self, tree: Path, log_file: Path) -> dict[str, str]:
        return {
            **tree_environment(self._python, tree, _PROBE_FOLDER),
            "AIO_PROBE_FILE": str(log_file),
            "AIO_PROBE_REPO": str(self._repo),
            "AIO_PROBE_TREE": str(tree),
        }

    def _report(self, command: tuple[str, ...], ended: ProcessResult, log: ProbeLog) -> CheckReport:
        output = tail(ended.stdout)
        reading = read_outcome(ended.exit_code, log, output, limit_s=self._check.timeout_s)
        result = CheckResult(
            name=self._check.name,
            command=command,
            outcome=reading.outcome,
            exit_code=ended.exit_code,
            duration_s=ended.duration_s,
            tests_executed=log.executed,
            failures=reading.failures,
            tail=output,
            explanation=reading.explanation,
        )
        return CheckReport(result=result, tests=log.outcomes)


def _read(log_file: Path) -> ProbeLog:
    try:
        return read_probe_log(log_file.read_bytes())
    except FileNotFoundError:
        return read_probe_log(b"")
