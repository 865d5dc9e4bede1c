"""What a judgement rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

import msgspec

from engine.domain.change import FileChange
from engine.domain.errors import GateError
from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, TestOutcome
from engine.domain.work import TaskType

TEST_HUNG = "test-hung"
"""Rule of a finding that says so."""

RAN_TO_ITS_END = frozenset({CheckOutcome.CLEAN, CheckOutcome.FINDINGS})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBaseline:
    """One check at the base commit."""

    outcome: CheckOutcome
    failures: frozenset[str] = frozenset()
    tests: Mapping[str, TestOutcome] = field(default_factory=dict)
    tests_executed: int | None = None
    """None: the check has no notion of tests."""
    duration_s: float = 0.0
    hung: frozenset[str] = frozenset()
    """Tests that ran into their own limit."""
    command: tuple[str, ...] = ()
    """As in `CheckResult`; empty: not known."""

    @property
    def executed(self) -> frozenset[str]:
        """Tests that ran, whatever came of them."""
        return frozenset(
            test for test, outcome in self.tests.items() if outcome is not TestOutcome.SKIPPED
        )

    def known_in(self, result: CheckResult) -> tuple[str, ...]:
        """What the check found now and found then."""
        return tuple(failure for failure in result.failures if failure in self.failures)

    def new_in(self, result: CheckResult) -> tuple[str, ...]:
        """What the check found now and did not find then."""
        return tuple(failure for failure in result.failures if failure not in self.failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineResult:
    """What was known before the task began: existing failures are not the task's fault."""

    base_commit: str
    tree_hash: str
    checks: Mapping[str, CheckBaseline]
    """By check name. A check that is not here has no known failures."""
    rewritten: frozenset[str] = frozenset()
    """See `Evidence.rewritten`."""

    @classmethod
    def from_reports(
        cls,
        reports: Iterable[CheckReport],
        *,
        base_commit: str,
        tree_hash: str,
        rewritten: Iterable[str] = (),
    ) -> BaselineResult:
        """The baseline that a run of all checks at the base commit makes."""
        return cls(
            base_commit=base_commit,
            tree_hash=tree_hash,
            checks={
                report.result.name: CheckBaseline(
                    outcome=report.result.outcome,
                    failures=frozenset(report.result.failures),
                    tests=dict(report.tests),
                    tests_executed=report.result.tests_executed,
                    duration_s=round(report.result.duration_s, 3),
                    hung=frozenset(one.id for one in report.findings if one.rule == TEST_HUNG),
                    command=report.result.command,
                )
                for report in reports
            },
            rewritten=frozenset(rewritten),
        )

    @property
    def is_sound(self) -> bool:
        """Whether every check ran to its end, so that the result is worth keeping."""
        return all(check.outcome in RAN_TO_ITS_END for check in self.checks.values())

    @property
    def is_broken(self) -> bool:
        """Whether a check could not do its work."""
        return any(check.outcome is CheckOutcome.BROKEN for check in self.checks.values())

    @property
    def had_tests(self) -> bool:
        """Whether any test was executed."""
        return any(check.executed for check in self.checks.values())

    def test_reports(self) -> tuple[CheckReport, ...]:
        """The checks with tests, as if they had been run just now."""
        return tuple(
            CheckReport(
                result=CheckResult(
                    name=name,
                    command=(),
                    outcome=check.outcome,
                    exit_code=None,
                    duration_s=check.duration_s,
                    tests_executed=check.tests_executed,
                    failures=tuple(sorted(check.failures)),
                ),
                tests=check.tests,
            )
            for name, check in self.checks.items()
            if check.tests and check.outcome in RAN_TO_ITS_END
        )

    def of(self, name: str) -> CheckBaseline | None:
        """The check of that name, or None if it did not exist then."""
        return self.checks.get(name)

    def to_json(self) -> str:
        """One JSON document; equal baselines give equal text."""
        return msgspec.json.encode(self, order="deterministic").decode()

    @classmethod
    def from_json(cls, text: str) -> BaselineResult:
        """The baseline that `to_json` wrote.

        Raises:
            GateError: the text is damaged or of another format; take the baseline again.
        """
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, UnicodeError) as exc:
            raise GateError(
                f"stored baseline cannot be read: {exc}", hint="take the baseline again"
            ) from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that `judge` looks at."""

    task_type: TaskType
    targets: tuple[str, ...]
    """Test ids, files or folders that must be green at the end."""
    reports: tuple[CheckReport, ...]
    """Every check, as it ran in the worktree."""
    baseline: BaselineResult
    changed_files: tuple[str, ...]
    """Paths that differ from the base commit: added, edited, deleted, both ends of a rename."""
    base_test_files: frozenset[str]
    """Files at the base commit for which `is_test_file` holds."""
    tree_hash: str
    base_commit: str
    head_commit: str = ""
    changes: tuple[FileChange, ...] = ()
    """Content of `changed_files` before and after, in the same order."""
    scope: tuple[str, ...] = ()
    """Globs of paths that the change may touch; empty: all."""
    needs_effect: bool = True
    """Whether a change without target tests must be seen to do something. False for a branch
    whose purpose nobody told.
    """
    base_test_reports: tuple[CheckReport, ...] = ()
    """The checks that execute tests, run at the head commit with every test file as it was at the
    base commit and new ones taken away. Empty: the change touches no test file.
    """
    green_without_change: frozenset[str] = frozenset()
    """New tests that are green at the base commit too: they show nothing of the change."""
    files_at_base: frozenset[str] = frozenset()
    """Every path at the base commit; empty: not known."""
    test_sources: Mapping[str, bytes] = field(default_factory=dict)
    """Python test files at the base commit, by path, as far as they were read."""
    rewritten: tuple[str, ...] = ()
    """Files that decide about tests and that the checks themselves wrote while they ran."""

    @property
    def edited_test_files(self) -> frozenset[str]:
        """Test files of the base commit that the change touches."""
        return self.base_test_files.intersection(self.changed_files)
