"""Assertions of a test that look as if they could fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.ralph.tamper.python_source import called, is_function, shape
from engine.ralph.tamper.python_triviality import is_always

_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_TOLERANCES = frozenset({"rel", "rel_tol"})
_MOST = 0.3
_PLAIN = frozenset({"None", "True", "False", "0", "''", "[]"})


def hollow(node: ast.stmt) -> Iterator[tuple[ast.AST, str]]:
    """What cannot fail, or is never reached, with a word on why."""
    bound = _bound_to_callables(node)
    yield from ((part, "nothing is looked at") for part in ast.walk(node) if _is_over_nothing(part))
    for part in ast.walk(node):
        if isinstance(part, ast.Assert) and _holds(part.test, bound):
            yield part, "this holds whatever the product does"
        elif isinstance(part, ast.Call) and _tolerates_much(part):
            yield part, "the tolerance takes nearly anything"
        elif isinstance(part, ast.Try) and any(map(_leaves, part.finalbody)):
            yield part, "errors of the test are dropped at its end"
        elif isinstance(part, ast.Call) and called(part).endswith((".push", ".callback")):
            yield from _pushed(part)
    yield from ((part, "this is never reached") for part in _unreached(node))


def _bound_to_callables(node: ast.AST) -> frozenset[str]:
    """Names that stand for a function or a generator, and are true therefore."""
    values: dict[str, list[ast.expr]] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Assign):
            for target in part.targets:
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(part.value)
    inner = {getattr(part, "name", "") for part in ast.walk(node) if is_function(part)}
    return frozenset(inner) | {
        name
        for name, bound in values.items()
        if all(isinstance(value, ast.Lambda | ast.GeneratorExp) for value in bound)
    }


def _holds(test: ast.expr, bound: frozenset[str]) -> bool:
    return isinstance(test, ast.Name) and test.id in bound


def _is_over_nothing(node: ast.AST) -> bool:
    return isinstance(node, ast.GeneratorExp | ast.ListComp) and any(
        is_always(generator.iter, truth=False) for generator in node.generators
    )


def _tolerates_much(node: ast.Call) -> bool:
    return any(
        word.arg in _TOLERANCES
        and isinstance(word.value, ast.Constant)
        and isinstance(word.value.value, int | float)
        and word.value.value > _MOST
        for word in node.keywords
    )


def _leaves(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Return | ast.Break | ast.Continue) for part in ast.walk(node))


def _pushed(node: ast.Call) -> Iterator[tuple[ast.AST, str]]:
    """A function that a stack of contexts asks whether an error was meant."""
    for argument in node.args[:1]:
        if isinstance(argument, ast.Lambda) and is_always(argument.body, truth=True):
            yield node, "errors of the test are caught"


def _unreached(node: ast.AST) -> Iterator[ast.stmt]:
    for part in ast.walk(node):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(part, field, None)
            if not isinstance(block, list):
                continue
            ends = next((i for i, one in enumerate(block) if isinstance(one, _ENDS)), len(block))
            yield from (
                one for one in block[ends + 1 :]
                if any(isinstance(inner, ast.Assert) for inner in ast.walk(one))
            )  # fmt: skip


def swallows(node: ast.stmt) -> bool:
    """Whether it defines a context that drops what is raised in it."""
    if isinstance(node, ast.ClassDef):
        return any(map(swallows, node.body))
    if not is_function(node):
        return False
    if getattr(node, "name", "") == "__exit__":
        results = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
        return any(value is not None and is_always(value, truth=True) for value in results)
    is_context = any(
        "contextmanager" in ast.unparse(m) for m in getattr(node, "decorator_list", [])
    )
    return is_context and any(
        isinstance(part, ast.Try)
        and any(not any(isinstance(p, ast.Raise) for p in ast.walk(h)) for h in part.handlers)
        and any(isinstance(inner, ast.Yield) for inner in ast.walk(part))
        for part in ast.walk(node)
    )


def says_less_than_equal(before: ast.stmt, after: ast.stmt) -> ast.AST | None:
    """An assertion that asks only for a kind, for existence or for one of several values, where all
    that was demanded before was equality.
    """
    if not any(_is_equality(part) for part in ast.walk(before)):
        return None
    demands = [part.test for part in ast.walk(after) if isinstance(part, ast.Assert)]
    others = [
        part for part in ast.walk(after) if "raises" in called(part) or "assert" in called(part)
    ]
    if demands and not others and all(map(_is_vague, demands)):
        return demands[0]
    return None


def _is_equality(node: ast.AST) -> bool:
    match node:
        case ast.Assert(test=ast.Compare(ops=[ast.Eq()], comparators=[right])):
            return not (isinstance(right, ast.Constant) and shape(right) in _PLAIN)
        case ast.Call():
            return called(node).endswith(("assertEqual", "assertListEqual", "assertDictEqual"))
        case _:
            return False


def _is_vague(test: ast.expr) -> bool:
    match test:
        case ast.Call():
            return called(test) in ("isinstance", "callable", "hasattr", "bool")
        case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
        case ast.Compare(ops=[ast.In()], comparators=[ast.Tuple() | ast.List() | ast.Set()]):
            return True
        case ast.BoolOp(op=ast.Or()):
            return True
        case _:
            return False
