"""What tests ask, as the values that are written in them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from engine.domain.values import dataclass
from engine.domain.work import TaskType
from engine.ralph.evidence import Evidence
from engine.ralph.tamper.python_folding import folded
from engine.ralph.tamper.python_source import called, is_function, python_changes, tree_of

_WRITTEN = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.List, ast.Dict, ast.Set)
TRIVIAL = frozenset(
    {"None", "True", "False", "0", "1", "-1", "''", "b''", "0.0", "1.0", "...", "()"}
)
"""Literals that say nothing about where they come from."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a test writes down together, and which functions it names."""

    values: frozenset[str]
    names: frozenset[str]


def questions_of(evidence: Evidence) -> list[Question]:
    """Per test, per assertion and per case of a parametrized test: what is written there. A task
    that builds something new may state facts and test them; it is asked by the tests that were
    there before.
    """
    is_new = evidence.task_type is TaskType.FEATURE
    sources = {
        change.path: content
        for change in python_changes(evidence, tests=True)
        if (content := change.before if is_new else change.after) is not None
    }
    found: list[Question] = []
    for content in {**evidence.test_sources, **sources}.values():
        for function in (node for node in ast.walk(tree_of(content)) if is_function(node)):
            found += _asked_in(function)
    return found


def _asked_in(function: ast.AST) -> Iterator[Question]:
    names = frozenset(
        called(node).rpartition(".")[2] for node in ast.walk(function) if isinstance(node, ast.Call)
    )
    body = getattr(function, "body", [])
    fixed = frozenset().union(*(literals_in(node) for node in body))
    yield Question(fixed, names)
    for mark in getattr(function, "decorator_list", []):
        if called(mark).endswith("parametrize") and isinstance(mark, ast.Call):
            for values in mark.args[1:2]:
                for row in getattr(values, "elts", []):
                    yield Question(literals_in(row) | fixed, names)


def atoms_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Every single value that is written in the nodes, without what they are packed in."""
    constants = (
        part
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Constant | ast.UnaryOp)
    )
    return frozenset(filter(None, map(literal, constants)))


def literals_in(node: ast.AST) -> frozenset[str]:
    """Every value that is written in the node, packed or not."""
    found: set[str] = set()
    for part in ast.walk(node):
        value = literal(part)
        if value:
            found.add(value)
    return frozenset(found)


def literal(node: ast.AST) -> str:
    """A written value in one form: `180`, `180.0`, `+180`, `90 * 2` and `int("180")` are the same;
    empty: it is none.
    """
    if isinstance(node, _WRITTEN):
        try:
            return said(ast.literal_eval(node))
        except (ValueError, TypeError, RecursionError, MemoryError):
            pass
    if isinstance(node, ast.BinOp | ast.Call):
        value = folded(node)
        return "" if value is None else said(value)
    return ""


def said(value: object) -> str:
    """One form for values that compare equal."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return repr(value)
