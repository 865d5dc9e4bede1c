"""New Python tests prove something, and of the thing itself."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_mocks import replacements
from engine.ralph.tamper.python_source import (
    Sign,
    added,
    called,
    excerpt,
    is_function,
    python_changes,
    sign,
    tree_of,
)
from engine.ralph.tamper.python_triviality import examinations, trivial_assertions
from engine.ralph.tamper.python_units import bindings_of, units_of


def new_python_tests_prove_something(evidence: Evidence) -> Iterator[Ground]:
    """A test that is new can fail: it asserts what is not true by its form, or calls something."""
    for change in python_changes(evidence, tests=True):
        known = units_of(tree_of(change.before))
        for name, units in units_of(tree_of(change.after)).items():
            unit = units[-1]
            is_new = name not in known and is_function(unit.node)
            if is_new and unit.own_name.startswith("test") and _proves_nothing(unit.node):
                message = f"{unit.own_name} is green whatever the product does"
                yield objection(
                    "test-proves-nothing",
                    message,
                    path=change.path,
                    line=unit.line,
                    excerpt=excerpt(unit.node),
                )


def _proves_nothing(node: ast.stmt) -> bool:
    demands = list(examinations(node, is_helper=lambda _: False))
    if demands:
        return len(demands) == len(list(trivial_assertions(node)))
    body = [part for statement in getattr(node, "body", []) for part in ast.walk(statement)]
    return not any(isinstance(part, ast.Call | ast.Import | ast.ImportFrom) for part in body)


def the_subject_is_not_mocked(evidence: Evidence) -> Iterator[Ground]:
    """Tests do not replace what the change is about, nor what they themselves call."""
    subjects = frozenset(_subjects(evidence))
    tests = list(python_changes(evidence, tests=True))
    scan = _Replaced(subjects)
    for change, found in added(tests, scan):
        yield objection(
            "mock-of-subject", found.what, path=change.path, line=found.line, excerpt=found.excerpt
        )


def _subjects(evidence: Evidence) -> Iterator[str]:
    """Dotted names of what changed in the product, such as `shop.prices.discount`."""
    for change in python_changes(evidence, tests=False):
        module = module_of(change.path)
        before, after = units_of(tree_of(change.before)), units_of(tree_of(change.after))
        for name in before.keys() | after.keys():
            was, now = before.get(name, ()), after.get(name, ())
            if [unit.shape for unit in was] != [unit.shape for unit in now]:
                yield f"{module}.{name.removesuffix('.#class')}"


def module_of(path: str) -> str:
    """`src/shop/prices.py` as it is imported: `shop.prices`."""
    parts = path.rsplit(".", 1)[0].split("/")
    if parts[0] in ("src", "lib") and len(parts) > 1:
        parts = parts[1:]
    if parts[-1] == "__init__" and len(parts) > 1:
        parts = parts[:-1]
    return ".".join(parts)


class _Replaced:
    """Finds replacements of one of `subjects`, of what the same test asserts about, and of names in
    the test's own file.
    """

    def __init__(self, subjects: frozenset[str]) -> None:
        self._subjects = subjects

    def __call__(self, tree: ast.Module, path: str) -> Iterator[Sign]:
        origins = {name: things[-1].replace(":", ".") for name, things in bindings_of(tree).items()}
        for function in (node for node in ast.walk(tree) if is_function(node)):
            asserted = frozenset(_asserted(function, origins))
            for call, target in replacements(function):
                name = _resolved(target, origins)
                is_own = name.startswith(f"{module_of(path)}.")
                if is_own or name in asserted or self._is_subject(name):
                    yield sign(f"{name} is what the test is about, and is replaced", call)

    def _is_subject(self, name: str) -> bool:
        return bool(name) and any(
            name == subject or subject.startswith(f"{name}.") for subject in self._subjects
        )


def _asserted(function: ast.AST, origins: dict[str, str]) -> Iterator[str]:
    """What assertions of the function call, but for the standard library."""
    for demand in ast.walk(function):
        if isinstance(demand, ast.Assert):
            for node in ast.walk(demand):
                name = _resolved(called(node), origins)
                if name and name.partition(".")[0] not in sys.stdlib_module_names:
                    yield name


def _resolved(name: str, origins: dict[str, str]) -> str:
    head, dot, rest = name.partition(".")
    return f"{origins[head]}{dot}{rest}" if head in origins else name
