"""The target's own interpreter and tools, pointed at the tree under test."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.checks.node.links import prepare_worktree
from engine.domain.settings import Settings

_ENVIRONMENTS = (".venv", "venv")


def find_python(settings: Settings, repo: Path, *, tool: str = "pytest") -> str:
    """The interpreter for the target's tests: the configured one, else that of a virtual
    environment in `repo` which has pytest, else of one which has at least the package `tool`, else
    the one this program runs on.
    """
    if settings.python:
        is_relative_path = "/" in settings.python and not Path(settings.python).is_absolute()
        return str(repo / settings.python) if is_relative_path else settings.python
    for package in ("pytest", tool):
        for name in _ENVIRONMENTS:
            if _has(repo / name, package):
                return str(repo / name / "bin" / "python")
    return sys.executable


def find_ruff(python: str) -> str:
    """The ruff beside the interpreter, else the one of this program, else whichever is on PATH."""
    for interpreter in (python, sys.executable):
        candidate = Path(interpreter).parent / "ruff"
        if candidate.is_file():
            return str(candidate)
    return shutil.which("ruff") or "ruff"


def find_mypy(python: str) -> str | None:
    """The mypy beside the interpreter, else the one of this program, else whichever is on PATH.
    None: there is none.
    """
    for interpreter in (python, sys.executable):
        candidate = Path(interpreter).parent / "mypy"
        if candidate.is_file():
            return str(candidate)
    return shutil.which("mypy")


def tree_environment(python: str, tree: Path, *first: Path) -> Mapping[str, str]:
    """Variables under which Python imports from `first`, then from `tree`, and only then from what
    is installed: an editable install would lead to the operator's checkout.
    """
    source = tree / "src"
    folders = [*first, *([source] if source.is_dir() else []), tree]
    environment = {
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if "/" in python:
        own = str(Path(python).parent)
        environment["PATH"] = os.pathsep.join((own, os.environ.get("PATH", os.defpath)))
    return environment


def worktree_environment(python: str, repo: Path, tree: Path) -> Mapping[str, str]:
    """As `tree_environment`, for an agent that works in `tree`: it finds the packages and programs
    that the operator installed in `repo`. Makes links in the tree the first time.
    """
    prepare_worktree(tree.resolve(), repo.resolve())
    found = tree_environment(python, tree)
    programs = tree / "node_modules" / ".bin"
    if not programs.is_dir():
        return found
    path = found.get("PATH") or os.environ.get("PATH", os.defpath)
    return {**found, "PATH": os.pathsep.join((str(programs), path))}


def _has(environment: Path, package: str) -> bool:
    return (environment / "bin" / "python").exists() and any(
        environment.glob(f"lib/python*/site-packages/{package}/__init__.py")
    )
