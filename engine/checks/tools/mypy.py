"""Mypy, through its JSON lines."""

from __future__ import annotations

import configparser
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from engine.checks.decode import decoded
from engine.checks.findings import failures_of, identified, shown
from engine.checks.output import last_line, tail
from engine.checks.tool import Call, Place, Reading, UnreadableError, WholeTool
from engine.domain.errors import GateError
from engine.domain.verdict import CheckOutcome, Finding, FindingSeverity
from engine.ports.process import ProcessResult

_TARGETS = frozenset({"files", "packages", "modules"})
_WITHOUT_CACHE = f"--cache-dir={os.devnull}"
"""A cache that came with the commit could hide an error."""
_BLOCKED = 2


class _Found(msgspec.Struct, frozen=True):
    file: str
    line: int
    message: str
    code: str | None = None
    severity: str = "error"


class Mypy(WholeTool):
    """Type errors of the whole program; mypy's notes are findings, but no failures.

    Args:
        program: the mypy to run; None: there is none.
        python: the interpreter whose packages it is to see.
        arguments: more of its arguments; without any it checks what its configuration names, else
            the whole folder.
    """

    def __init__(self, program: str | None, *, python: str, arguments: tuple[str, ...]) -> None:
        self._program = program
        self._python = python
        self._arguments = arguments

    def call(
        self, place: Place, only: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> Call | None:
        """See `Tool.call`."""
        if self._program is None:
            raise GateError(
                "mypy is not installed for this repository",
                hint=f"install it beside {self._python}",
            )
        targets = self._arguments or (() if names_targets(place.folder) else (".",))
        command = (
            *(self._program, "--output=json", "--no-color-output", _WITHOUT_CACHE),
            *(f"--python-executable={self._python}", *targets),
        )
        return Call(command=command, argv=command)

    def read(self, place: Place, ended: ProcessResult, report: bytes | None) -> Reading:
        """See `Tool.read`. An error that keeps mypy from looking at the rest hides other findings:
        the check is BROKEN then, with what it named.
        """
        findings = identified(_findings(place, report or b""))
        failures = failures_of(findings)
        said = last_line(tail(ended.stderr)) or "no output"
        match ended.exit_code:
            case 0 | 1 if not failures and (findings or not ended.exit_code):
                return Reading(outcome=CheckOutcome.CLEAN, findings=findings)
            case 1 if failures:
                return Reading(outcome=CheckOutcome.FINDINGS, failures=failures, findings=findings)
            case code if code == _BLOCKED and failures:
                return Reading(
                    outcome=CheckOutcome.BROKEN,
                    failures=failures,
                    findings=findings,
                    explanation=f"mypy could not go on: {shown(findings[:1])}",
                )
            case code:
                raise UnreadableError(f"mypy ended with code {code}: {said}")


def names_targets(folder: Path) -> bool:
    """Whether the configuration that mypy finds in `folder` says what is to be checked."""
    for name in ("mypy.ini", ".mypy.ini"):
        if (folder / name).is_file():
            return _ini_names_targets(folder / name)
    try:
        tables = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return _ini_names_targets(folder / "setup.cfg")
    tool = tables.get("tool")
    table = tool.get("mypy") if isinstance(tool, dict) else None
    if isinstance(table, dict):
        return not _TARGETS.isdisjoint(table)
    return _ini_names_targets(folder / "setup.cfg")


def _ini_names_targets(path: Path) -> bool:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text("utf-8"))
    except (OSError, ValueError, configparser.Error):
        return False
    return parser.has_section("mypy") and not _TARGETS.isdisjoint(parser.options("mypy"))


def _findings(place: Place, report: bytes) -> Iterable[Finding]:
    for line in filter(None, map(bytes.strip, report.splitlines())):
        found = decoded(line, _Found, what="output of mypy")
        is_error = found.severity == "error"
        yield Finding(
            rule=found.code or "mypy",
            message=found.message,
            path=place.relative(found.file),
            line=found.line if found.line > 0 else None,
            severity=FindingSeverity.ERROR if is_error else FindingSeverity.NOTE,
        )
