"""Which checks a repository has, judged by its files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from engine.checks.node.detection import detect_node
from engine.checks.node.packages import PRUNED
from engine.domain.settings import CheckSettings

_TEST_FILE = re.compile(r"(test_.*|.*_test)\.py")
_RUFF_TABLE = re.compile(r"^\s*\[tool\.ruff[.\]]", re.MULTILINE)
_MYPY_SECTIONS = {
    "pyproject.toml": re.compile(r"^\s*\[tool\.mypy\]", re.MULTILINE),
    "setup.cfg": re.compile(r"^\[mypy\]", re.MULTILINE),
}
_PYTEST_SECTIONS = {
    "pyproject.toml": re.compile(r"^\s*\[tool\.pytest[.\]]", re.MULTILINE),
    "tox.ini": re.compile(r"^\[pytest\]", re.MULTILINE),
    "setup.cfg": re.compile(r"^\[tool:pytest\]", re.MULTILINE),
}
_PYTEST_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")


def detect(tree: Path) -> tuple[CheckSettings, ...]:
    """Checks that fit the files in `tree`: pytest and Vitest where there are tests, ruff, mypy,
    ESLint and tsc where they are configured; in JavaScript one per package. Empty: none was
    recognised. Whether the tools are installed is another question.
    """
    checks = []
    files = tuple(_files(tree))
    if any(_TEST_FILE.fullmatch(file.name) for file in files):
        checks.append(CheckSettings(name="pytest", kind="pytest"))
    if has_ruff_settings(tree):
        checks.append(CheckSettings(name="ruff", kind="ruff"))
    if has_mypy_settings(tree):
        checks.append(CheckSettings(name="mypy", kind="mypy"))
    return (*checks, *detect_node(tree, files))


def has_ruff_settings(tree: Path) -> bool:
    """Whether the tree's top folder configures ruff."""
    if any((tree / name).is_file() for name in ("ruff.toml", ".ruff.toml")):
        return True
    return bool(_RUFF_TABLE.search(_text(tree / "pyproject.toml")))


def has_mypy_settings(tree: Path) -> bool:
    """Whether the tree's top folder configures mypy."""
    if any((tree / name).is_file() for name in ("mypy.ini", ".mypy.ini")):
        return True
    return any(section.search(_text(tree / name)) for name, section in _MYPY_SECTIONS.items())


def has_pytest_settings(tree: Path) -> bool:
    """Whether the tree's top folder configures pytest. If not, pytest looks in the folders above,
    which belong to somebody else.
    """
    if any((tree / name).is_file() for name in _PYTEST_FILES):
        return True
    return any(section.search(_text(tree / name)) for name, section in _PYTEST_SECTIONS.items())


def _files(tree: Path) -> Iterator[PurePosixPath]:
    """The project's own files, relative to the tree."""
    for where, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name[0] != "." and name not in PRUNED]
        here = PurePosixPath(Path(where).relative_to(tree).as_posix())
        yield from (here / name for name in files)


def _text(path: Path) -> str:
    """The file's text; empty if there is none that can be read."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
