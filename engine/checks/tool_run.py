"""One run of a tool: start it, read what it wrote, believe nothing that is not whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.checks.output import last_line, tail
from engine.checks.report_file import ReportFile
from engine.checks.silence import Silence, run_unless_silent
from engine.checks.tool import Call, Place, Reading, Tool, UnreadableError
from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome
from engine.ports.process import CommandRunner, ProcessResult

REPORT_CAP_BYTES = 64_000_000
_TEXT_CAP_BYTES = 1_000_000
_LITTLE_S = 10.0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRun:
    """How a run ended."""

    ended: ProcessResult | None
    """None: it fell silent and was ended."""
    reading: Reading
    running: tuple[str, ...] = ()
    """Test files that had not ended when it was stopped."""


async def run_tool(
    tool: Tool,
    place: Place,
    call: Call,
    around: Surroundings,
    *,
    limit_s: float,
    test_limit_s: float,
    known_hanging: frozenset[str] = frozenset(),
    on_output: Callable[[bytes], None] | None,
) -> ToolRun:
    """Run `call` for at most `limit_s` seconds, and as long as it gets something done every
    `test_limit_s` seconds, if the tool can tell; every 10 seconds at most if nothing is left but
    files that are known to hang.

    Raises:
        EngineError: it could not be started.
    """
    file = await asyncio.to_thread(ReportFile, call.report) if call.report else None
    ended = await run_unless_silent(
        around.runner.run(
            call.argv,
            cwd=place.folder,
            timeout_s=limit_s,
            stdin=call.stdin,
            extra_env={**around.environment(place), **call.env},
            merge_stderr=not call.prints_report,
            on_output=on_output if tool.has_text_output else None,
            cap_bytes=REPORT_CAP_BYTES if call.prints_report else _TEXT_CAP_BYTES,
        ),
        _silence(tool, place, test_limit_s, known_hanging),
    )
    return await asyncio.to_thread(_read, tool, place, call, ended, file)


def _silence(tool: Tool, place: Place, limit_s: float, known: frozenset[str]) -> Silence | None:
    progress = tool.progress(place)
    if progress is None:
        return None
    little_s = min(limit_s, _LITTLE_S)

    def limit() -> float | None:
        running = tool.running(place)
        if not running:
            return None
        return little_s if known.issuperset(running) else limit_s

    return Silence(file=progress, least_s=little_s, limit=limit)


def _read(
    tool: Tool, place: Place, call: Call, ended: ProcessResult | None, file: ReportFile | None
) -> ToolRun:
    if ended is None or ended.is_timeout:
        stopped = Reading(outcome=CheckOutcome.TIMEOUT)
        return ToolRun(ended=ended, reading=stopped, running=tool.running(place))
    try:
        reading = tool.read(place, ended, _report(call, ended, file))
    except UnreadableError as error:
        reading = Reading(outcome=CheckOutcome.BROKEN, explanation=str(error))
    return ToolRun(ended=ended, reading=reading)


def _report(call: Call, ended: ProcessResult, file: ReportFile | None) -> bytes | None:
    code = ended.exit_code or 0
    if code < 0:
        raise UnreadableError(f"{call.command[0]} was ended by signal {-code}")
    if code in (_NOT_EXECUTABLE, _NOT_FOUND):
        said = last_line(tail(ended.stderr or ended.stdout)) or "no output"
        raise UnreadableError(f"exit code {code}: {said}")
    if file is None and ended.is_truncated:
        raise UnreadableError(f"{call.command[0]} printed more than {REPORT_CAP_BYTES} bytes")
    return ended.stdout if file is None else file.written(REPORT_CAP_BYTES)
