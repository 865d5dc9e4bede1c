"""The file of known findings."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.discovery.baseline import read_baseline, write_baseline
from engine.domain.errors import ConfigError


@given(st.frozensets(st.text(st.characters(exclude_categories=["Cs"]))))
def test_what_was_accepted_is_known(ids: frozenset[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "b.json")
        write_baseline(path, ids)
        assert read_baseline(path) == ids


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "none.json") == frozenset()


def test_each_finding_has_its_line_in_sorted_order(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    write_baseline(path, ["b", "a\n", "c"])
    lines = path.read_text().splitlines()
    assert [line.strip(" ,") for line in lines[3:-2]] == ['"a\\n"', '"b"', '"c"']


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"version": 2}', '{"version": 1, "findings": [1]}', "[" * 100_000]
)
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"b\.json"):
        read_baseline(path)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_baseline(tmp_path / "file" / "b.json", ["a"])
