"""What holds for every verdict, whatever the evidence."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.verdict import (
    CheckOutcome,
    CheckReport,
    CheckResult,
    TestOutcome,
    VerdictKind,
)
from engine.domain.work import TaskType
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.explain import evidence_text
from engine.ralph.judge import judge
from engine.ralph.targets import covers

_TESTS = [f"tests/test_{file}.py::test_{name}" for file in "ab" for name in "xy"]
_TARGETS = st.sampled_from([*_TESTS, "tests/test_a.py", "tests", "nowhere.py", ""])
_MORE = st.sampled_from([(), (), ("m:E1:x",), ("tests/test_a.py::collection",)])
_OUTCOMES = st.sampled_from([TestOutcome.PASSED, TestOutcome.PASSED, *TestOutcome])
_STOPPED = (CheckOutcome.TIMEOUT, CheckOutcome.BROKEN)
_CHANGES = st.sampled_from([("m.py",), ("m.py",), (), ("m.py", "tests/test_a.py"), ("tox.ini",)])


@st.composite
def reports(draw: st.DrawFn, name: str) -> CheckReport:
    tests = draw(st.dictionaries(st.sampled_from(_TESTS), _OUTCOMES))
    red = [test for test, seen in tests.items() if seen is TestOutcome.FAILED]
    failures = tuple(sorted({*red, *draw(_MORE)}))
    ended = CheckOutcome.FINDINGS if failures else CheckOutcome.CLEAN
    result = CheckResult(
        name=name,
        command=(name,),
        outcome=draw(st.sampled_from([ended, ended, ended, ended, *_STOPPED])),
        exit_code=0,
        duration_s=0.0,
        tests_executed=sum(seen is not TestOutcome.SKIPPED for seen in tests.values()),
        failures=failures,
        tail=draw(st.text(max_size=50)),
    )
    return CheckReport(result=result, tests=tests)


def some_reports() -> st.SearchStrategy[tuple[CheckReport, ...]]:
    both = st.tuples(reports("pytest"), reports("other"))
    return st.one_of(both, st.tuples(reports("pytest")), st.just(()))


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Mostly a tree that is as the base commit was, so that a PASS is near."""
    now = draw(some_reports())
    base = draw(st.one_of(st.just(now), st.just(now), some_reports()))
    return Evidence(
        task_type=draw(st.sampled_from(TaskType)),
        targets=draw(st.one_of(st.just(()), st.tuples(_TARGETS), st.tuples(_TARGETS, _TARGETS))),
        reports=now,
        baseline=BaselineResult.from_reports(base, base_commit="c", tree_hash="t"),
        changed_files=draw(_CHANGES),
        base_test_files=frozenset({"tests/test_a.py"}),
        tree_hash="t1",
        base_commit="c",
    )


@settings(max_examples=400)
@given(evidences())
def test_pass_is_never_given_without_proof(evidence: Evidence) -> None:
    verdict = judge(evidence)
    if verdict.kind is not VerdictKind.PASS:
        return
    assert verdict.tests_executed >= 1
    assert verdict.changed_files
    assert not set(_STOPPED).intersection(check.outcome for check in verdict.checks)
    tests = [pair for report in evidence.reports for pair in report.tests.items()]
    for target in evidence.targets:
        seen = {outcome for test, outcome in tests if covers(target, test)}
        assert TestOutcome.PASSED in seen
        assert TestOutcome.FAILED not in seen
    for report in evidence.reports:
        before = evidence.baseline.of(report.result.name)
        assert set(report.result.failures) <= (before.failures if before else set())


@given(evidences())
def test_every_verdict_says_why_and_what_next(evidence: Evidence) -> None:
    verdict = judge(evidence)
    assert verdict.reasons
    assert bool(verdict.next_step) == (verdict.kind is VerdictKind.BLOCKED)
    assert judge(evidence) == verdict


@given(evidences(), st.integers(min_value=0, max_value=2_000))
def test_evidence_text_stays_within_its_limit(evidence: Evidence, limit: int) -> None:
    assert len(evidence_text(judge(evidence), limit)) <= limit


@given(some_reports())
def test_baseline_survives_the_way_to_disk(now: tuple[CheckReport, ...]) -> None:
    baseline = BaselineResult.from_reports(now, base_commit="c", tree_hash="t")
    assert BaselineResult.from_json(baseline.to_json()) == baseline
