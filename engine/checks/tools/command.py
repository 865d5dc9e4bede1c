"""Any command: its exit code says it all, or it writes a report in a known format."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.checks.formats.junit import read_junit
from engine.checks.formats.sarif import read_sarif
from engine.checks.formats.tap import read_tap
from engine.checks.output import last_line, tail
from engine.checks.tool import Call, Place, Reading, UnreadableError, WholeTool
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckOutcome
from engine.ports.process import ProcessResult

EXIT = "exit"
_READERS: Mapping[str, Callable[[Place, bytes, int | None], Reading]] = {
    "junit": read_junit,
    "sarif": read_sarif,
    "tap": read_tap,
}
FORMATS = (EXIT, *_READERS)


class Command(WholeTool):
    """A configured command; 0 is clean.

    Args:
        check: what to run, with a format of `FORMATS`.
    """

    has_text_output = True

    def __init__(self, check: CheckSettings) -> None:
        self._check = check

    def call(
        self, place: Place, only: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> Call | None:
        """See `Tool.call`."""
        report = place.folder / self._check.report if self._check.report else None
        return Call(command=self._check.command, argv=self._check.command, report=report)

    def read(self, place: Place, ended: ProcessResult, report: bytes | None) -> Reading:
        """See `Tool.read`."""
        if self._check.format == EXIT:
            return _by_exit_code(ended)
        if not (report or b"").strip():
            said = last_line(tail(ended.stderr or ended.stdout)) or "no output"
            where = self._check.report or "standard output"
            raise UnreadableError(
                f"no {self._check.format} report in {where}, exit code {ended.exit_code}: {said}"
            )
        return _READERS[self._check.format](place, report or b"", ended.exit_code)


def _by_exit_code(ended: ProcessResult) -> Reading:
    if ended.exit_code == 0:
        return Reading(outcome=CheckOutcome.CLEAN)
    return Reading(outcome=CheckOutcome.FINDINGS, failures=(f"exit-{ended.exit_code}",))
