"""What a repository's checks would run, for `aio-tui doctor`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.checks.build import tool_of
from engine.checks.detection import detect
from engine.checks.environment import find_python, tree_environment
from engine.checks.node.program import bin_folders
from engine.checks.tool import Place
from engine.domain.errors import ConfigError, EngineError
from engine.domain.settings import CheckSettings, Settings
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDescription:
    """One check of a repository."""

    name: str
    kind: str
    folder: str
    """Relative to the repository; empty: its top."""
    program: str
    """What it starts; empty if that is missing."""
    problem: str = ""
    """Why it cannot work, in one line; empty if nothing is seen that would hinder it."""
    hint: str = ""
    """What to do about it."""


def describe_checks(settings: Settings, tree: Path) -> Iterator[CheckDescription]:
    """The configured checks, or those detected in `tree`, in their order. Nothing is started. A
    check that is configured wrongly has a problem like one whose program is missing.
    """
    top = tree.resolve()
    for check in settings.checks or detect(top):
        python = find_python(settings, settings.repo, tool=check.kind)
        program, problem, hint = _look(check, python, top)
        yield CheckDescription(
            name=check.name,
            kind=check.kind,
            folder=check.folder,
            program=program,
            problem=problem,
            hint=hint,
        )


def _look(check: CheckSettings, python: str, top: Path) -> tuple[str, str, str]:
    """Program, problem and hint of one check."""
    folder = (top / check.folder).resolve()
    try:
        name = python if check.kind == "pytest" else _first_word(check, python, top, folder)
    except EngineError as error:
        return "", error.message, error.hint
    programs = [str(one) for one in bin_folders(folder, top)]
    path = tree_environment(python, top).get("PATH") or os.environ.get("PATH", os.defpath)
    wanted = str(folder / name) if "/" in name else name
    found = shutil.which(wanted, path=os.pathsep.join((*programs, path)))
    if found is None:
        return "", f"there is no program {name!r}", "install it, or correct the check in aio.toml"
    return found, "", ""


def _first_word(check: CheckSettings, python: str, top: Path, folder: Path) -> str:
    if not folder.is_relative_to(top) or not folder.is_dir():
        raise ConfigError(
            f"there is no folder {check.folder!r}", hint="correct the check in aio.toml"
        )
    call = tool_of(check, python).call(Place(tree=top, folder=folder, scratch=top), ())
    return call.argv[0] if call else check.kind
