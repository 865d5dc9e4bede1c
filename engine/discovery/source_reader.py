"""Our own rules on source text, reported like a check."""

from __future__ import annotations

import sys
from dataclasses import field, replace
from pathlib import Path

import msgspec

from engine.discovery.source.reading import SourceReading
from engine.discovery.source.remark import NAME
from engine.domain.errors import EngineError
from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult
from engine.ports.process import CommandRunner, ProcessResult

_OUTPUT_CAP_BYTES = 64_000_000
_TAIL_CHARS = 2000
_PROGRAM = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('engine.discovery.source', run_name='__main__', alter_sys=True)"
)
_HOME = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """A check's report, and who imports whom."""

    report: CheckReport
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """See `SourceReading.imports`; empty if the check could not work."""


class SourceReader:
    """Runs the rules in a program of their own, with the engine's interpreter."""

    def __init__(self, runner: CommandRunner, *, timeout_s: float = 300.0) -> None:
        self._runner = runner
        self._timeout_s = timeout_s

    async def read(self, tree: Path) -> SourceReport:
        """The report, and what the same pass saw of imports."""
        command = (sys.executable, "-I", "-c", _PROGRAM, str(_HOME), str(tree))
        blank = CheckResult(
            name=NAME,
            command=command,
            outcome=CheckOutcome.BROKEN,
            exit_code=None,
            duration_s=0.0,
        )
        try:
            ended = await self._runner.run(
                command, cwd=tree, timeout_s=self._timeout_s, cap_bytes=_OUTPUT_CAP_BYTES
            )
        except EngineError as error:
            return SourceReport(report=CheckReport(result=replace(blank, explanation=str(error))))
        return self._report(blank, ended)

    def _report(self, blank: CheckResult, ended: ProcessResult) -> SourceReport:
        result = replace(blank, exit_code=ended.exit_code, duration_s=ended.duration_s)
        if ended.is_timeout:
            why = f"stopped after {self._timeout_s:g} s"
            result = replace(result, outcome=CheckOutcome.TIMEOUT, explanation=why)
            return SourceReport(report=CheckReport(result=result))
        reading = _reading(ended)
        if isinstance(reading, str):
            return SourceReport(report=CheckReport(result=replace(result, explanation=reading)))
        found = reading.findings
        result = replace(
            result,
            outcome=CheckOutcome.FINDINGS if found else CheckOutcome.CLEAN,
            failures=tuple(sorted(one.id for one in found)),
            tail="\n".join(f"{one.path}:{one.line}: {one.message}" for one in found)[:_TAIL_CHARS],
        )
        report = CheckReport(result=result, findings=found)
        return SourceReport(report=report, imports=reading.imports)


def _reading(ended: ProcessResult) -> SourceReading | str:
    """What the program read, or why that cannot be known."""
    if ended.exit_code != 0:
        said = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return (
            f"the reader of source ended with code {ended.exit_code}: {said[:200] or 'no output'}"
        )
    if ended.is_truncated:
        return f"the reader of source printed more than {_OUTPUT_CAP_BYTES} bytes"
    try:
        return msgspec.json.decode(ended.stdout, type=SourceReading)
    except msgspec.DecodeError as error:
        return f"what the reader of source printed cannot be read: {error}"
