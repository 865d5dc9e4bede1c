"""The probe runs in interpreters that are older than the engine's and know nothing of it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import engine.checks.probe

_FOLDER = Path(engine.checks.probe.__path__[0])
SOURCES = sorted(_FOLDER.glob("aio_*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_probe_is_readable_for_python_3_8(source: Path) -> None:
    ast.parse(source.read_text("utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_probe_needs_pytest_and_the_standard_library_alone(source: Path) -> None:
    nodes = list(ast.walk(ast.parse(source.read_text("utf-8"))))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported <= {*sys.stdlib_module_names, "pytest"}


def test_launcher_reads_its_order_before_anything_of_the_tree_can_be_imported() -> None:
    launcher = (_FOLDER / "aio_pytest_launch.py").read_text("utf-8")
    nodes = ast.walk(ast.parse(launcher))
    top = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    assert "pytest" not in top
