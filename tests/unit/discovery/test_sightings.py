"""Findings of all checks in one form."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.discovery.sighting import check_of, sightings_of
from engine.domain.verdict import Finding
from tests.support.scans import check, finding, red, seen


def test_an_id_outlives_edits_above_its_line() -> None:
    [before] = seen(finding("a.py", 3, message="line 3 is too long (120 > 100)"))
    [after] = seen(finding("a.py", 9, message="line 9 is too long (130 > 100)"))
    assert before.id == after.id


def test_equal_findings_are_told_apart_by_their_number() -> None:
    one = finding("a.py", 3, message="same")
    ids = [sighting.id for sighting in seen(one, replace(one, line=8), one)]
    assert ids == ["ruff a.py:F401:same", "ruff a.py:F401:same#2", "ruff a.py:F401:same#3"]


@given(st.text(min_size=1, max_size=3000), st.text(max_size=200))
def test_ids_are_short_and_can_be_written_down_whatever_a_tool_says(
    message: str, path: str
) -> None:
    strange = Finding(rule="R1", message=message + "\udc80", path=path)
    [sighting] = seen(strange)
    assert len(sighting.id) <= 300
    assert sighting.id.encode()


def test_checks_of_packages_are_not_taken_for_each_other() -> None:
    [whole] = seen(finding("a.ts"), name="eslint")
    [package] = seen(finding("a.ts"), name="eslint:packages/ui")
    assert [check_of(one.id) for one in (whole, package)] == ["eslint", "eslint:packages/ui"]


def test_long_ids_that_begin_alike_stay_different() -> None:
    first, second = seen(
        finding("a.py", message="x" * 500 + "one"), finding("a.py", message="x" * 500 + "two")
    )
    assert first.id != second.id


def test_what_a_check_names_without_a_place_is_read_from_its_id() -> None:
    [sighting] = seen(failures=("src/a.py:F401:`os` imported but unused#2",))
    told = sighting.finding
    assert (told.path, told.rule) == ("src/a.py", "F401")
    assert told.message == "`os` imported but unused#2"


def test_what_has_findings_and_failures_is_seen_once() -> None:
    told = finding("a.py", id="a.py:F401:x")
    assert len(seen(told, failures=("a.py:F401:x",))) == 1


def test_a_failed_command_is_seen_though_it_names_no_file() -> None:
    [sighting] = seen(name="build", failures=("exit-2",))
    assert (sighting.finding.path, sighting.finding.message) == ("", "exit-2")


def test_red_tests_are_their_own_targets_and_uncollected_ones_their_file() -> None:
    failures = ("tests/test_a.py::test_x[1:2]", "tests/test_b.py::collection")
    sightings = seen(name="pytest", runs_tests=True, failures=failures)
    assert [one.target for one in sightings] == [failures[0], "tests/test_b.py"]
    assert [one.finding.rule for one in sightings] == ["test-red", "collection-error"]


def test_a_finding_belongs_to_the_innermost_package() -> None:
    sightings = sightings_of(
        [
            check(finding("packages/ui/deep/a.ts"), name="eslint-ui", folder="packages/ui"),
            check(name="eslint-deep", folder="packages/ui/deep"),
            check(finding("packages/uikit/a.ts"), name="eslint"),
        ]
    )
    assert [one.package for one in sightings] == ["packages/ui/deep", ""]


def test_our_rule_is_silent_where_another_check_says_the_same() -> None:
    ours = [finding("a.py", 3, rule="shell"), finding("a.py", 4, rule="shell")]
    sightings = sightings_of([check(finding("a.py", 3, rule="S602")), check(*ours, name="source")])
    assert [(one.check, one.finding.line) for one in sightings] == [("ruff", 3), ("source", 4)]


def test_a_test_belongs_to_its_own_file_wherever_it_went_wrong() -> None:
    crashed = Finding(
        rule="test-red",
        message="ZeroDivisionError",
        path="../site-packages/lib.py",
        line=7,
        id="tests/test_a.py::test_x",
    )
    [sighting] = seen(crashed, name="pytest", runs_tests=True)
    assert (sighting.path, sighting.target) == ("tests/test_a.py", "tests/test_a.py::test_x")


def test_a_run_that_fails_as_a_whole_names_no_target() -> None:
    [sighting] = seen(name="pytest", runs_tests=True, failures=("exit-3",))
    assert (sighting.is_test, sighting.path, sighting.target) == (True, "", "")


def test_a_remark_that_is_no_failure_makes_no_work() -> None:
    noted = finding("a.py", id="a.py:note:x")
    one = check(noted)
    result = replace(one.report.result, failures=())
    assert sightings_of([replace(one, report=replace(one.report, result=result))]) == []


def test_a_red_test_of_any_check_is_a_test() -> None:
    [sighting] = seen(red("src/a.test.ts::adds"), name="vitest")
    assert sighting.target == "src/a.test.ts::adds"
