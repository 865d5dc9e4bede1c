"""A tool as a check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.checks.ended_tests import with_hanging
from engine.checks.failure import not_started
from engine.checks.findings import shown
from engine.checks.output import tail
from engine.checks.tool import Place, Reading, Tool
from engine.checks.tool_run import Surroundings, ToolRun, run_tool
from engine.domain.errors import EngineError, GateError
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult
from engine.files.temporary import temporary_folder

_MOST_RUNS = 6


class ToolChecker:
    """Runs one tool in one folder of the tree. Where the tool can tell which of its files hang, it
    is run again without them, so that one such file does not hide the others.

    Args:
        check: its limits, and how it is called.
        tool: what is run.
        around: the world around it.
        known_hanging: ids of tests whose files get 10 s at most once nothing else runs.
    """

    def __init__(
        self,
        check: CheckSettings,
        tool: Tool,
        around: Surroundings,
        known_hanging: frozenset[str] = frozenset(),
    ) -> None:
        self._check = check
        self._tool = tool
        self._around = around
        self._known_hanging = frozenset(test.partition("::")[0] for test in known_hanging)

    @property
    def name(self) -> str:
        return self._check.name

    @property
    def selects_tests(self) -> bool:
        return self._tool.selects_tests

    async def run(
        self,
        tree: Path,
        *,
        on_output: Callable[[bytes], None] | None = None,
        only: tuple[str, ...] = (),
    ) -> CheckReport:
        """See `Checker.run`. If nothing of `only` belongs to this check, it is CLEAN with no test
        executed. Where the output is for machines, the findings are streamed in its place.
        """
        with temporary_folder("check", inside=self._around.scratch) as scratch:
            try:
                place = await asyncio.to_thread(self._place, tree, scratch)
                report = await self._series(place, only, on_output)
            except EngineError as error:
                command = (self._check.kind, *self._check.command)
                return CheckReport(result=not_started(self._check.name, command, error))
        if on_output is not None and not self._tool.has_text_output and report.result.tail:
            on_output(report.result.tail.encode() + b"\n")
        return report

    def _place(self, tree: Path, scratch: Path) -> Place:
        top = tree.resolve()
        folder = (top / self._check.folder).resolve()
        if not folder.is_relative_to(top) or not folder.is_dir():
            raise GateError(
                f"check {self._check.name}: there is no folder {self._check.folder!r} in the tree",
                hint="correct its folder in .aibrain/aio.toml",
            )
        self._around.prepare(top)
        return Place(tree=top, folder=folder, scratch=scratch.resolve())

    async def _series(
        self, place: Place, only: tuple[str, ...], on_output: Callable[[bytes], None] | None
    ) -> CheckReport:
        hanging: tuple[str, ...] = ()
        began_s = time.monotonic()
        number = 0
        while True:
            number += 1
            here = await asyncio.to_thread(_own_scratch, place, number)
            call = await asyncio.to_thread(self._tool.call, here, only, hanging)
            if call is None:
                return self._nothing_selected(hanging)
            run = await run_tool(
                self._tool,
                here,
                call,
                self._around,
                limit_s=max(self._check.timeout_s - (time.monotonic() - began_s), 0.1),
                test_limit_s=self._check.test_timeout_s,
                known_hanging=self._known_hanging,
                on_output=on_output,
            )
            if run.ended is not None or not run.running or number == _MOST_RUNS:
                return self._report(call.command, run, hanging, time.monotonic() - began_s)
            hanging += run.running

    def _report(
        self, command: tuple[str, ...], run: ToolRun, hanging: tuple[str, ...], duration_s: float
    ) -> CheckReport:
        files = tuple(dict.fromkeys((*hanging, *run.running)))
        reading = with_hanging(run.reading, files, limit_s=self._check.test_timeout_s)
        if reading.outcome is CheckOutcome.TIMEOUT:
            limit = f"stopped after {self._check.timeout_s:g} s"
            explanation = limit if run.ended else f"given up: {len(files)} test files hang"
            reading = replace(reading, explanation=explanation)
        result = CheckResult(
            name=self._check.name,
            command=command,
            outcome=reading.outcome,
            exit_code=run.ended.exit_code if run.ended else None,
            duration_s=duration_s,
            tests_executed=reading.tests_executed,
            failures=reading.failures,
            tail=self._tail(run, reading),
            explanation=reading.explanation,
        )
        return CheckReport(result=result, tests=reading.tests, findings=reading.findings)

    def _tail(self, run: ToolRun, reading: Reading) -> str:
        stdout, stderr = (run.ended.stdout, run.ended.stderr) if run.ended else (b"", b"")
        if self._tool.has_text_output:
            return tail(stdout + stderr)
        return shown(reading.findings) or tail(stderr)

    def _nothing_selected(self, hanging: tuple[str, ...]) -> CheckReport:
        nothing = Reading(
            outcome=CheckOutcome.CLEAN,
            tests_executed=0,
            explanation="" if hanging else "none of the selected tests is of this check",
        )
        reading = with_hanging(nothing, hanging, limit_s=self._check.test_timeout_s)
        result = CheckResult(
            name=self._check.name,
            command=(self._check.kind, *self._check.command),
            outcome=reading.outcome,
            exit_code=None,
            duration_s=0.0,
            tests_executed=0,
            failures=reading.failures,
            explanation=reading.explanation,
        )
        return CheckReport(result=result, findings=reading.findings)


def _own_scratch(place: Place, number: int) -> Place:
    """A record of the run before must not be taken for one of this run."""
    scratch = place.scratch / str(number)
    scratch.mkdir()
    return replace(place, scratch=scratch)
