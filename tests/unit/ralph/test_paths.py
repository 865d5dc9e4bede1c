"""What counts as a test, and what as configuration of checks."""

from __future__ import annotations

import pytest

from engine.ralph.paths import is_check_config, is_test_file


@pytest.mark.parametrize(
    "path",
    [
        "test_m.py", "m_test.py", "tests/test_m.py", "tests/data/case.json", "conftest.py",
        "pkg/tests/fixtures.py", "pkg/test.py", "web/m.test.ts", "web/m.spec.tsx",
        "web/__tests__/m.js", "web/__snapshots__/m.snap",
    ],
)  # fmt: skip
def test_path_holds_tests(path: str) -> None:
    assert is_test_file(path)


@pytest.mark.parametrize("path", ["", "src/m.py", "contest.py", "src/testament.py", "latest.ts"])
def test_path_holds_no_tests(path: str) -> None:
    assert not is_test_file(path)


@pytest.mark.parametrize(
    "path",
    [
        "pyproject.toml", "pkg/pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "ruff.toml",
        "mypy.ini", ".coveragerc", "tests/conftest.py", "sitecustomize.py", "src/usercustomize.py",
        "pytest.py", "pytest/__init__.py", "_pytest/main.py", "x.pth", ".aibrain/contracts/a.yaml",
        ".github/workflows/ci.yml",
    ],
)  # fmt: skip
def test_path_decides_how_checks_behave(path: str) -> None:
    assert is_check_config(path)


@pytest.mark.parametrize("path", ["", "src/m.py", "docs/pytest.md", "src/config.py", "README.md"])
def test_path_decides_nothing(path: str) -> None:
    assert not is_check_config(path)
