"""Ids of findings."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from engine.checks.findings import failures_of, identified, shown
from engine.domain.verdict import Finding, FindingSeverity


def _finding(line: int, message: str = "odd", path: str = "a.py", **more: object) -> Finding:
    return Finding(rule="R1", message=message, path=path, line=line, **more)  # type: ignore[arg-type]


def test_equal_findings_are_told_apart_in_the_order_of_lines() -> None:
    found = identified([_finding(9), _finding(2), _finding(5, message="line 5 is odd")])
    assert [(one.line, one.id) for one in found] == [
        (2, "a.py:R1:odd"),
        (5, "a.py:R1:line N is odd"),
        (9, "a.py:R1:odd#2"),
    ]


@given(st.lists(st.integers(1, 50), unique=True), st.integers(1, 900), st.randoms())
def test_ids_do_not_depend_on_lines_or_order(
    lines: list[int], moved: int, shuffle: random.Random
) -> None:
    before = [_finding(line, message=f"message {line % 3 * 'x'}") for line in lines]
    after = [_finding(found.line + moved, message=found.message) for found in before if found.line]
    shuffle.shuffle(after)
    assert failures_of(identified(before)) == failures_of(identified(after))


def test_only_what_is_bad_enough_is_a_failure() -> None:
    found = identified(
        _finding(number, severity=severity, message=severity)
        for number, severity in enumerate(FindingSeverity, start=1)
    )
    assert failures_of(found) == ("a.py:R1:error",)
    assert failures_of(found, least=FindingSeverity.WARNING) == ("a.py:R1:error", "a.py:R1:warning")


def test_many_findings_are_shown_as_some_and_a_number() -> None:
    text = shown([_finding(number, message="a\nb") for number in range(1, 100)])
    lines = text.splitlines()
    assert lines[0] == "a.py:1: R1 a b"
    assert lines[-1] == "and 59 more"
