"""The second run, with the tests of the base commit, and what else guards the tests themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.verdict import (
    CheckOutcome,
    CheckReport,
    CheckResult,
    Finding,
    TestOutcome,
    Verdict,
    VerdictKind,
)
from engine.domain.work import TaskType
from engine.ralph.base_tests import base_test_paths
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.judge import judge, judge_early

P, F, S = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.SKIPPED
A, B, NEW = "tests/test_a.py::test_a", "tests/test_b.py::test_b", "tests/test_new.py::test_n"
FIXED = "tests/test_a.py::test_fixed"


def report(
    tests: Mapping[str, TestOutcome], *, more: tuple[str, ...] = (), **changes: Any
) -> CheckReport:
    red = tuple(sorted([*(test for test, seen in tests.items() if seen is F), *more]))
    result = CheckResult(
        name="pytest",
        command=("pytest",),
        outcome=CheckOutcome.FINDINGS if red else CheckOutcome.CLEAN,
        exit_code=int(bool(red)),
        duration_s=1.0,
        tests_executed=sum(seen is not S for seen in tests.values()),
        failures=red,
    )
    return CheckReport(result=replace(result, **changes), tests=tests)


BASE = report({A: F, B: P})
FULL = report({A: P, B: P, NEW: P})


def evidence(*, base: CheckReport = BASE, now: CheckReport = FULL, **facts: Any) -> Evidence:
    values: dict[str, Any] = {
        "task_type": TaskType.BUGFIX,
        "targets": (A,),
        "reports": (now,),
        "baseline": BaselineResult.from_reports([base], base_commit="c", tree_hash="t"),
        "changed_files": ("src/m.py", "tests/test_new.py"),
        "base_test_files": frozenset({"tests/test_a.py", "tests/test_b.py"}),
        "tree_hash": "t1",
        "base_commit": "c",
        **facts,
    }
    return Evidence(**values)


def rules_of(verdict: Verdict) -> list[str]:
    return [reason.rule for reason in verdict.reasons]


@pytest.mark.parametrize(
    ("old", "rules"),
    [
        (report({A: P, B: P}), ["proof"]),
        (report({A: F, B: P}), ["target-test-red"]),
        (report({A: P, B: F}), ["new-failure"]),
        (report({A: P}), ["test-removed"]),
        (report({A: P, B: S}), ["test-skipped"]),
        (report({B: P}, more=("tests/test_a.py::collection",)),
         ["target-test-red", "new-failure"]),
        (report({A: P}, more=("tests/test_b.py::collection",)), ["new-failure"]),
        (report({A: P, B: P}, outcome=CheckOutcome.BROKEN), ["base-tests-broken"]),
        (report({A: P, B: P}, outcome=CheckOutcome.TIMEOUT), ["base-tests-broken"]),
    ],
    ids=["as in the full run", "target red", "other red", "gone", "skipped", "target uncollected",
         "other uncollected", "broken", "timeout"],
)  # fmt: skip
def test_what_the_old_tests_say_counts(old: CheckReport, rules: list[str]) -> None:
    verdict = judge(evidence(base_test_reports=(old,)))

    assert rules_of(verdict) == rules
    assert verdict.next_step == ""


def test_a_target_that_is_new_is_judged_in_the_full_run_alone() -> None:
    verdict = judge(evidence(targets=(NEW,), base_test_reports=(report({A: P, B: P}),)))

    assert verdict.kind is VerdictKind.PASS


def test_edited_tests_of_a_test_task_count_in_the_full_run_alone() -> None:
    facts: dict[str, Any] = {
        "task_type": TaskType.TEST_FIX,
        "changed_files": ("src/m.py", "tests/test_a.py"),
    }
    edited = evidence(base_test_reports=(report({A: F, B: P}),), **facts)
    untouched = evidence(base_test_reports=(report({A: F, B: F}),), **facts)

    assert rules_of(judge(edited)) == ["proof", "tests-changed"]
    assert rules_of(judge(untouched)) == ["new-failure"]


def test_a_target_of_a_test_task_that_was_green_stays_so_in_its_old_form() -> None:
    facts: dict[str, Any] = {"task_type": TaskType.TEST_FIX, "targets": (A, B)}
    spoilt = evidence(base_test_reports=(report({A: F, B: F}),), **facts)
    mended = evidence(base_test_reports=(report({A: F, B: P}),), **facts)

    assert rules_of(judge(spoilt)) == ["new-failure"]
    assert judge(mended).kind is VerdictKind.PASS


def test_a_failure_of_both_runs_is_told_once() -> None:
    red = report({A: P, B: F})

    assert rules_of(judge(evidence(now=red, base_test_reports=(red,)))) == ["new-failure"]


def test_an_old_failure_that_only_an_edited_test_hides_is_no_effect() -> None:
    verdict = judge(
        evidence(targets=(), now=report({A: P, B: P}), base_test_reports=(report({A: F, B: P}),))
    )
    assert rules_of(verdict) == ["no-effect-seen"]


@pytest.mark.parametrize(
    ("task_type", "now", "kind"),
    [
        (TaskType.TEST_FIX, report({FIXED: P, B: P}), VerdictKind.PASS),
        (TaskType.TEST_FIX, report({B: P}), VerdictKind.FAIL),
        (TaskType.FEATURE, report({FIXED: P, B: P, NEW: P}), VerdictKind.FAIL),
    ],
    ids=["renamed by a test task", "removed by a test task", "renamed by another task"],
)
def test_only_a_test_task_may_rename_tests(
    task_type: TaskType, now: CheckReport, kind: VerdictKind
) -> None:
    verdict = judge(
        evidence(targets=(), task_type=task_type, now=now, changed_files=("tests/test_a.py",))
    )

    assert verdict.kind is kind
    if kind is VerdictKind.PASS:
        assert rules_of(verdict) == ["proof", "tests-changed", "tests-changed"]
        assert A in verdict.reasons[2].message


def test_a_check_that_only_counts_may_not_execute_fewer_tests() -> None:
    counted = [report({}, tests_executed=number) for number in (9, 8)]
    verdict = judge(evidence(targets=(), base=counted[0], now=counted[1], needs_effect=False))

    assert rules_of(verdict) == ["fewer-tests"]


def test_a_run_that_writes_its_own_tests_does_not_pass() -> None:
    seen = evidence(rewritten=("tests/test_b.py",))
    baseline = replace(seen.baseline, rewritten=frozenset({"tests/test_b.py"}))

    assert rules_of(judge(seen)) == ["tests-rewritten"]
    assert rules_of(judge(replace(seen, baseline=baseline))) == ["proof"]


@pytest.mark.parametrize(
    ("task_type", "path", "kind"),
    [
        (TaskType.BUGFIX, "tests/conftest.py", VerdictKind.BLOCKED),
        (TaskType.TEST_FIX, "tests/conftest.py", VerdictKind.FAIL),
        (TaskType.BUGFIX, "tests/test_a.py", VerdictKind.FAIL),
    ],
)
def test_who_is_to_mend_what_no_test_can_be_collected_for(
    task_type: TaskType, path: str, kind: VerdictKind
) -> None:
    red = report({}, more=(f"{path}::collection",), tail="SyntaxError: invalid syntax")
    verdict = judge(evidence(targets=(), task_type=task_type, base=red, now=red))

    assert (verdict.kind, rules_of(verdict)) == (kind, ["no-tests"])
    assert path in verdict.reasons[0].message
    assert verdict.reasons[0].evidence == "SyntaxError: invalid syntax"


def test_flaky_tests_are_shown_beside_the_proof() -> None:
    verdict = judge(evidence(now=report({A: P, B: P}, flaky=(B,))))

    assert rules_of(verdict) == ["proof", "flaky"]
    assert B in verdict.reasons[1].message


def test_known_failures_are_told_apart() -> None:
    verdict = judge(evidence(targets=(), now=report({A: F, B: F, NEW: P})))

    assert [check.known for check in verdict.checks] == [(A,)]


def test_a_reason_has_the_place_of_the_first_failure() -> None:
    red = report({A: P, B: F})
    placed = replace(
        red,
        findings=(Finding(rule="test-red", message="m", path="tests/test_b.py", line=7, id=B),),
    )

    assert [(r.path, r.line) for r in judge(evidence(now=red)).reasons] == [
        ("tests/test_b.py", None)
    ]
    assert [(r.path, r.line) for r in judge(evidence(now=placed)).reasons] == [
        ("tests/test_b.py", 7)
    ]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (report({A: F}), ["target-test-red", "stopped-early"]),
        (report({A: P}), None),
        (report({}), None),
        (report({}, outcome=CheckOutcome.BROKEN), None),
    ],
    ids=["red", "green", "not found", "broken"],
)
def test_only_red_targets_end_a_verification_early(
    targets: CheckReport, expected: list[str] | None
) -> None:
    verdict = judge_early(evidence(now=targets))

    assert (verdict and rules_of(verdict)) == expected


def test_files_that_decide_about_tests_are_put_back_and_others_are_not() -> None:
    changed = (
        *("src/m.py", "pyproject.toml", "conftest.py", "pytest.ini", "tests/__init__.py"),
        *("tests/data/a.json", "web/cart.test.ts", "README.md"),
    )

    assert base_test_paths(changed) == (
        *("conftest.py", "pytest.ini", "tests/__init__.py", "tests/data/a.json"),
        "web/cart.test.ts",
    )
