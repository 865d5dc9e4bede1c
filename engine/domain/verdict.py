"""What Ralph says, and the evidence it says it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from engine.domain.values import dataclass


class VerdictKind(StrEnum):
    """The three answers."""

    PASS = "PASS"  # noqa: S105  a verdict, not a password
    """The engine ran the checks and they hold."""
    FAIL = "FAIL"
    """The agent may try again, with the evidence."""
    BLOCKED = "BLOCKED"
    """Only a human can move it."""


class CheckOutcome(StrEnum):
    """How one check ended."""

    CLEAN = "clean"
    """It ran to its end and found nothing."""
    FINDINGS = "findings"
    """It ran to its end and found something."""
    TIMEOUT = "timeout"
    """It was stopped at its time limit."""
    BROKEN = "broken"
    """The checker itself could not do its work (missing, crashed, unreadable output)."""


class TestOutcome(StrEnum):
    """How one test ended."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class FindingSeverity(StrEnum):
    """How bad a check takes a finding to be."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found, at its place."""

    rule: str
    """The check's own name for it, such as `F401`, `TS2322` or `test-red`."""
    message: str
    path: str = ""
    """Relative to the tree, with `/`; empty: no file in particular."""
    line: int | None = None
    """From 1; None: the whole file."""
    severity: FindingSeverity = FindingSeverity.ERROR
    id: str = ""
    """Its entry in `CheckResult.failures`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check in one tree, as the engine ran it."""

    name: str
    """The configured name, such as `pytest`."""
    command: tuple[str, ...]
    outcome: CheckOutcome
    exit_code: int | None
    """None: it never started, or was stopped at its limit."""
    duration_s: float
    tests_executed: int | None = None
    """None: this check has no notion of tests. Skipped tests are not executed."""
    failures: tuple[str, ...] = ()
    """Stable ids of what it found (test id; or file:rule:message), sorted, without line numbers."""
    tail: str = ""
    """The last lines of its output, for humans and for the next iteration."""
    explanation: str = ""
    """In one line: why it is TIMEOUT or BROKEN, or which tests hung or crashed."""
    flaky: tuple[str, ...] = ()
    """Failures that went away when they were tried again without a change; not in `failures`."""
    known: tuple[str, ...] = ()
    """Those of `failures` that the base commit has too; the judgement fills it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """A result together with what only the judgement needs."""

    result: CheckResult
    tests: Mapping[str, TestOutcome] = field(default_factory=dict)
    """Every collected test by id; empty for checks without tests."""
    findings: tuple[Finding, ...] = ()
    """What `result.failures` names, with its places, for those who make tasks of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One ground of a verdict."""

    rule: str
    """Short stable name, such as `target-test-red`."""
    message: str
    """One line for a human and for the agent."""
    evidence: str = ""
    path: str = ""
    """The file it is about, relative to the tree; empty: no single one."""
    line: int | None = None
    """From 1, in the new text; in the old one where something was removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer with its proof."""

    kind: VerdictKind
    reasons: tuple[Reason, ...]
    """Never empty for FAIL and BLOCKED."""
    checks: tuple[CheckResult, ...]
    tree_hash: str
    """Git tree the checks ran in."""
    base_commit: str
    changed_files: tuple[str, ...] = ()
    next_step: str = ""
    """For BLOCKED: what the human is to do."""
    head_commit: str = ""
    """What was judged; empty in a verdict of an older version."""
    proved_at: datetime | None = None
    """When the checks ran, if this is taken from a kept proof; None: they ran for it."""

    @property
    def tests_executed(self) -> int:
        """Over all checks."""
        return sum(check.tests_executed or 0 for check in self.checks)

    @property
    def fingerprint(self) -> str:
        """Equal for two verdicts that fail in the same way; stall detection compares it."""
        failures = sorted(
            {f"{check.name}:{failure}" for check in self.checks for failure in check.failures}
            | {reason.rule for reason in self.reasons}
        )
        return "\n".join((self.kind.value, *failures))
