"""Which checks a repository has, judged by its files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from engine.domain.settings import CheckSettings

_TEST_FILE = re.compile(r"(test_.*|.*_test)\.py")
_NOT_THE_TARGETS_OWN = frozenset({"venv", "node_modules", "site-packages", "build", "dist"})
_RUFF_TABLE = re.compile(r"^\s*\[tool\.ruff[.\]]", re.MULTILINE)
_PYTEST_SECTIONS = {
    "pyproject.toml": re.compile(r"^\s*\[tool\.pytest[.\]]", re.MULTILINE),
    "tox.ini": re.compile(r"^\[pytest\]", re.MULTILINE),
    "setup.cfg": re.compile(r"^\[tool:pytest\]", re.MULTILINE),
}
_PYTEST_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")


def detect(tree: Path) -> tuple[CheckSettings, ...]:
    """Checks that fit the files in `tree`: pytest where there are tests, ruff where it is
    configured. Empty: none was recognised.
    """
    checks = []
    if any(_TEST_FILE.fullmatch(name) for name in _file_names(tree)):
        checks.append(CheckSettings(name="pytest", kind="pytest"))
    if has_ruff_settings(tree):
        checks.append(CheckSettings(name="ruff", kind="ruff"))
    return tuple(checks)


def has_ruff_settings(tree: Path) -> bool:
    """Whether the tree's top folder configures ruff."""
    if any((tree / name).is_file() for name in ("ruff.toml", ".ruff.toml")):
        return True
    return bool(_RUFF_TABLE.search(_text(tree / "pyproject.toml")))


def has_pytest_settings(tree: Path) -> bool:
    """Whether the tree's top folder configures pytest. If not, pytest looks in the folders above,
    which belong to somebody else.
    """
    if any((tree / name).is_file() for name in _PYTEST_FILES):
        return True
    return any(section.search(_text(tree / name)) for name, section in _PYTEST_SECTIONS.items())


def _file_names(tree: Path) -> Iterator[str]:
    for _, folders, files in os.walk(tree):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in _NOT_THE_TARGETS_OWN
        ]
        yield from files


def _text(path: Path) -> str:
    """The file's text; empty if there is none that can be read."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
