"""What decides how checks behave stays, or becomes stricter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import PurePosixPath

from engine.domain.change import FileChange
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import (
    is_build_server_file,
    is_check_config,
    is_conftest,
    is_packaging_file,
    is_test_file,
)
from engine.ralph.tamper.config_values import Values, differing, is_same_yaml, values_of
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_source import parse, shape

_SAFE_TABLES = frozenset(
    {"project", "build-system", "metadata", "options", "bdist_wheel", "egg_info", "sdist",
     "dependency-groups", "options.package_data", "options.packages.find", "upload",
     "options.extras_require", "options.data_files", "build_ext", "build_sphinx"}
)  # fmt: skip
_SAFE_TOOLS = frozenset(
    {"setuptools", "setuptools_scm", "setuptools-scm", "flit", "uv", "cibuildwheel", "commitizen",
     "bumpversion", "bumpver", "towncrier", "semantic_release", "maturin", "scikit-build", "mkdocs",
     "versioneer", "hatch.build", "hatch.version", "hatch.metadata", "pdm.build", "pdm.version",
     "pdm.dev-dependencies", "poetry", "typos", "briefcase", "check-manifest", "black", "pip-tools",
     "dynamic", "poetry-dynamic-versioning", "pixi.dependencies", "deptry", "djlint", "changelog"}
)  # fmt: skip
_PLUGS_INTO_PYTEST = ("pytest11",)
_NAMES_PROGRAMS = frozenset({"scripts", "gui-scripts", "entry-points", "script-files"})
_PROGRAMS_OF_CHECKS = frozenset({"pytest", "py.test", "ruff", "mypy", "python", "python3", "make",
                                 "tox", "nox", "coverage", "pylint", "flake8"})  # fmt: skip
_LOOK_AT_FILES = frozenset(
    {"pytest", "py.test", "ruff", "mypy", "pylint", "flake8", "eslint", "tsc", "vitest"}
)
_MAY_GROW = frozenset({"fail_under", "fail-under", "cov-fail-under", "min-similarity-lines"})
_MAY_BECOME_TRUE = frozenset(
    {"strict", "strict_markers", "strict_config", "xfail_strict", "branch", "check_untyped_defs",
     "disallow_any_generics", "disallow_incomplete_defs", "disallow_untyped_calls",
     "disallow_untyped_decorators", "disallow_untyped_defs", "no_implicit_optional",
     "no_implicit_reexport", "strict_equality", "warn_redundant_casts", "warn_return_any",
     "warn_unreachable", "warn_unused_configs", "warn_unused_ignores", "extra_checks"}
)  # fmt: skip
_MAY_GET_MORE = frozenset({"select", "extend-select", "enable_error_code", "markers", "testpaths"})
_VARIABLES_OF_CHECKS = ("PYTEST_", "PYTHON", "COVERAGE_", "RUFF_", "MYPY", "AIO_")
_HIDES_FILES = ("export-ignore", "-diff", "binary", "filter=", "linguist-generated", "merge=",
                "-text", "diff=")  # fmt: skip

_WORD = re.compile(r"\w+")
_ENVIRONMENT = re.compile(r"(?:[^\s,{}]|\{[^}]*\})+")
_MOST_ENVIRONMENTS = 2000
_PYTHONS = re.compile(r"py\d*|pypy\d*|cpython|[\d.]+")
_BINARY = re.compile(
    r"\*\.(png|jpe?g|gif|ico|webp|bmp|tiff?|pdf|zip|gz|bz2|xz|woff2?|ttf|otf|eot|mp[34]|wav|ogg|webm"
    r"|docx|xlsx|pptx|lock|ipynb|parquet|npz|npy)",
    re.IGNORECASE,
)


def configuration_is_as_strict(evidence: Evidence) -> Iterator[Ground]:
    """Thresholds, selections, options and exclusions of checks stay or become stricter;
    dependencies, versions and what other tools are told may change.
    """
    for change in evidence.changes:
        if change.path.startswith(".aibrain/"):
            yield _ground(change, "this is the engine's own configuration and memory")
        elif _is_yaml(change.path) and is_same_yaml(change.before, change.after):
            continue
        elif is_build_server_file(change.path):
            message = "this says what the build server runs or who reviews"
            yield objection("ci-edited", message, path=change.path)
        elif is_check_config(change.path) and not is_conftest(change.path):
            yield from (_ground(change, what) for what in _weaker(change))
        elif _is_program_of_a_check(change, evidence):
            yield _ground(change, "a check runs this file")
        elif PurePosixPath(change.path).name.startswith(".env"):
            yield from (_ground(change, what) for what in _variables(change))
        elif PurePosixPath(change.path).name == ".gitattributes":
            yield from (_ground(change, what) for what in _hidden(change))


def _is_program_of_a_check(change: FileChange, evidence: Evidence) -> bool:
    """A test that a command names is judged as what it is, by other rules."""
    was_there = change.before is not None and not is_test_file(change.path)
    return was_there and _is_run_by_a_check(change.path, evidence)


def _is_yaml(path: str) -> bool:
    return path.lower().endswith((".yml", ".yaml"))


def _ground(change: FileChange, what: str) -> Ground:
    return objection("check-config-edited", what, path=change.path)


def _weaker(change: FileChange) -> Iterator[str]:
    if change.path.endswith(".py"):
        if change.before is None or not _says_the_same(change):
            yield "what runs the checks was edited"
        return
    if change.before is None and not is_packaging_file(change.path):
        yield "a new configuration of checks"
        return
    before, after = values_of(change.path, change.before), values_of(change.path, change.after)
    is_packaging = is_packaging_file(change.path)
    if before is None or after is None or (change.after is None and not is_packaging):
        yield "this configuration was removed, or cannot be read and compared"
        return
    for path, was, now in differing(before, after):
        is_own = _adds_an_environment(path, was, now, before)
        if not is_own and not _may_differ(path, was, now, is_packaging=is_packaging):
            yield f"{'.'.join(path)} was {_told(was)} and is {_told(now)}"


def _says_the_same(change: FileChange) -> bool:
    before, after = parse(change.before or b""), parse(change.after or b"")
    return before is not None and after is not None and shape(before) == shape(after)


def _told(value: object) -> str:
    return "not set" if value is None else str(value)[:120]


def _may_differ(path: tuple[str, ...], was: object, now: object, *, is_packaging: bool) -> bool:
    if any(part in _PLUGS_INTO_PYTEST for part in path) or "pytest11" in str(now):
        return False
    if is_packaging and _is_about_packaging(path):
        names_a_program = bool(_NAMES_PROGRAMS.intersection(path))
        takes_a_name = names_a_program and bool(_PROGRAMS_OF_CHECKS.intersection(path))
        return not takes_a_name and "backend-path" not in path
    return _is_stricter(path[-1] if path else "", was, now)


def _adds_an_environment(path: tuple[str, ...], was: object, now: object, before: Values) -> bool:
    """Whether tox gets one environment more, which is none that it had."""
    known = {name for key, value in before.items() if _is_list_of_environments(key)
             for name in _environments(value)}  # fmt: skip
    if _is_list_of_environments(path):
        return was is not None and _environments(was) <= _environments(now)
    name = path[0].removeprefix("testenv:")
    is_new = path[0].startswith("testenv:") and not any(key[0] == path[0] for key in before)
    words = _WORD.findall(name)
    of_known = {word for one in known for word in _WORD.findall(one)}
    return is_new and not of_known & set(words) and not any(map(_PYTHONS.fullmatch, words))


def _environments(value: object) -> frozenset[str]:
    """Names in a list of environments; `py{311,312}` is two."""
    text = " ".join(value) if isinstance(value, list) else str(value or "")
    found: list[str] = []
    waiting = _ENVIRONMENT.findall(text)[:200]
    while waiting and len(found) < _MOST_ENVIRONMENTS:
        head, brace, rest = waiting.pop().partition("{")
        choices, _, tail = rest.partition("}")
        if brace:
            waiting += [f"{head}{choice.strip()}{tail}" for choice in choices.split(",")]
        else:
            found.append(head)
    return frozenset(found)


def _is_list_of_environments(path: tuple[str, ...]) -> bool:
    return path[0] == "tox" and path[-1] in ("envlist", "env_list")


def _is_about_packaging(path: tuple[str, ...]) -> bool:
    if path[0] != "tool":
        return path[0] in _SAFE_TABLES or path[0].startswith("options.")
    return path[1] in _SAFE_TOOLS or ".".join(path[1:3]) in _SAFE_TOOLS


def _is_stricter(key: str, was: object, now: object) -> bool:
    if key in _MAY_GROW:
        return _is_number(now) and (was is None or (_is_number(was) and now >= was))  # type: ignore[operator]
    if key in _MAY_BECOME_TRUE:
        return now is True
    if key in _MAY_GET_MORE and isinstance(was, list) and isinstance(now, list):
        return all(item in now for item in was)
    return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_run_by_a_check(path: str, evidence: Evidence) -> bool:
    """Whether a check's command names the file to run it, or is `make` and the file a makefile.
    What comes after the name of a linter or test runner is looked at by it, not run.
    """
    for report in evidence.reports:
        words = [word.removeprefix("./") for word in report.result.command]
        run = takewhile(lambda word: PurePosixPath(word).name not in _LOOK_AT_FILES, words)
        if any(word == path or word.endswith(f"/{path}") for word in run):
            return True
        is_make = any(word.rsplit("/", 1)[-1] in ("make", "gmake", "just") for word in words)
        if is_make and PurePosixPath(path).name.lower() in ("makefile", "gnumakefile", "justfile"):
            return True
    return False


def _variables(change: FileChange) -> Iterator[str]:
    known = _lines(change.before)
    for line in _lines(change.after):
        if line not in known and any(word in line for word in _VARIABLES_OF_CHECKS):
            yield f"a variable of a check is set: {line}"


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines()


def _hidden(change: FileChange) -> Iterator[str]:
    known = _lines(change.before)
    for line in _lines(change.after):
        if line in known or _BINARY.fullmatch(line.strip().partition(" ")[0]):
            continue
        if any(word in line.split() or _starts(line, word) for word in _HIDES_FILES):
            yield f"files are hidden from review: {line}"


def _starts(line: str, word: str) -> bool:
    return word.endswith("=") and any(part.startswith(word) for part in line.split())
