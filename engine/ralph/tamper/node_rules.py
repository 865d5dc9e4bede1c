"""Rules about the files that configure Node's tools and take their place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from engine.domain.change import FileChange
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.node_compiler import looser_compiler
from engine.ralph.tamper.node_json import UnreadableJsonError, read_object
from engine.ralph.tamper.node_lock import changed_tools
from engine.ralph.tamper.node_manifest import weaker_manifest
from engine.ralph.tamper.node_names import (
    LOCK_FILES,
    folder_of,
    is_compiler_config,
    is_lint_config,
    is_package_config,
    is_runner_config,
    name_of,
)
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.typescript_source import is_installed, is_script, parse, tokens

_RULE = "check-config-edited"
_Compare = Callable[[Mapping[str, object], Mapping[str, object]], Iterator[str]]


def node_packages_keep_their_checks(evidence: Evidence) -> Iterator[Ground]:
    """package.json keeps the scripts, settings and tools that the checks rest on."""
    for change in evidence.changes:
        if name_of(change.path) != "package.json" or is_installed(change.path):
            continue
        if change.after is None:
            if change.before is not None and not _is_gone(folder_of(change.path), evidence):
                yield objection(_RULE, "a package.json was removed", path=change.path)
            continue
        try:
            before, after = read_object(change.before), read_object(change.after)
        except UnreadableJsonError:
            yield _unreadable(change)
            continue
        for rule, message in weaker_manifest(before, after or {}):
            yield objection(rule, message, path=change.path)


def compilers_stay_strict(evidence: Evidence) -> Iterator[Ground]:
    """tsconfig.json checks all files that it checked, as strictly as it did."""
    for change in evidence.changes:
        if is_compiler_config(change.path) and not is_installed(change.path):
            yield from _compared(change, evidence, looser_compiler)


def node_tools_keep_their_settings(evidence: Evidence) -> Iterator[Ground]:
    """The configuration of Vitest, Jest, ESLint, Turborepo and package managers stays."""
    for change in evidence.changes:
        if is_installed(change.path):
            continue
        if name_of(change.path) == "turbo.json":
            yield from _compared(change, evidence, _changed_tasks)
        elif is_package_config(change.path) or _sets_variables_for_tests(change):
            message = "a file that decides what tools run was changed"
            yield objection(_RULE, message, path=change.path)
        elif _configures_check(change.path) and not (
            _says_the_same(change) or _is_of_new_package(change, evidence)
        ):
            message = "a file that decides how checks behave was changed"
            yield objection(_RULE, message, path=change.path)


def _configures_check(path: str) -> bool:
    return is_runner_config(path) or is_lint_config(path)


def node_tools_are_themselves(evidence: Evidence) -> Iterator[Ground]:
    """Nothing is put in the place of a tool, and no lock file changes by itself."""
    has_manifest = any(name_of(change.path) == "package.json" for change in evidence.changes)
    installed = next((c.path for c in evidence.changes if is_installed(c.path)), "")
    if installed:
        message = "installed packages were put into the repository"
        yield objection("runner-shadowed", message, path=installed)
    for change in evidence.changes:
        parts = change.path.split("/")
        if is_installed(change.path):
            continue
        if name_of(change.path) in LOCK_FILES:
            yield from _lock(change, has_manifest=has_manifest)
        elif "patches" in parts[:-1] or ".yarn" in parts[:-1]:
            message = "a package would be patched when it is installed"
            yield objection("check-tool-changed", message, path=change.path)


def _lock(change: FileChange, *, has_manifest: bool) -> Iterator[Ground]:
    if not has_manifest and change.before is not None:
        message = "the lock file was changed and no package.json was"
        yield objection("check-tool-changed", message, path=change.path)
        return
    for name in changed_tools(change.before, change.after):
        message = f"the lock file has another '{name}'"
        yield objection("check-tool-changed", message, path=change.path)


def _compared(change: FileChange, evidence: Evidence, compare: _Compare) -> Iterator[Ground]:
    if change.after is None:
        if not _is_gone(folder_of(change.path), evidence):
            yield objection(_RULE, "was removed", path=change.path)
        return
    if change.before is None and _is_of_new_package(change, evidence):
        return
    if change.is_cut or change.is_link:
        yield _unreadable(change)
        return
    try:
        before, after = read_object(change.before), read_object(change.after)
    except UnreadableJsonError:
        yield _unreadable(change)
        return
    if before is None:
        if name_of(change.path) in ("tsconfig.json", "jsconfig.json", "turbo.json"):
            message = "takes over from the configuration that held here before"
            yield objection(_RULE, message, path=change.path)
        return
    for message in compare(before, after or {}):
        yield objection(_RULE, message, path=change.path)


def _changed_tasks(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for table in ("tasks", "pipeline"):
        was, now = before.get(table), after.get(table)
        old = was if isinstance(was, dict) else {}
        new = now if isinstance(now, dict) else {}
        for task in sorted(old):
            if json.dumps(old[task], sort_keys=True) != json.dumps(new.get(task), sort_keys=True):
                yield f"task '{task}' was changed"
        for task in sorted(new.keys() - old.keys()):
            if "#" in task or task.startswith("//"):
                yield f"task '{task}' takes over from the one of all packages"
    for name in sorted((before.keys() | after.keys()) - {"tasks", "pipeline", "$schema", "ui"}):
        if before.get(name) != after.get(name):
            yield f"'{name}' was changed"


def _says_the_same(change: FileChange) -> bool:
    if change.before is None or change.after is None or change.is_cut or change.is_link:
        return False
    if not is_script(change.path):
        return change.before.split() == change.after.split()
    before, after = parse(change.path, change.before), parse(change.path, change.after)
    return tokens(before) == tokens(after) and not (after and after.has_error)


def _sets_variables_for_tests(change: FileChange) -> bool:
    """Whether Node or, as Vite does with `.env.test`, only tests are given other variables."""
    name = name_of(change.path)
    return name.startswith(".env") and (
        b"NODE_OPTIONS" in (change.after or b"") or "test" in name.split(".")
    )


def _is_of_new_package(change: FileChange, evidence: Evidence) -> bool:
    """Whether it is new, and beside a new package.json in a folder where nothing was before."""
    folder = folder_of(change.path)
    here = [other for other in evidence.changes if _is_below(other.path, folder)]
    was_there = {other.path for other in here if other.before is not None}
    was_there |= {path for path in evidence.base_test_files if _is_below(path, folder)}
    was_there |= {
        failure
        for check in evidence.baseline.checks.values()
        for failure in (*check.failures, *check.tests)
        if _is_below(failure, folder)
    }
    manifest = f"{folder}/package.json"
    return bool(folder) and not was_there and any(other.path == manifest for other in here)


def _is_gone(folder: str, evidence: Evidence) -> bool:
    """Whether a folder went away as a whole: no file there is new or edited, no test was there."""
    here = [change for change in evidence.changes if _is_below(change.path, folder)]
    had_tests = any(_is_below(path, folder) for path in evidence.base_test_files)
    return bool(folder) and not had_tests and all(change.after is None for change in here)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def _unreadable(change: FileChange) -> Ground:
    return objection(_RULE, "cannot be read, so nothing is known about it", path=change.path)
