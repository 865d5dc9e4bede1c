"""Which paths hold tests, and which decide how checks behave."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_TEST_FILE = re.compile(
    r"(test_.*|.*_test|tests?)\.py|conftest\.py|.*\.(test|spec)\.[cm]?[jt]sx?", re.IGNORECASE
)
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "__tests__", "__snapshots__"})

_CONFIG_NAMES = frozenset(
    {
        "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "setup.cfg",
        "pyproject.toml", "conftest.py", "ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini",
        ".coveragerc", ".flake8", "noxfile.py",
    }
)  # fmt: skip
_SHADOWS = frozenset({"sitecustomize.py", "usercustomize.py", "pytest.py", "ruff.py"})
_SHADOW_FOLDERS = frozenset({"pytest", "_pytest", "ruff"})
_SHARED_WITH_PACKAGING = frozenset({"pyproject.toml", "setup.cfg"})


def is_test_file(path: str) -> bool:
    """Whether the path (relative, with `/`) is a test, its data or its fixtures."""
    parts = PurePosixPath(path).parts
    if not parts:
        return False
    return bool(_TEST_FILE.fullmatch(parts[-1])) or bool(_TEST_FOLDERS.intersection(parts[:-1]))


def is_check_config(path: str) -> bool:
    """Whether the path can change how a check behaves: its configuration, the engine's own, or a
    module that takes the place of the test runner.
    """
    parts = PurePosixPath(path).parts
    if not parts:
        return False
    name = parts[-1]
    return (
        name in _CONFIG_NAMES
        or name in _SHADOWS
        or name.endswith(".pth")
        or bool(_SHADOW_FOLDERS.intersection(parts[:1]))
        or parts[0] == ".aibrain"
        or parts[:2] == (".github", "workflows")
    )


def is_run_before_tests(path: str) -> bool:
    """Whether the path is a package file among tests: importing one of them runs it first."""
    return PurePosixPath(path).name == "__init__.py" and is_test_file(path)


def is_packaging_file(path: str) -> bool:
    """Whether the path is check configuration that also says what a package needs."""
    return PurePosixPath(path).name in _SHARED_WITH_PACKAGING
