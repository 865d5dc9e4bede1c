"""Values of the product that compare as no value does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from engine.domain.work import TaskType
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_folding import text_of
from engine.ralph.tamper.python_source import (
    Sign,
    added,
    called,
    dotted,
    is_function,
    python_changes,
    root_of,
    shape,
    sign,
)
from engine.ralph.tamper.python_triviality import is_always

_COMPARING = frozenset(
    {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__bool__",
     "__instancecheck__", "__subclasscheck__"}
)  # fmt: skip
_IMITATES = "a kind of built-in value"
_LOOKS_UP = frozenset({"getattr", "import_module", "globals", "__import__", "get", "vars"})
_PLAIN_VALUES = frozenset(
    {"int", "float", "str", "bytes", "list", "tuple", "dict", "set", "frozenset", "Decimal"}
)


def comparisons_mean_something(evidence: Evidence) -> Iterator[Ground]:
    """A class compares by looking at the other side."""
    may_imitate = evidence.task_type is TaskType.FEATURE
    scan = partial(_comparisons, may_imitate=may_imitate)
    for change, found in added(python_changes(evidence, tests=False), scan):
        yield objection(
            "always-equal", found.what, path=change.path, line=found.line, excerpt=found.excerpt
        )


def _comparisons(tree: ast.Module, path: str, *, may_imitate: bool) -> Iterator[Sign]:
    for function in tree.body:
        if is_function(function) and _answers_to_any_name(function):
            yield sign("the module has whatever it is asked for", function)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _in_class(node, may_imitate=may_imitate)
        what = _set_from_outside(node)
        if what:
            yield sign(what, node)


def _answers_to_any_name(node: ast.stmt) -> bool:
    """Whether it is a module's `__getattr__` that refuses nothing and looks nothing up."""
    if getattr(node, "name", "") != "__getattr__":
        return False
    parts = list(ast.walk(node))
    looks_up = any(called(part).rpartition(".")[2] in _LOOKS_UP for part in parts)
    return not looks_up and not any(isinstance(part, ast.Raise) for part in parts)


def _in_class(owner: ast.ClassDef, *, may_imitate: bool) -> Iterator[Sign]:
    bases = {dotted(base).rpartition(".")[2] for base in owner.bases}
    imitates = not may_imitate and bool(bases & _PLAIN_VALUES)
    for node in owner.body:
        if isinstance(node, ast.FunctionDef) and node.name in _COMPARING:
            what = _comparison(node, owner.name, imitates=imitates)
            if what:
                said = "" if what.startswith(_IMITATES) else shape(node)
                yield Sign(what, f"{what}|{owner.name}|{said}", node.lineno, owner.name)


def _set_from_outside(node: ast.AST) -> str:
    """A comparison that is no method which a class body defines."""
    match node:
        case ast.Assign(targets=targets):
            names = {dotted(target).rpartition(".")[2] for target in targets} & _COMPARING
            return f"{min(names)} is set to a value" if names else ""
        case ast.Call(args=[_, name, *_]) if (
            called(node).endswith("setattr") and text_of(name) in _COMPARING
        ):
            return f"{text_of(name)} is set to a value"
        case ast.Dict(keys=keys):
            names = {text_of(key) for key in keys if key is not None} & _COMPARING
            return f"{min(names)} is given to a class" if names else ""
        case _:
            return ""


def _comparison(node: ast.FunctionDef, owner: str, *, imitates: bool) -> str:
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
        return f"{_IMITATES} compares in its own way ({name})"
    return _one_sided(node, owner, results)


def _one_sided(node: ast.FunctionDef, owner: str, results: list[ast.expr]) -> str:
    name = node.name
    parameters = [argument.arg for argument in node.args.args]
    read = frozenset().union(*(_names(statement) for statement in node.body))
    if len(parameters) > 1 and parameters[1] not in read:
        return f"{name} does not look at the other side"
    if parameters and any(_is_adopted(part, parameters[0]) for part in ast.walk(node)):
        return f"{name} changes its own side"
    is_own_kind = any(_asks_for_kind(part, {owner, *parameters[:1]}) for part in ast.walk(node))
    if parameters and parameters[0] not in read and not is_own_kind:
        return f"{name} does not look at its own side"
    for result in results:
        operands = result.values if isinstance(result, ast.BoolOp) else []
        is_either = isinstance(result, ast.BoolOp) and isinstance(result.op, ast.Or)
        own = {parameters[0] if parameters else "", owner}
        if is_either and any(_names(operand) and not _names(operand) & own for operand in operands):
            return f"{name} is content with the other side"
    return ""


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def _is_adopted(node: ast.AST, own: str) -> bool:
    return (
        isinstance(node, ast.Attribute | ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and getattr(root_of(node), "id", "") == own
    )


def _asks_for_kind(node: ast.AST, own: set[str]) -> bool:
    """Whether the other side has to be of the class itself."""
    is_asked = called(node) in ("isinstance", "type", "issubclass")
    return is_asked and (called(node) == "type" or bool(_names(node) & own))
