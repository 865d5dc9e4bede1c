"""Where the target's code is imported from."""

from __future__ import annotations

import os
from pathlib import Path

from engine.checks.environment import find_ruff, tree_environment


def test_tree_comes_before_everything_that_is_installed(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    folders = tree_environment("/env/bin/python", tmp_path, Path("/probe"))["PYTHONPATH"]
    assert folders.split(os.pathsep) == ["/probe", str(tmp_path / "src"), str(tmp_path)]


def test_tree_without_a_source_folder_is_alone(tmp_path: Path) -> None:
    assert tree_environment("python3", tmp_path)["PYTHONPATH"] == str(tmp_path)


def test_programs_of_the_targets_environment_come_first(tmp_path: Path) -> None:
    path = tree_environment("/env/bin/python", tmp_path)["PATH"]
    assert path.split(os.pathsep)[0] == "/env/bin"
    assert "PATH" not in tree_environment("python3", tmp_path)


def test_ruff_beside_the_targets_interpreter_is_preferred(tmp_path: Path) -> None:
    own = tmp_path / "ruff"
    own.touch()
    assert find_ruff(str(tmp_path / "python")) == str(own)
    assert find_ruff(str(tmp_path / "elsewhere" / "python")) != str(own)
