"""How urgent, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.discovery.groups import Group, group
from engine.discovery.priority import Scale, Surroundings
from engine.domain.verdict import FindingSeverity
from tests.support.scans import finding, red, seen

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def only(*findings: object, **fields: object) -> Group:
    [one] = group(seen(*findings, **fields))  # type: ignore[arg-type]
    return one


def priority(one: Group, **around: object) -> int:
    return Scale(Surroundings(**around)).weigh(one).priority  # type: ignore[arg-type]


def test_secrets_come_before_red_tests_before_broken_ones_before_lint() -> None:
    ordered = [
        only(finding("a.py", rule="secret"), name="source"),
        only(red("tests/test_a.py::t"), name="pytest"),
        only(failures=("tests/test_a.py::collection",), name="pytest", runs_tests=True),
        only(finding("a.py")),
        only(finding("a.py", severity=FindingSeverity.WARNING)),
        only(finding("a.py", severity=FindingSeverity.NOTE)),
    ]
    priorities = [priority(one) for one in ordered]
    assert priorities == sorted(set(priorities))


def test_a_file_that_others_need_through_others_is_more_urgent() -> None:
    chain = {"b.py": ("a.py",), "c.py": ("b.py",), "d.py": ("c.py",)}
    told = Scale(Surroundings(imports=chain)).weigh(only(finding("a.py")))
    assert told.priority == priority(only(finding("a.py"))) - 1
    assert "3 files depend on it" in told.why
    assert priority(only(finding("d.py")), imports=chain) == priority(only(finding("d.py")))


def test_imports_in_a_circle_are_counted_once() -> None:
    circle = {"a.py": ("b.py",), "b.py": ("a.py",)}
    assert "depend" not in Scale(Surroundings(imports=circle)).weigh(only(finding("a.py"))).why


def test_what_very_many_need_is_most_urgent_of_its_kind() -> None:
    star = {f"m{number}.py": ("a.py",) for number in range(500)}
    told = Scale(Surroundings(imports=star)).weigh(only(finding("a.py")))
    assert "20 files or more depend on it" in told.why
    assert told.priority == priority(only(finding("a.py"))) - 2


@pytest.mark.parametrize(("days", "step"), [(1, 1), (30, 1), (31, 0)])
def test_a_file_that_changed_lately_is_more_urgent(days: int, step: int) -> None:
    group_of_one = only(finding("a.py"))
    changed = {"a.py": NOW - timedelta(days=days)}
    assert priority(group_of_one) - step == priority(
        group_of_one, changed_at=changed, scanned_at=NOW
    )


def test_priorities_stay_within_the_queue_s_range() -> None:
    many = [finding("a.py", line, rule="secret") for line in range(1, 20)]
    star = {f"m{number}.py": ("a.py",) for number in range(500)}
    told = priority(
        only(*many, name="source"), imports=star, changed_at={"a.py": NOW}, scanned_at=NOW
    )
    assert told == 0
