"""Every rule of a verdict, case by case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from engine.domain.verdict import (
    CheckOutcome,
    CheckReport,
    CheckResult,
    TestOutcome,
    Verdict,
    VerdictKind,
)
from engine.domain.work import TaskType
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.judge import judge

P, F, S = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.SKIPPED
CLEAN, FINDINGS = CheckOutcome.CLEAN, CheckOutcome.FINDINGS
TIMEOUT, BROKEN = CheckOutcome.TIMEOUT, CheckOutcome.BROKEN
BUGFIX, QUALITY, TESTFIX = TaskType.BUGFIX, TaskType.CODE_QUALITY, TaskType.TEST_FIX
FEATURE, TEST = TaskType.FEATURE, TaskType.TEST

A, B, N1, N2 = "tests/test_a.py::test_a", "tests/test_a.py::test_b", "t.py::n[1]", "t.py::n[2]"
UNCOLLECTED = "tests/test_a.py::collection"


def pytest_report(
    tests: Mapping[str, TestOutcome],
    *,
    outcome: CheckOutcome | None = None,
    more: tuple[str, ...] = (),
) -> CheckReport:
    failures = tuple(sorted([*(t for t, seen in tests.items() if seen is F), *more]))
    result = CheckResult(
        name="pytest",
        command=("python", "-m", "pytest"),
        outcome=outcome or (FINDINGS if failures else CLEAN),
        exit_code=1 if failures else 0,
        duration_s=1.0,
        tests_executed=sum(seen is not S for seen in tests.values()),
        failures=failures,
        tail="the end of the output",
        explanation="it ended early" if outcome else "",
    )
    return CheckReport(result=result, tests=tests)


def lint_report(*failures: str, outcome: CheckOutcome | None = None) -> CheckReport:
    result = CheckResult(
        name="ruff",
        command=("ruff", "check"),
        outcome=outcome or (FINDINGS if failures else CLEAN),
        exit_code=1 if failures else 0,
        duration_s=0.1,
        failures=failures,
        explanation="ruff is missing" if outcome else "",
    )
    return CheckReport(result=result)


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    expected: VerdictKind
    rules: tuple[str, ...]
    now: tuple[CheckReport, ...]
    base: tuple[CheckReport, ...] = (pytest_report({A: F, B: P}),)
    task: TaskType = BUGFIX
    targets: tuple[str, ...] = ()
    changed: tuple[str, ...] = ("src/m.py",)
    base_test_files: frozenset[str] = field(
        default_factory=lambda: frozenset({"tests/test_a.py", "conftest.py"})
    )


def verdict_of(case: Case) -> Verdict:
    return judge(
        Evidence(
            task_type=case.task,
            targets=case.targets,
            reports=case.now,
            baseline=BaselineResult.from_reports(case.base, base_commit="c0", tree_hash="t0"),
            changed_files=case.changed,
            base_test_files=case.base_test_files,
            tree_hash="t1",
            base_commit="c0",
        )
    )


GREEN = (pytest_report({A: P, B: P}),)
RED = (pytest_report({A: F, B: P}),)
PASS, FAIL, BLOCKED = VerdictKind.PASS, VerdictKind.FAIL, VerdictKind.BLOCKED


def passes(name: str, **fields: object) -> Case:
    return Case(name=name, expected=PASS, rules=("proof",), **{"now": GREEN, **fields})  # type: ignore[arg-type]


def fails(name: str, *rules: str, **fields: object) -> Case:
    return Case(name=name, expected=FAIL, rules=rules, **{"now": GREEN, **fields})  # type: ignore[arg-type]


def blocks(name: str, *rules: str, **fields: object) -> Case:
    return Case(name=name, expected=BLOCKED, rules=rules, **{"now": GREEN, **fields})  # type: ignore[arg-type]


CASES = [
    passes("target by id", targets=(A,)),
    passes("target by file", targets=("tests/test_a.py",)),
    passes("target by folder", targets=("tests/",)),
    passes("target with leading dot", targets=("./tests/test_a.py",)),
    passes("no targets, a known failure gone"),
    passes(
        "target with parameters",
        targets=("t.py::n",),
        now=(pytest_report({N1: P, N2: P}),),
        base=(pytest_report({N1: F, N2: P}),),
    ),
    passes(
        "file target with one test skipped as before",
        targets=("tests/test_a.py",),
        now=(pytest_report({A: P, B: S}),),
        base=(pytest_report({A: F, B: S}),),
    ),
    passes("new tests in a new file", changed=("src/m.py", "tests/test_new.py")),
    passes(
        "a test that was skipped runs now", base=(pytest_report({A: S, B: P}),)
    ),
    passes("test task edits tests", task=TESTFIX, changed=("tests/test_a.py", "conftest.py")),
    passes("feature adds a dependency", task=FEATURE, changed=("pyproject.toml", "src/m.py")),
    passes(
        "quality task removes a finding",
        task=QUALITY,
        now=(*GREEN, lint_report("m:E1:x")),
        base=(*GREEN, lint_report("m:E1:x", "m:E2:y")),
    ),
    passes(
        "quality task with targets needs no finding gone", task=QUALITY, targets=(A,), base=RED
    ),
    passes(
        "test task brings the first tests",
        task=TEST,
        base=(),
        changed=("tests/test_new.py",),
        base_test_files=frozenset(),
    ),
    passes(
        "the hang of the base commit is gone",
        targets=(A,),
        base=(pytest_report({B: P}, outcome=TIMEOUT, more=(A,)),),
    ),
    fails("nothing changed", "no-change", changed=()),
    fails("signal without work on a red target", "no-change", "target-test-red",
          changed=(), now=RED, targets=(A,)),
    fails("target red", "target-test-red", targets=(A,), now=RED),
    fails("file target red", "target-test-red", targets=("tests/test_a.py",), now=RED),
    fails(
        "one parameter of the target red",
        "target-test-red",
        targets=("t.py::n",),
        now=(pytest_report({N1: P, N2: F}),),
        base=(pytest_report({N1: F, N2: F}),),
    ),
    fails("target unknown", "target-test-missing", targets=("tests/test_a.py::test_z",)),
    fails("target is only the beginning of a name", "target-test-missing",
          targets=("tests/test_a.py::test",)),
    fails("empty target", "target-test-missing", targets=(" ",)),
    fails(
        "target skipped",
        "target-test-skipped",
        "test-skipped",
        targets=(A,),
        now=(pytest_report({A: S, B: P}),),
    ),
    fails(
        "target cannot be collected",
        "target-test-red",
        targets=(A,),
        now=(pytest_report({N1: P}, more=(UNCOLLECTED,)),),
        base=(pytest_report({N1: P}, more=(UNCOLLECTED,)),),
    ),
    fails("new failure", "new-failure", now=(pytest_report({A: P, B: F}),)),
    fails(
        "new test fails", "new-failure", now=(pytest_report({A: P, B: P, N1: F}),)
    ),
    fails(
        "file no longer collected",
        "new-failure",
        now=(pytest_report({N1: P}, more=(UNCOLLECTED,)),),
    ),
    fails("new lint finding", "new-failure", now=(*GREEN, lint_report("m:E1:x")),
          base=(*RED, lint_report())),
    fails("finding of a check the baseline lacks", "new-failure",
          now=(*GREEN, lint_report("m:E1:x"))),
    fails("second equal finding", "new-failure",
          now=(*GREEN, lint_report("m:E1:x", "m:E1:x#2")),
          base=(*RED, lint_report("m:E1:x"))),
    fails("passing test removed", "test-removed", now=(pytest_report({A: P}),)),
    fails("failing test removed by a test task", "test-removed",
          task=TESTFIX, now=(pytest_report({B: P}),), changed=("tests/test_a.py",)),
    fails("passing test skipped", "test-skipped", now=(pytest_report({A: P, B: S}),)),
    fails("failing test skipped by a test task", "test-skipped",
          task=TESTFIX, now=(pytest_report({A: S, B: P}),), changed=("tests/test_a.py",)),
    fails("all tests gone", "tests-gone", "test-removed", now=(pytest_report({}),)),
    fails("test check gone", "check-gone", "tests-gone", now=(lint_report(),),
          base=(*RED, lint_report())),
    fails("lint check gone", "check-gone", base=(*RED, lint_report("m:E1:x"))),
    fails("existing test edited", "test-edited", changed=("src/m.py", "tests/test_a.py")),
    fails("existing conftest edited", "test-edited", "check-config-edited",
          changed=("src/m.py", "conftest.py")),
    fails("new conftest", "check-config-edited", changed=("src/m.py", "src/conftest.py")),
    fails("pytest.ini edited", "check-config-edited", changed=("src/m.py", "pytest.ini")),
    fails("pyproject edited by a bug fix", "check-config-edited",
          changed=("src/m.py", "pyproject.toml")),
    fails("ruff.toml edited by a feature", "check-config-edited",
          task=FEATURE, changed=("src/m.py", "ruff.toml")),
    fails("configuration edited by a test task", "check-config-edited",
          task=TESTFIX, changed=("tests/test_a.py", "tox.ini")),
    fails("test runner shadowed", "check-config-edited", changed=("src/m.py", "pytest.py")),
    fails("start-up code added", "check-config-edited",
          changed=("src/m.py", "src/sitecustomize.py")),
    fails("own configuration edited", "check-config-edited",
          changed=("src/m.py", ".aibrain/aio.toml")),
    fails("quality unchanged", "nothing-improved", task=QUALITY,
          now=(*GREEN, lint_report("m:E1:x")), base=(*GREEN, lint_report("m:E1:x"))),
    fails("quality traded one finding for another", "new-failure", task=QUALITY,
          now=(*GREEN, lint_report("m:E9:z")), base=(*GREEN, lint_report("m:E1:x"))),
    fails("hang that is new", "check-timeout",
          now=(pytest_report({A: P}, outcome=TIMEOUT, more=(B,)),)),
    fails("hang that the task is about", "check-timeout", targets=(A,),
          now=(pytest_report({B: P}, outcome=TIMEOUT, more=(A,)),),
          base=(pytest_report({B: P}, outcome=TIMEOUT, more=(A,)),)),
    fails("crash in a test that is new", "check-broken",
          now=(pytest_report({A: P}, outcome=BROKEN, more=(B,)),)),
    fails("checker broken by an edit of its configuration", "check-broken",
          "check-config-edited", changed=("pyproject.toml",),
          now=(pytest_report({}, outcome=BROKEN),)),
    fails("no targets and nothing to see", "no-effect-seen", now=RED),
    fails("no targets in a green suite", "no-effect-seen", base=GREEN, now=GREEN),
    fails("start-up code for all tests added", "test-edited",
          targets=(A,), changed=("m.py", "tests/__init__.py")),
    fails("test task that wrote no tests", "no-tests", task=TEST, base=(), now=(lint_report(),)),
    blocks("checker broken", "check-broken", now=(*GREEN, lint_report(outcome=BROKEN))),
    blocks("checker broken before and now", "check-broken",
           now=(pytest_report({A: P}, outcome=BROKEN, more=(B,)),),
           base=(pytest_report({A: P}, outcome=BROKEN, more=(B,)),)),
    blocks("hang of the base commit", "check-timeout",
           now=(pytest_report({A: P}, outcome=TIMEOUT, more=(B,)),),
           base=(pytest_report({A: P}, outcome=TIMEOUT, more=(B,)),)),
    blocks("broken checker outweighs a red target", "check-broken", "no-change", changed=(),
           now=(*RED, lint_report(outcome=BROKEN)), targets=(A,)),
    blocks("no check has tests", "no-tests", now=(lint_report(),), base=(lint_report(),)),
    blocks("no check at all", "no-tests", now=(), base=()),
    blocks("only skipped tests, as before", "no-tests",
           now=(pytest_report({A: S}),), base=(pytest_report({A: S}),)),
    blocks("quality task where nothing was found", "nothing-to-improve",
           task=QUALITY, base=GREEN),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict_follows_its_rules(case: Case) -> None:
    verdict = verdict_of(case)
    rules = tuple(reason.rule for reason in verdict.reasons)
    if case.task is TESTFIX and case.expected is PASS:
        rules = tuple(rule for rule in rules if rule != "tests-changed")
    assert (verdict.kind, rules) == (case.expected, case.rules)
    assert bool(verdict.next_step) == (case.expected is BLOCKED)


def test_verdict_carries_its_proof() -> None:
    verdict = verdict_of(passes("proof", targets=(A,), now=(*GREEN, lint_report("m:E1:x")),
                                base=(*RED, lint_report("m:E1:x"))))  # fmt: skip
    assert verdict.tree_hash == "t1"
    assert verdict.base_commit == "c0"
    assert verdict.changed_files == ("src/m.py",)
    assert [check.name for check in verdict.checks] == ["pytest", "ruff"]
    assert verdict.reasons[0].message == (
        "1 target green, 2 tests executed, no new failure, 1 known failure left"
    )


def test_edited_tests_of_a_test_task_are_shown() -> None:
    verdict = verdict_of(passes("shown", task=TESTFIX, changed=("tests/test_a.py",)))
    assert [reason.rule for reason in verdict.reasons] == ["proof", "tests-changed"]
    assert "tests/test_a.py" in verdict.reasons[1].message


def test_reason_names_a_few_tests_and_counts_the_rest() -> None:
    many = {f"t.py::test_{n}": F for n in range(10, 30)}
    verdict = verdict_of(fails("many", now=(pytest_report({A: P, B: P, **many}),)))
    message = verdict.reasons[0].message
    assert message.startswith("check pytest has 20 new failures: t.py::test_10, t.py::test_11")
    assert message.endswith("and 15 more")
    assert verdict.reasons[0].evidence == "the end of the output"


def test_message_is_one_line_whatever_a_test_is_called() -> None:
    odd = "t.py::test[\x1b[31m\n\u202e]"
    verdict = verdict_of(fails("odd", now=(pytest_report({A: P, B: P, odd: F}),)))
    assert verdict.reasons[0].message.isprintable()
