"""What a test can be asked for by."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checks.probe import aio_pytest_mark
from engine.checks.pytest_selection import Selection, names_of, select
from tests.support.repos import write_files

TEST = "tests/inner/test_a.py::TestX::test_n[a/b::c[d]]"


def test_test_is_known_by_its_function_its_classes_its_file_and_its_folders() -> None:
    assert set(names_of(TEST)) == {
        TEST,
        "tests/inner/test_a.py::TestX::test_n",
        "tests/inner/test_a.py::TestX",
        "tests/inner/test_a.py",
        "tests/inner",
        "tests",
        ".",
    }


@given(st.text("a/:[].", max_size=20))
def test_probe_and_engine_know_a_test_by_the_same_names(test: str) -> None:
    assert set(aio_pytest_mark._names(test)) == set(names_of(test))


@pytest.mark.parametrize("outside", ["../a.py", "/etc/passwd", "x/../../a.py", "..", "no.py", ""])
def test_what_is_not_in_the_tree_is_missing(tmp_path: Path, outside: str) -> None:
    write_files(tmp_path, {"a.py": "", "tree/b.py": ""})
    selection = select(tmp_path / "tree", ("b.py", outside))
    assert (selection.names, selection.missing) == (("b.py",), (outside,))


def test_nothing_that_is_ignored_is_collected() -> None:
    selection = Selection(names=("a/b.py::test", "a/c.py", "d.py"), missing=())
    assert selection.without(("a/b.py",)).paths == ("a/c.py", "d.py")
    assert selection.without(("a",)).names == ("d.py",)
