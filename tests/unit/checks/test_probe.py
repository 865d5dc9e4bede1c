"""The probe runs in interpreters that are older than the engine's and know nothing of it."""

from __future__ import annotations

import ast
from pathlib import Path

import engine.checks.probe

_SOURCE = Path(engine.checks.probe.__path__[0], "aio_pytest_probe.py").read_text("utf-8")


def test_probe_is_readable_for_python_3_8() -> None:
    ast.parse(_SOURCE, feature_version=(3, 8))


def test_probe_needs_pytest_and_the_standard_library_alone() -> None:
    nodes = list(ast.walk(ast.parse(_SOURCE)))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "json", "os", "pathlib", "pytest", "sys", "typing"}
