"""Baselines on disk, and verdicts in words."""

from __future__ import annotations

import pytest

from engine.domain.errors import GateError
from engine.domain.verdict import (
    CheckOutcome,
    CheckReport,
    CheckResult,
    Reason,
    Verdict,
    VerdictKind,
)
from engine.domain.verdict import TestOutcome as Outcome
from engine.ralph.evidence import BaselineResult
from engine.ralph.explain import evidence_text


def _baseline(outcome: CheckOutcome) -> BaselineResult:
    result = CheckResult(
        name="pytest", command=("pytest",), outcome=outcome, exit_code=1, duration_s=1.0,
        tests_executed=1, failures=("t.py::x",),
    )  # fmt: skip
    report = CheckReport(
        result=result, tests={"t.py::x": Outcome.FAILED, "t.py::y": Outcome.SKIPPED}
    )
    return BaselineResult.from_reports([report], base_commit="c", tree_hash="t")


def _verdict(*reasons: Reason, next_step: str = "") -> Verdict:
    return Verdict(
        kind=VerdictKind.FAIL, reasons=reasons, checks=(), tree_hash="t", base_commit="c",
        next_step=next_step,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"base_commit": 1}', '"\\ud800"'])
def test_damaged_baseline_is_refused(text: str) -> None:
    with pytest.raises(GateError, match="take the baseline again"):
        BaselineResult.from_json(text)


def test_every_cut_of_a_baseline_is_refused() -> None:
    text = _baseline(CheckOutcome.FINDINGS).to_json()
    for length in range(len(text)):
        with pytest.raises(GateError):
            BaselineResult.from_json(text[:length])


def test_only_a_baseline_whose_checks_ended_is_worth_keeping() -> None:
    assert _baseline(CheckOutcome.FINDINGS).is_sound
    assert not _baseline(CheckOutcome.TIMEOUT).is_sound


def test_skipped_tests_of_a_baseline_were_not_executed() -> None:
    check = _baseline(CheckOutcome.FINDINGS).of("pytest")
    assert check is not None
    assert check.executed == {"t.py::x"}


def test_every_reason_is_told_before_any_evidence() -> None:
    verdict = _verdict(
        Reason(rule="target-test-red", message="target t is red", evidence="E assert 1 == 2"),
        Reason(rule="test-edited", message="tests were edited"),
        next_step="look at it",
    )
    assert evidence_text(verdict, 1_000) == (
        "Verdict FAIL\n"
        "- target-test-red: target t is red\n"
        "- test-edited: tests were edited\n"
        "A human is to: look at it\n\n"
        "Evidence for target-test-red:\nE assert 1 == 2"
    )


def test_same_output_is_shown_once() -> None:
    reasons = [Reason(rule=rule, message="m", evidence="output") for rule in ("one", "two")]
    assert evidence_text(_verdict(*reasons), 1_000).count("output") == 1


def test_long_output_keeps_its_beginning_and_its_end() -> None:
    reason = Reason(rule="r", message="m", evidence="begin" + "." * 5_000 + "end")
    text = evidence_text(_verdict(reason), 400)
    assert "begin" in text
    assert text.endswith("end")
    assert len(text) == 400
