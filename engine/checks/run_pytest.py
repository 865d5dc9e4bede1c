"""Pytest as a check: exact test ids, and no green light without an account of every test."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from engine.checks.detection import has_pytest_settings
from engine.checks.failure import not_started
from engine.checks.output import tail
from engine.checks.pytest_launch import Launcher
from engine.checks.pytest_reading import read_outcome
from engine.checks.pytest_selection import Selection, select
from engine.checks.pytest_series import PytestSeries
from engine.checks.pytest_watch import Limits
from engine.domain.errors import EngineError
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckReport, CheckResult
from engine.files.temporary import temporary_folder
from engine.ports.process import CommandRunner


class PytestChecker:
    """Runs the tree's tests with the target's interpreter.

    A test that takes longer than its limit is ended and red, and so is one that ends the process;
    the others are run without it. Each such test costs one run, and there are 20 at most.

    Args:
        check: name, extra arguments and time limits.
        runner: starts the program.
        python: the target's interpreter.
        repo: the operator's checkout, from which no module may come.
        scratch: where its log is kept for a moment; None: the system's temporary folder.
        known_hanging: ids of tests that get 10 s at most, for they are known to need more.
    """

    def __init__(
        self,
        check: CheckSettings,
        runner: CommandRunner,
        *,
        python: str,
        repo: Path,
        scratch: Path | None = None,
        known_hanging: frozenset[str] = frozenset(),
    ) -> None:
        self._scratch = scratch
        self._check = check
        self._runner = runner
        self._python = python
        self._repo = repo.resolve()
        self._limits = Limits(step_s=check.test_timeout_s, known=known_hanging)

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
        """See `Checker.run`. A test in `only` that is not there is a failure by its own name."""
        tree = await asyncio.to_thread(tree.resolve)
        selection = await asyncio.to_thread(select, tree, only)
        arguments = self._arguments(tree)
        shown = (self._python, "-m", "pytest", *arguments, *selection.names)
        with temporary_folder("check", inside=self._scratch) as scratch:
            launcher = Launcher(python=self._python, repo=self._repo, tree=tree, scratch=scratch)
            series = PytestSeries(
                self._runner, self._limits, launcher, arguments=arguments, on_output=on_output
            )
            try:
                self._find_python()
                if selection.names or not only:
                    await series.run(selection, self._check.timeout_s)
            except EngineError as error:
                return CheckReport(result=not_started(self._check.name, shown, error))
        return self._report(shown, selection, series)

    def _find_python(self) -> None:
        if shutil.which(self._python) is None:
            raise EngineError(
                f"program {self._python!r} was not found",
                hint="name the target's interpreter in .aibrain/aio.toml, or install it",
            )

    def _arguments(self, tree: Path) -> tuple[str, ...]:
        """Options that a project's own settings may contain, such as -x, are overruled where they
        would leave tests out.
        """
        config = () if has_pytest_settings(tree) else ("-c", os.devnull)
        return (
            *("-q", f"--rootdir={tree}", f"--confcutdir={tree}", *config),
            *("--maxfail=0", "--continue-on-collection-errors", "--tb=short", "--color=no"),
            *self._check.command,
        )

    def _report(
        self, command: tuple[str, ...], selection: Selection, series: PytestSeries
    ) -> CheckReport:
        account, output = series.account, tail(series.output)
        not_found = selection.not_found(account.collected)
        reading = read_outcome(account, output, out_of=series.out_of, not_found=not_found)
        result = CheckResult(
            name=self._check.name,
            command=command,
            outcome=reading.outcome,
            exit_code=account.exit_code,
            duration_s=series.duration_s,
            tests_executed=account.executed,
            failures=reading.failures,
            tail=output,
            explanation=reading.explanation,
        )
        return CheckReport(result=result, tests=account.outcomes, findings=reading.findings)
