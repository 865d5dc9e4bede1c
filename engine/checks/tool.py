"""What a tool must be able to say to be run as a check."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Protocol

from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, Finding, TestOutcome
from engine.ports.process import ProcessResult


class UnreadableError(Exception):
    """A report that proves nothing: truncated, of another format, not written. Says why in a line.
    It never leaves this room: the check is BROKEN with that line.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a check runs. All paths are absolute and resolved."""

    tree: Path
    """The checkout."""
    folder: Path
    """The tool's working folder, in `tree`."""
    scratch: Path
    """An empty folder for the files of this run."""

    def relative(self, path: str) -> str:
        """`path`, as a tool printed it, relative to the tree; unchanged if it lies outside."""
        whole = Path(os.path.normpath(self.folder / path))
        return whole.relative_to(self.tree).as_posix() if whole.is_relative_to(self.tree) else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How a tool is to be started."""

    command: tuple[str, ...]
    """As records keep it: without what differs between two runs of the same check."""
    argv: tuple[str, ...]
    """What is started."""
    report: Path | None = None
    """The file it writes its findings to; None: standard output."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables of its own."""
    stdin: bytes = b""
    """What it reads from standard input."""

    @property
    def prints_report(self) -> bool:
        return self.report is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the output of a tool that ran to its end means."""

    outcome: CheckOutcome
    failures: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    tests: Mapping[str, TestOutcome] = field(default_factory=dict)
    tests_executed: int | None = None
    explanation: str = ""


class Tool(Protocol):
    """One kind of check."""

    @property
    def selects_tests(self) -> bool:
        """See `Checker.selects_tests`."""
        ...

    @property
    def has_text_output(self) -> bool:
        """Whether humans read what it prints; otherwise they are shown its findings."""
        ...

    def call(
        self, place: Place, only: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> Call | None:
        """How to start it; None: nothing of `only` is its own. `without` names test files that are
        left out, as `running` gives them.

        Raises:
            EngineError: it is not there, or cannot be used here.
        """
        ...

    def progress(self, place: Place) -> Path | None:
        """A file that grows while the tool gets things done; None: there is no such thing."""
        ...

    def running(self, place: Place) -> tuple[str, ...]:
        """Test files that have begun and not ended, relative to the tree."""
        ...

    def read(self, place: Place, ended: ProcessResult, report: bytes | None) -> Reading:
        """What it found. `report`: what the call named as such; None: the file was not written by
        this run.

        Raises:
            UnreadableError: the run proves nothing.
        """
        ...


class WholeTool:
    """The part of a tool that always runs whole and prints for machines."""

    selects_tests = False
    has_text_output = False

    def progress(self, place: Place) -> Path | None:
        """See `Tool.progress`."""
        return None

    def running(self, place: Place) -> tuple[str, ...]:
        """See `Tool.running`."""
        return ()
