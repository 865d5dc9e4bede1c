"""Which paths hold tests, and which decide how checks behave."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from engine.domain.change import FileChange

_TEST_FILE = re.compile(
    r"(test_.*|.*_test|tests?)\.py|conftest\.py|.*\.(test|spec)\.[cm]?[jt]sx?", re.IGNORECASE
)
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "__tests__", "__snapshots__"})
_SUPPORT_FOLDER = "testing"

_KINDS_OF_CODE = (
    (".py",),
    (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"),
)

_CONFIG_NAMES = frozenset(
    {
        "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "tox.toml",
        "setup.cfg", "pyproject.toml", "conftest.py", "ruff.toml", ".ruff.toml", "mypy.ini",
        ".mypy.ini", ".coveragerc", ".flake8", "noxfile.py", "pyrightconfig.json", ".pylintrc",
        "pylintrc", ".bandit", ".isort.cfg", ".importlinter", ".pre-commit-config.yaml",
        "lefthook.yml", "codecov.yml", ".codecov.yml", ".codeclimate.yml",
        "sonar-project.properties",
    }
)  # fmt: skip
_CI_NAMES = frozenset(
    {
        ".gitlab-ci.yml", "azure-pipelines.yml", "jenkinsfile", ".travis.yml", "appveyor.yml",
        ".appveyor.yml", ".drone.yml", ".cirrus.yml", "bitbucket-pipelines.yml",
        ".woodpecker.yml", "buildspec.yml", "cloudbuild.yaml", "codeowners",
    }
)  # fmt: skip
_CI_FOLDERS = (
    (".github", "workflows"), (".github", "actions"), (".gitlab",), (".circleci",), (".buildkite",),
    (".woodpecker",), (".husky",), (".githooks",), (".git-hooks",), (".azure-pipelines",),
)  # fmt: skip
_SHADOWS = frozenset({"sitecustomize.py", "usercustomize.py", "pytest.py", "ruff.py"})
_SHADOW_FOLDERS = frozenset({"pytest", "_pytest", "ruff"})
_SHARED_WITH_PACKAGING = frozenset({"pyproject.toml", "setup.cfg"})


def is_test_file(path: str) -> bool:
    """Whether the path (relative, with `/`) is a test, its data or its fixtures."""
    parts = PurePosixPath(path).parts
    if not parts:
        return False
    if is_test_support(path):
        return False
    return bool(_TEST_FILE.fullmatch(parts[-1])) or bool(_TEST_FOLDERS.intersection(parts[:-1]))


def is_test_support(path: str) -> bool:
    """Whether the path is Python that a product ships for the tests of its users, such as
    `shop/testing/fakes.py`: a part of the product that speaks of tests.
    """
    parts = PurePosixPath(path).parts
    folders = parts[:-1]
    return (
        path.endswith((".py", ".pyi"))
        and _SUPPORT_FOLDER in folders[1:]
        and not (_TEST_FOLDERS - {_SUPPORT_FOLDER}).intersection(folders)
        and not _TEST_FILE.fullmatch(parts[-1])
    )


def asking_tests(paths: Iterable[str], changes: Collection[FileChange]) -> frozenset[str]:
    """Those of the paths whose text tells what the change is asked by tests: of Python if it has
    Python, of TypeScript and JavaScript if it has such.
    """
    changed = [change.path for change in changes]
    asked = [kind for kind in _KINDS_OF_CODE if any(path.endswith(kind) for path in changed)]
    return frozenset(
        path for path in paths if is_test_file(path) and any(map(path.endswith, asked))
    )


def is_check_config(path: str) -> bool:
    """Whether the path can change how a check behaves: its configuration, the engine's own, that of
    the build server, or a module that takes the place of the test runner.
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
        or is_build_server_file(path)
    )


def is_build_server_file(path: str) -> bool:
    """Whether the path says what a build server or a git hook runs, or who has to review."""
    parts = PurePosixPath(path).parts
    is_named = bool(parts) and parts[-1].lower() in _CI_NAMES
    return is_named or any(parts[: len(folder)] == folder for folder in _CI_FOLDERS)


def is_conftest(path: str) -> bool:
    """Whether pytest imports the path for every test below its folder."""
    return PurePosixPath(path).name == "conftest.py"


def is_run_before_tests(path: str) -> bool:
    """Whether the path is a package file among tests: importing one of them runs it first."""
    return PurePosixPath(path).name == "__init__.py" and is_test_file(path)


def is_packaging_file(path: str) -> bool:
    """Whether the path is check configuration that also says what a package needs."""
    return PurePosixPath(path).name in _SHARED_WITH_PACKAGING
