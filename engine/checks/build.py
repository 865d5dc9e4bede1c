"""From configuration, or from what a repository looks like, to checkers."""

from __future__ import annotations

from pathlib import Path

from engine.checks.detection import detect
from engine.checks.environment import find_python, find_ruff
from engine.checks.run_command import CommandChecker
from engine.checks.run_pytest import PytestChecker
from engine.checks.run_ruff import RuffChecker
from engine.domain.errors import ConfigError
from engine.domain.settings import CheckSettings, Settings
from engine.ports.checker import Checker
from engine.ports.process import CommandRunner


def build_checkers(
    settings: Settings, runner: CommandRunner, tree: Path, *, scratch: Path | None = None
) -> list[Checker]:
    """One checker per configured check, in that order; without configuration per check that fits
    the files in `tree`. They keep what they need for a moment in `scratch`; None: the system's
    temporary folder.

    Raises:
        ConfigError: a check has an unknown kind, no command, or a name that is taken.
    """
    checks = settings.checks or detect(tree)
    names = [check.name for check in checks]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two checks have the name {name!r}", hint="rename one of them")
    return [_build(check, settings, runner, scratch) for check in checks]


def _build(
    check: CheckSettings, settings: Settings, runner: CommandRunner, scratch: Path | None
) -> Checker:
    python = find_python(settings, settings.repo)
    match check.kind:
        case "pytest":
            return PytestChecker(check, runner, python=python, repo=settings.repo, scratch=scratch)
        case "ruff":
            return RuffChecker(check, runner, ruff=find_ruff(python), python=python)
        case "command" if check.command:
            return CommandChecker(check, runner, python=python)
        case "command":
            raise ConfigError(f"check {check.name!r} has no command", hint="say what to run")
        case _:
            raise ConfigError(
                f"check {check.name!r} is of unknown kind {check.kind!r}",
                hint="use pytest, ruff or command",
            )
