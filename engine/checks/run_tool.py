"""A tool as a check: start it, read what it wrote, believe nothing that is not whole."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.checks.failure import not_started
from engine.checks.findings import shown
from engine.checks.output import last_line, tail
from engine.checks.report_file import ReportFile
from engine.checks.tool import Call, Place, Reading, Tool, UnreadableError
from engine.domain.errors import EngineError, GateError
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult
from engine.ports.process import CommandRunner, ProcessResult

REPORT_CAP_BYTES = 64_000_000
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a checker needs of the world around the tool."""

    runner: CommandRunner
    environment: Callable[[Place], Mapping[str, str]]
    """Variables for the tool."""
    prepare: Callable[[Path], None]
    """Gives a checkout what its tools need beside the commit's own files. May raise EngineError:
    then the check is BROKEN.
    """
    scratch: Path | None
    """Where files of a run are kept for a moment; None: the system's temporary folder."""


class ToolChecker:
    """Runs one tool in one folder of the tree."""

    def __init__(self, check: CheckSettings, tool: Tool, around: Surroundings) -> None:
        self._check = check
        self._tool = tool
        self._around = around

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
        with tempfile.TemporaryDirectory(prefix="aio-check-", dir=self._around.scratch) as scratch:
            try:
                place = await asyncio.to_thread(self._place, tree, Path(scratch))
                call = await asyncio.to_thread(self._tool.call, place, only)
            except EngineError as error:
                command = (self._check.kind, *self._check.command)
                return CheckReport(result=not_started(self._check.name, command, error))
            if call is None:
                return self._nothing_selected()
            return await self._run(place, call, on_output)

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

    async def _run(
        self, place: Place, call: Call, on_output: Callable[[bytes], None] | None
    ) -> CheckReport:
        file = await asyncio.to_thread(ReportFile, call.report) if call.report else None
        streams = self._tool.has_text_output
        try:
            ended = await self._around.runner.run(
                call.argv,
                cwd=place.folder,
                timeout_s=self._check.timeout_s,
                extra_env={**self._around.environment(place), **call.env},
                merge_stderr=not call.prints_report,
                on_output=on_output if streams else None,
                cap_bytes=REPORT_CAP_BYTES if call.prints_report else 1_000_000,
            )
        except EngineError as error:
            return CheckReport(result=not_started(self._check.name, call.command, error))
        report = await asyncio.to_thread(self._read, place, call, ended, file)
        if on_output is not None and not streams and report.result.tail:
            on_output(report.result.tail.encode() + b"\n")
        return report

    def _read(
        self, place: Place, call: Call, ended: ProcessResult, file: ReportFile | None
    ) -> CheckReport:
        if ended.is_timeout:
            reading = replace(
                self._tool.read_stopped(place),
                explanation=f"stopped after {self._check.timeout_s:g} s",
            )
        else:
            try:
                reading = self._understood(place, call, ended, file)
            except UnreadableError as error:
                reading = Reading(outcome=CheckOutcome.BROKEN, explanation=str(error))
        result = CheckResult(
            name=self._check.name,
            command=call.command,
            outcome=reading.outcome,
            exit_code=ended.exit_code,
            duration_s=ended.duration_s,
            tests_executed=reading.tests_executed,
            failures=reading.failures,
            tail=self._tail(ended, reading),
            explanation=reading.explanation,
        )
        return CheckReport(result=result, tests=reading.tests, findings=reading.findings)

    def _understood(
        self, place: Place, call: Call, ended: ProcessResult, file: ReportFile | None
    ) -> Reading:
        code = ended.exit_code or 0
        said = last_line(tail(ended.stderr or ended.stdout)) or "no output"
        if code < 0:
            raise UnreadableError(f"{call.command[0]} was ended by signal {-code}")
        if code in (_NOT_EXECUTABLE, _NOT_FOUND):
            raise UnreadableError(f"exit code {code}: {said}")
        if file is None and ended.is_truncated:
            raise UnreadableError(f"{call.command[0]} printed more than {REPORT_CAP_BYTES} bytes")
        report = ended.stdout if file is None else file.written(REPORT_CAP_BYTES)
        return self._tool.read(place, ended, report)

    def _tail(self, ended: ProcessResult, reading: Reading) -> str:
        if self._tool.has_text_output:
            return tail(ended.stdout + ended.stderr)
        return shown(reading.findings) or tail(ended.stderr)

    def _nothing_selected(self) -> CheckReport:
        result = CheckResult(
            name=self._check.name,
            command=(self._check.kind, *self._check.command),
            outcome=CheckOutcome.CLEAN,
            exit_code=None,
            duration_s=0.0,
            tests_executed=0,
            explanation="none of the selected tests is of this check",
        )
        return CheckReport(result=result)
