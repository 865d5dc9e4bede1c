"""Values of the product that compare as no value does."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_source import (
    Sign,
    added,
    called,
    dotted,
    python_changes,
    shape,
    sign,
)
from engine.ralph.tamper.python_triviality import is_always

_COMPARING = frozenset(
    {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__bool__",
     "__instancecheck__", "__subclasscheck__"}
)  # fmt: skip
_PLAIN_VALUES = frozenset(
    {"int", "float", "str", "bytes", "list", "tuple", "dict", "set", "frozenset", "Decimal"}
)


def comparisons_mean_something(evidence: Evidence) -> Iterator[Ground]:
    """A class compares by looking at the other side."""
    for change, found in added(python_changes(evidence, tests=False), _comparisons):
        yield objection(
            "always-equal", found.what, path=change.path, line=found.line, excerpt=found.excerpt
        )


def _comparisons(tree: ast.Module, path: str) -> Iterator[Sign]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _in_class(node)
        what = _set_from_outside(node)
        if what:
            yield sign(what, node)


def _in_class(owner: ast.ClassDef) -> Iterator[Sign]:
    imitates = bool({dotted(base).rpartition(".")[2] for base in owner.bases} & _PLAIN_VALUES)
    for node in owner.body:
        if isinstance(node, ast.FunctionDef) and node.name in _COMPARING:
            what = _comparison(node, imitates=imitates)
            if what:
                yield Sign(what, f"{what}|{owner.name}|{shape(node)}", node.lineno, owner.name)


def _set_from_outside(node: ast.AST) -> str:
    """A comparison that is no method which a class body defines."""
    match node:
        case ast.Assign(targets=targets):
            names = {dotted(target).rpartition(".")[2] for target in targets} & _COMPARING
            return f"{min(names)} is set to a value" if names else ""
        case ast.Call(args=[_, ast.Constant(value=str(name)), *_]) if (
            called(node) == "setattr" and name in _COMPARING
        ):
            return f"{name} is set to a value"
        case ast.Dict(keys=keys):
            given = {str(key.value) for key in keys if isinstance(key, ast.Constant)}
            names = given & _COMPARING
            return f"{min(names)} is given to a class" if names else ""
        case _:
            return ""


def _comparison(node: ast.FunctionDef, *, imitates: bool) -> str:
    name = node.name
    returned = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
    results = [value for value in returned if value is not None]
    is_true = all(is_always(value, truth=True) for value in results)
    is_false = all(is_always(value, truth=False) for value in results)
    if results and (is_true or is_false):
        return f"{name} gives the same always"
    if name == "__bool__":
        return ""
    if imitates:
        return f"a kind of built-in value compares in its own way ({name})"
    parameters = [argument.arg for argument in node.args.args]
    read = {part.id for statement in node.body for part in ast.walk(statement)
            if isinstance(part, ast.Name)}  # fmt: skip
    if len(parameters) > 1 and parameters[1] not in read:
        return f"{name} does not look at the other side"
    looks_at_kind = any(called(part) in ("isinstance", "type") for part in ast.walk(node))
    if parameters and parameters[0] not in read and not looks_at_kind:
        return f"{name} does not look at its own side"
    return ""
