"""From configuration, or from what a repository looks like, to checkers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from engine.checks.detection import detect
from engine.checks.environment import find_mypy, find_python, find_ruff, tree_environment
from engine.checks.node.links import prepare_node
from engine.checks.node.program import bin_folders
from engine.checks.run_pytest import PytestChecker
from engine.checks.run_tool import ToolChecker
from engine.checks.tool import Place, Tool
from engine.checks.tool_run import Surroundings
from engine.checks.tools.command import FORMATS, Command
from engine.checks.tools.eslint import Eslint
from engine.checks.tools.mypy import Mypy
from engine.checks.tools.ruff import Ruff
from engine.checks.tools.tsc import Tsc
from engine.checks.tools.vitest import Vitest
from engine.domain.errors import ConfigError
from engine.domain.settings import CheckSettings, Settings
from engine.ports.checker import Checker
from engine.ports.process import CommandRunner

KINDS = ("pytest", "ruff", "mypy", "eslint", "tsc", "vitest", "command")
_NODE_KINDS = frozenset({"eslint", "tsc", "vitest"})
_FOR_NODE = {"CI": "1", "NO_COLOR": "1"}
"""Tools then neither watch, nor write snapshots that are not there, nor colour their output."""


def build_checkers(
    settings: Settings,
    runner: CommandRunner,
    tree: Path,
    hanging: frozenset[str] = frozenset(),
    *,
    scratch: Path | None = None,
) -> list[Checker]:
    """One checker per configured check, in that order; without configuration per check that fits
    the files in `tree`. They keep what they need for a moment in `scratch`; None: the system's
    temporary folder. Tests that are known to be `hanging` get little time.

    Raises:
        ConfigError: a check has an unknown kind or format, no command, or a name that is taken.
    """
    checks = settings.checks or detect(tree)
    names = [check.name for check in checks]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two checks have the name {name!r}", hint="rename one of them")
    return [_build(check, settings, runner, hanging, scratch) for check in checks]


def tool_of(check: CheckSettings, python: str) -> Tool:
    """What a check of any kind but pytest runs.

    Raises:
        ConfigError: it has an unknown kind or format, or no command.
    """
    match check.kind:
        case "ruff":
            return Ruff(find_ruff(python), check.command)
        case "mypy":
            return Mypy(find_mypy(python), python=python, arguments=check.command)
        case "eslint":
            return Eslint(check.command)
        case "tsc":
            return Tsc(check.command)
        case "vitest":
            return Vitest(check.command)
        case "command":
            return _command(check)
        case _:
            raise ConfigError(
                f"check {check.name!r} is of unknown kind {check.kind!r}",
                hint=f"use one of {', '.join(KINDS)}",
            )


def _command(check: CheckSettings) -> Tool:
    if not check.command:
        raise ConfigError(f"check {check.name!r} has no command", hint="say what to run")
    if check.format not in FORMATS:
        raise ConfigError(
            f"check {check.name!r} has unknown format {check.format!r}",
            hint=f"use one of {', '.join(FORMATS)}",
        )
    return Command(check)


def _build(
    check: CheckSettings,
    settings: Settings,
    runner: CommandRunner,
    hanging: frozenset[str],
    scratch: Path | None,
) -> Checker:
    python = find_python(settings, settings.repo, tool=check.kind)
    if check.kind == "pytest":
        return PytestChecker(
            check,
            runner,
            python=python,
            repo=settings.repo,
            scratch=scratch,
            known_hanging=hanging,
        )
    around = Surroundings(
        runner=runner,
        environment=partial(_environment, check.kind, python),
        prepare=partial(prepare_node, repo=settings.repo.resolve()),
        scratch=scratch,
    )
    return ToolChecker(check, tool_of(check, python), around, hanging)


def _environment(kind: str, python: str, place: Place) -> Mapping[str, str]:
    """The target's own programs come first: those of its packages, then those beside its Python."""
    found = tree_environment(python, place.tree)
    programs = [str(one) for one in bin_folders(place.folder, place.tree) if one.is_dir()]
    path = found.get("PATH") or os.environ.get("PATH", os.defpath)
    more = _FOR_NODE if kind in _NODE_KINDS else {}
    return {**found, "PATH": os.pathsep.join((*programs, path)), **more}
