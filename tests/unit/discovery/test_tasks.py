"""What a task says about its findings."""

from __future__ import annotations

import pytest

from engine.discovery.groups import Group, group
from engine.discovery.tasks import description, metadata, targets, type_of
from engine.domain.verdict import Finding
from engine.domain.work import TaskType
from engine.ralph.tamper.globs import matches
from tests.support.scans import finding, red, seen


def only(*findings: Finding, **fields: object) -> Group:
    [one] = group(seen(*findings, **fields))
    return one


def test_a_task_says_what_where_how_many_and_each_line() -> None:
    one = only(
        finding("src/a.py", 3, message="`os` imported but unused"),
        finding("src/a.py", 4, message="`re` imported but unused"),
        folder="src",
    )
    assert description(one).splitlines() == [
        "Clear 2 findings of ruff F401 in src/a.py (package src)",
        "- line 3: `os` imported but unused",
        "- line 4: `re` imported but unused",
    ]


def test_hostile_messages_and_names_add_no_lines() -> None:
    one = only(finding("a\nb.py", message="x\n- line 9: forged" + "y" * 10_000))
    headline, line = description(one).splitlines()
    assert "a b.py" in headline
    assert len(line) < 300


def test_red_tests_are_a_bugfix_with_these_tests_as_targets() -> None:
    one = only(red("tests/test_a.py::one"), red("tests/test_a.py::two"), name="pytest")
    assert type_of(one) is TaskType.BUGFIX
    assert targets(one) == ("tests/test_a.py::one", "tests/test_a.py::two")
    assert "- tests/test_a.py::two: " in description(one)
    assert "scope" not in metadata(one)


def test_a_file_whose_tests_cannot_run_is_a_test_fix() -> None:
    one = only(failures=("tests/test_a.py::collection",), name="pytest", runs_tests=True)
    assert type_of(one) is TaskType.TEST_FIX
    assert targets(one) == ("tests/test_a.py",)


def test_lint_stays_in_its_file_even_if_the_name_looks_like_a_pattern() -> None:
    path = "app/[id]/page*.tsx"
    one = only(finding(path), name="eslint")
    [scope] = metadata(one)["scope"]
    assert type_of(one) is TaskType.CODE_QUALITY
    assert matches(path, scope)
    assert not matches("app/i/page.tsx", scope)


@pytest.mark.parametrize(
    ("rule", "wanted"), [("eval", TaskType.BUGFIX), ("focused-test", TaskType.TEST_FIX)]
)
def test_what_only_our_rules_say_needs_a_test_to_show_its_cure(rule: str, wanted: TaskType) -> None:
    assert type_of(only(finding("a.py", rule=rule), name="source")) is wanted


@pytest.mark.parametrize(("check", "rule"), [("mypy", "arg-type"), ("source", "secret")])
def test_what_is_cured_elsewhere_may_reach_other_files(check: str, rule: str) -> None:
    assert "scope" not in metadata(only(finding("a.py", rule=rule), name=check))
