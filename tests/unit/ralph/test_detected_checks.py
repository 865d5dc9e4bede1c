"""Checks that were detected stay what they were, and describe blocks are targets."""

from __future__ import annotations

import pytest

from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, VerdictKind
from engine.domain.work import TaskType
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.judge import judge
from engine.ralph.targets import covers

FILES = frozenset({"package.json", "packages/core/src/a.ts"})


def _report(*command: str) -> CheckReport:
    result = CheckResult(
        name=command[0],
        command=command,
        outcome=CheckOutcome.CLEAN,
        exit_code=0,
        duration_s=0.1,
        tests_executed=1,
    )
    return CheckReport(result=result)


def _rules(before: tuple[str, ...], now: tuple[str, ...]) -> list[str]:
    verdict = judge(
        Evidence(
            task_type=TaskType.BUGFIX,
            targets=(),
            reports=(_report(*now),),
            baseline=BaselineResult.from_reports(
                [_report(*before)], base_commit="b", tree_hash="t"
            ),
            changed_files=("packages/core/src/a.ts",),
            base_test_files=frozenset(),
            tree_hash="h",
            base_commit="b",
            needs_effect=False,
            files_at_base=FILES,
        )
    )
    assert (verdict.kind is VerdictKind.PASS) == (not _objections(verdict.reasons))
    return _objections(verdict.reasons)


def _objections(reasons: object) -> list[str]:
    assert isinstance(reasons, tuple)
    return [reason.rule for reason in reasons if reason.rule == "check-config-edited"]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("eslint", "."), ("eslint", ".", "--ignore-pattern", "packages/core/")),
        (("vitest", "run"), ("vitest", "run", "--exclude", "packages/**")),
        (("tsc", "--noEmit"), ("tsc", "--noEmit", "-p", "tsconfig.small.json")),
        (("tsc", "--noEmit", "-p", "tsconfig.app.json"), ("tsc", "--noEmit")),
    ],
)
def test_a_check_that_is_told_something_else_is_refused(
    before: tuple[str, ...], now: tuple[str, ...]
) -> None:
    assert _rules(before, now) == ["check-config-edited"]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("eslint", "."), ("eslint", ".")),
        (("eslint", "."), ("eslint", ".", "--ignore-pattern", "packages/new/")),
        (("vitest", "run", "--exclude", "old/**"), ("vitest", "run")),
    ],
)
def test_packages_may_come_and_go(before: tuple[str, ...], now: tuple[str, ...]) -> None:
    assert _rules(before, now) == []


@pytest.mark.parametrize(
    ("target", "test", "is_covered"),
    [
        ("src/a.test.ts::bill", "src/a.test.ts::bill > adds up", True),
        ("src/a.test.ts::bill > adds", "src/a.test.ts::bill > adds up", False),
        ("src/a.test.ts::bill", "src/a.test.ts::billing > adds up", False),
        ("src/a.test.ts::bill", "src/a.test.ts::bill", True),
    ],
)
def test_a_describe_block_covers_its_tests(target: str, test: str, is_covered: bool) -> None:
    assert covers(target, test) == is_covered
