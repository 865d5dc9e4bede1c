"""Which assertions hold whatever the product does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from engine.ralph.tamper.python_source import called, shape, without_docstring

_HOLDS_FOR_EQUALS = (ast.Eq, ast.Is, ast.LtE, ast.GtE)
_FAILS_FOR_EQUALS = (ast.NotEq, ast.IsNot, ast.Lt, ast.Gt)
_SAYS_TRUE = frozenset({"assertTrue", "assertIsNotNone"})
_SAYS_EQUAL = frozenset({"assertEqual", "assertEquals", "assertIs", "assertCountEqual"})
_EXAMINES = ("assert", "raises", "warns", "fail", "check", "verify", "expect", "deprecated_call")


def is_always(node: ast.expr, *, truth: bool) -> bool:
    """Whether the expression has this truth for certain, as far as its form tells."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return is_always(operand, truth=not truth)
        case ast.BoolOp(op=op, values=values):
            one_is_enough = isinstance(op, ast.Or) is truth
            decide = any if one_is_enough else all
            return decide(is_always(value, truth=truth) for value in values)
        case ast.NamedExpr(value=value):
            return is_always(value, truth=truth)
        case ast.IfExp(body=body, orelse=orelse):
            return is_always(body, truth=truth) and is_always(orelse, truth=truth)
        case ast.Compare():
            return _compare(node, truth=truth)
        case ast.Call():
            return _call(node, truth=truth)
        case _:
            return _display(node) is truth


def _display(node: ast.expr) -> bool | None:
    """The truth of what is written out; None: that cannot be told."""
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return bool(items)
        case ast.Dict(keys=keys):
            return bool(keys)
        case ast.Lambda() | ast.GeneratorExp():
            return True
        case ast.JoinedStr(values=values) if any(isinstance(v, ast.Constant) for v in values):
            return True
        case _:
            return None


def _compare(node: ast.Compare, *, truth: bool) -> bool:
    if len(node.ops) != 1:
        return False
    op, left, right = node.ops[0], node.left, node.comparators[0]
    if shape(left) == shape(right) and not _makes_a_value(left):
        return isinstance(op, _HOLDS_FOR_EQUALS if truth else _FAILS_FOR_EQUALS)
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        is_equal = left.value == right.value
        return isinstance(op, ast.Eq if is_equal is truth else ast.NotEq)
    if isinstance(op, ast.In) and isinstance(right, ast.Tuple | ast.List | ast.Set):
        return truth and any(shape(left) == shape(item) for item in right.elts)
    is_length = called(left) == "len" and isinstance(right, ast.Constant)
    return truth and is_length and isinstance(op, ast.GtE) and shape(right) == "0"


def _makes_a_value(node: ast.expr) -> bool:
    """Whether a class is called: that two such values are equal says something about the class."""
    return called(node).rpartition(".")[2][:1].isupper()


def _call(node: ast.Call, *, truth: bool) -> bool:
    name = called(node)
    if name == "bool" and node.args:
        return is_always(node.args[0], truth=truth)
    if name == "isinstance" and len(node.args) > 1:
        return truth and shape(node.args[1]) == shape(ast.Name("object", ast.Load()))
    return False


def trivial_assertions(node: ast.AST) -> Iterator[ast.AST]:
    """Assertions anywhere in the node that cannot fail."""
    for part in ast.walk(node):
        is_statement = isinstance(part, ast.Assert) and is_always(part.test, truth=True)
        if is_statement or (isinstance(part, ast.Call) and _is_trivial_method(part)):
            yield part


def _is_trivial_method(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or not call.args:
        return False
    name = call.func.attr
    if name in _SAYS_TRUE:
        return is_always(call.args[0], truth=True)
    if name == "assertFalse":
        return is_always(call.args[0], truth=False)
    return name in _SAYS_EQUAL and len(call.args) > 1 and shape(call.args[0]) == shape(call.args[1])


def examinations(node: ast.AST, *, is_helper: Callable[[str], bool]) -> Iterator[ast.AST]:
    """What in the node can fail: assertions, `raises`, methods that assert, and calls of what
    `is_helper` knows by name.
    """
    for part in _reached(node):
        if isinstance(part, ast.Assert):
            yield part
        elif isinstance(part, ast.Call):
            name = _last_name(part.func)
            if name.lower().startswith(_EXAMINES) or is_helper(name):
                yield part


def _reached(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is in it, but for branches that are never taken, loops over nothing, and
    inner functions that nobody calls.
    """
    read = {part.id for part in ast.walk(node) if _is_read(part) and isinstance(part, ast.Name)}
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop(0)
        is_inner = part is not node and isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_inner and getattr(part, "name", "") not in read:
            continue
        yield part
        waiting += _live_children(part)


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _live_children(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.If(test=test, orelse=orelse) | ast.While(test=test, orelse=orelse) if is_always(
            test, truth=False
        ):
            return [test, *orelse]
        case ast.If(test=test, body=body) if is_always(test, truth=True):
            return [test, *body]
        case ast.For(iter=items, orelse=orelse) if is_always(items, truth=False):
            return [items, *orelse]
        case _:
            return list(ast.iter_child_nodes(node))


def _last_name(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""


def does_nothing(body: list[ast.stmt]) -> bool:
    """Whether the statements are only texts, `pass`, `...` and a `return` of nothing."""
    return all(_is_idle(statement) for statement in without_docstring(body))


def _is_idle(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=None | ast.Constant()):
            return True
        case _:
            return False
