"""Verdicts as documents and as lines."""

from __future__ import annotations

from aio_tui.wording import counted, place_of, said
from engine.domain.verdict import CheckOutcome, CheckResult, Reason, Verdict, VerdictKind

_SHOWN_LINES = 12
"""Of a reason's evidence; --json has all of it."""
_SHOWN_CHARS = 200


def verdict_document(verdict: Verdict) -> dict[str, object]:
    """A verdict with its proof for --json."""
    return {
        "verdict": verdict.kind,
        "reasons": [_reason(reason) for reason in verdict.reasons],
        "checks": [_check(check) for check in verdict.checks],
        "counts": {
            "checks": len(verdict.checks),
            "tests_executed": verdict.tests_executed,
            "failures": sum(len(check.failures) for check in verdict.checks),
            "flaky": sum(len(check.flaky) for check in verdict.checks),
            "changed_files": len(verdict.changed_files),
        },
        "tests_executed": verdict.tests_executed,
        "tree_hash": verdict.tree_hash,
        "base_commit": verdict.base_commit,
        "head_commit": verdict.head_commit or None,
        "changed_files": verdict.changed_files,
        "next_step": verdict.next_step or None,
        "proved_at": verdict.proved_at,
    }


def verdict_lines(verdict: Verdict, *, shows_evidence: bool = True) -> list[str]:
    """A verdict with its proof for a human."""
    tests = counted(verdict.tests_executed, "test")
    lines = [f"{verdict.kind}  tree {verdict.tree_hash[:12]}  {tests} run"]
    if verdict.proved_at is not None:
        lines.append(f"  from the proof of {verdict.proved_at:%Y-%m-%d %H:%M} UTC")
    shown: set[str] = set()
    for reason in verdict.reasons:
        place = f"{place}: " if (place := place_of(reason)) else ""
        lines.append(f"  {reason.rule}: {place}{said(reason)}")
        if shows_evidence and reason.evidence not in shown:
            lines += [f"    | {text}" for text in _evidence(reason)]
        shown.add(reason.evidence)
    for check in verdict.checks:
        ended = "stopped" if check.exit_code is None else f"exit {check.exit_code}"
        told = _outcome(check, is_pass=verdict.kind is VerdictKind.PASS)
        lines.append(f"  {check.name}: {told}, {ended}, {check.duration_s:.1f} s")
        if check.flaky:
            lines.append(f"    flaky, so red and then green: {', '.join(check.flaky)}")
    if verdict.next_step:
        lines.append(f"  next step: {verdict.next_step}")
    return lines


def _outcome(check: CheckResult, *, is_pass: bool) -> str:
    """What came of it; after a PASS whatever it found had been there before."""
    if check.outcome is not CheckOutcome.FINDINGS:
        return check.outcome
    known = len(check.failures if is_pass else check.known)
    new = len(check.failures) - known
    left = f"{counted(known, 'known finding')} left"
    return left if not new else f"{counted(new, 'new finding')}, {left}" if known else "findings"


def _evidence(reason: Reason) -> list[str]:
    """The end of it: what a tool says last says most."""
    lines = reason.evidence.strip("\n").splitlines()[-_SHOWN_LINES:]
    return [line[:_SHOWN_CHARS] for line in lines]


def _reason(reason: Reason) -> dict[str, object]:
    return {
        "rule": reason.rule,
        "message": reason.message,
        "file": reason.path or None,
        "line": reason.line,
        "evidence": reason.evidence,
    }


def _check(check: CheckResult) -> dict[str, object]:
    return {
        "name": check.name,
        "command": check.command,
        "outcome": check.outcome,
        "exit_code": check.exit_code,
        "duration_s": round(check.duration_s, 3),
        "tests_executed": check.tests_executed,
        "failures": check.failures,
        "known": check.known,
        "flaky": check.flaky,
        "explanation": check.explanation or None,
        "tail": check.tail,
    }
