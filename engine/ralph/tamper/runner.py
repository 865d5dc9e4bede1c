"""What would run in the place of the test runner, of the standard library, or of the product."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

from engine.domain.change import FileChange
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_source import shape, tree_of
from engine.ralph.tamper.python_units import bindings_of

_STARTED_BY_PYTHON = frozenset({"sitecustomize", "usercustomize"})
_RUNNERS = frozenset(
    {
        "pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "exceptiongroup",
        "tomli", "xdist", "execnet", "pytest_asyncio", "pytest_timeout", "pytest_cov", "coverage",
        "hypothesis", "ruff", "mypy", "mypyc", "mypy_extensions", "typing_extensions", "pathspec",
        "aio_pytest_launch", "aio_pytest_mark", "aio_pytest_record", "colorama", "pylint", "flake8",
        "nose", "tox", "nox",
    }
)  # fmt: skip
_NOT_SHADOWING = frozenset({"test", "tests", "this", "antigravity", "idlelib", "turtledemo"})
_ROOTS = frozenset({"", "src", "lib", "python"})
_CODE_SUFFIXES = (".py", ".pyc", ".so", ".pyd", ".pyi")
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_FOR_PYTHON = (".pth", ".egg-link", ".pyc", ".pyo", ".egg", ".whl")


def the_runner_is_not_shadowed(evidence: Evidence) -> Iterator[Ground]:
    """No new module is imported in the place of the runner, the standard library or the product."""
    own = _own_packages(evidence)
    there = evidence.files_at_base | {c.path for c in evidence.changes if c.after is not None}
    for change in evidence.changes:
        if change.after is None:
            continue
        what = _shadow(change, own, there) or _foreign_name(change, evidence)
        if what:
            yield objection("runner-shadowed", what, path=change.path)


def _shadow(change: FileChange, own: frozenset[str], there: frozenset[str]) -> str:
    path = PurePosixPath(change.path)
    if path.name.endswith(_FOR_PYTHON):
        return "Python would run or import this unseen"
    if _INSTALLED.intersection(path.parts[:-1]):
        return "installed packages were put into the repository"
    module = _module(path)
    if module is None:
        return ""
    name, folder = module
    if name in _STARTED_BY_PYTHON:
        return "Python would run this before anything else"
    if change.before is not None and not _was_empty(change):
        return ""
    is_root = folder in _ROOTS or is_test_file(f"{folder}/x")
    if name in _RUNNERS and (
        is_root or name in ("pytest", "_pytest", "pluggy", "iniconfig", "ruff")
    ):
        return f"this would be imported in the place of {name}"
    if not is_root:
        return ""
    if name in sys.stdlib_module_names and name not in _NOT_SHADOWING:
        return f"this would be imported in the place of {name} of the standard library"
    if name in own and _is_importable(folder, there) and not _is_own(path, folder, own, there):
        return f"this would be imported in the place of the product's own {name}"
    return ""


def _foreign_name(change: FileChange, evidence: Evidence) -> str:
    """A stub that is read in the place of a module, or a module in the place of a library."""
    path = PurePosixPath(change.path)
    is_new_stub = change.before is None and path.suffix == ".pyi"
    if is_new_stub and str(path.with_suffix(".py")) in evidence.files_at_base:
        return "type checkers would read this in the place of the module beside it"
    module = _module(path)
    if change.before is not None or module is None or module[1] not in _ROOTS:
        return ""
    name = module[0]
    is_own = name in _own_packages(evidence)
    return f"tests import another {name}" if not is_own and name in _imported(evidence) else ""


def _imported(evidence: Evidence) -> frozenset[str]:
    """Names of modules that tests of the base commit import."""
    return frozenset(
        thing.partition(":")[0].partition(".")[0]
        for content in evidence.test_sources.values()
        for things in bindings_of(tree_of(content)).values()
        for thing in things
    )


def _was_empty(change: FileChange) -> bool:
    return not (change.before or b"").strip() and bool(shape(tree_of(change.after).body) != "[]")


def _module(path: PurePosixPath) -> tuple[str, str] | None:
    """Name by which the file would be imported from its folder, and that folder; None: not."""
    if not path.name.endswith(_CODE_SUFFIXES):
        return None
    stem = path.name.partition(".")[0]
    place = path.parent
    if stem == "__init__":
        if not place.name:
            return None
        stem, place = place.name, place.parent
    return stem, "" if str(place) == "." else str(place)


def _own_packages(evidence: Evidence) -> frozenset[str]:
    """Names by which the product's modules are imported, at the base commit."""
    found = set()
    for file in evidence.files_at_base:
        path = PurePosixPath(file)
        if is_test_file(file) or path.suffix != ".py":
            continue
        parts = path.with_suffix("").parts
        parts = parts[1:] if parts[0] in _ROOTS and len(parts) > 1 else parts
        found.add(parts[0])
    return frozenset(found)


def _is_importable(folder: str, there: frozenset[str]) -> bool:
    """Whether the folder is no package itself, so that pytest makes it a place to import from."""
    return f"{folder}/__init__.py" not in there


def _is_own(path: PurePosixPath, folder: str, own: frozenset[str], there: frozenset[str]) -> bool:
    """Whether the file stands where the product of that name stands."""
    if is_test_file(str(path)) and folder not in _ROOTS:
        return False
    name = path.parent.name if path.stem == "__init__" else path.stem
    at_home = f"{folder}/{name}".lstrip("/")
    elsewhere = [
        file
        for file in there
        if file.endswith(".py")
        and not is_test_file(file)
        and file != str(path)
        and any(file.startswith(f"{root}/{name}/".lstrip("/")) for root in _ROOTS)
    ]
    return not elsewhere or any(file.startswith(f"{at_home}/") for file in elsewhere)
