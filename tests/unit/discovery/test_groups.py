"""One task is one reviewable change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.discovery.groups import GroupKey, GroupKind, chunks, group
from engine.domain.ids import parse_task_id
from tests.support.scans import finding, red, seen


def test_findings_of_one_rule_in_one_file_belong_together() -> None:
    groups = group(
        seen(
            finding("a.py", 9),
            finding("b.py", 1),
            finding("a.py", 2),
            finding("a.py", 5, rule="E501"),
        )
    )
    assert [
        (one.key.path, one.key.subject, [s.finding.line for s in one.sightings]) for one in groups
    ] == [("a.py", "E501", [5]), ("a.py", "F401", [2, 9]), ("b.py", "F401", [1])]


def test_tests_belong_together_by_file_and_by_whether_they_answer() -> None:
    tests = seen(
        red("tests/test_a.py::one"),
        red("tests/test_a.py::two"),
        failures=("tests/test_a.py::collection",),
        name="pytest",
        runs_tests=True,
    )
    assert [(one.kind, len(one.sightings)) for one in group(tests)] == [
        (GroupKind.RED_TESTS, 2),
        (GroupKind.UNFIT_TESTS, 1),
    ]


@given(st.text(), st.text(), st.text())
def test_any_group_has_a_task_id_with_room_for_a_number(
    check: str, path: str, subject: str
) -> None:
    slug = GroupKey(
        *(text.encode("utf-8", "backslashreplace").decode() for text in (check, path, subject))
    ).slug
    assert parse_task_id(f"{slug}-1234567")


def test_a_task_id_can_be_read() -> None:
    slug = GroupKey("ruff", "src/big module.py", "F401").slug
    assert slug.startswith("scan-ruff-f401-big-module-")


def test_groups_whose_names_read_alike_have_different_ids() -> None:
    assert GroupKey("ruff", "a/x.py", "F401").slug != GroupKey("ruff", "b/x.py", "F401").slug


def test_a_large_group_comes_in_portions_that_hold_everything_once() -> None:
    ids = [str(number) for number in range(45)]
    portions = list(chunks(ids))
    assert [len(portion) for portion in portions] == [20, 20, 5]
    assert [one for portion in portions for one in portion] == ids
