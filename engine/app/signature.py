"""When are two verifications of the same trees the same?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import engine
from engine.checks.environment import find_python
from engine.domain.settings import Settings

_RULES = ("ralph", "checks", "loop/verifying")
_LOCKS = (
    "node_modules/.package-lock.json",
    "node_modules/.yarn-state.yml",
    "node_modules/.modules.yaml",
    "node_modules/.bin",
    "node_modules",
)


def signature(settings: Settings) -> str:
    """Changes with the configured checks, the interpreter and what is installed for it, the node
    packages, and the engine's own rules. Costs some milliseconds; no process is started.

    The place of the repository is not part of it, so that a copy keeps its baselines.
    """
    pythons = {find_python(settings, settings.repo, tool=tool) for tool in ("pytest", "mypy")}
    facts = (
        repr((settings.checks, settings.python)),
        os.environ.get("PATH", ""),
        *sorted(python.removeprefix(str(settings.repo)) for python in pythons),
        *(_stamp(path) for python in sorted(pythons) for path in _installed(python)),
        *(_stamp(settings.repo / name) for name in _LOCKS),
        *_own_files(),
    )
    return hashlib.sha256("\n".join(facts).encode(errors="surrogateescape")).hexdigest()


def _installed(python: str) -> Iterator[Path]:
    """Folders whose entries change when something is installed for the interpreter."""
    interpreter = Path(python)
    yield interpreter
    yield interpreter.parent
    yield from sorted(interpreter.parent.parent.glob("lib/python*/site-packages"))


@cache
def _own_files() -> tuple[str, ...]:
    root = Path(engine.__file__).parent
    return tuple(
        f"{path.relative_to(root)} {_stamp(path)}"
        for folder in _RULES
        for path in sorted((root / folder).rglob("*.py"))
    )


def _stamp(path: Path) -> str:
    try:
        facts = path.stat()
    except OSError:
        return "-"
    return f"{facts.st_size} {facts.st_mtime_ns}"
