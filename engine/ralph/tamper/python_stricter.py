"""Edits of tests that cannot make them demand less."""

from __future__ import annotations

import ast
from collections import Counter

from engine.ralph.tamper.python_skips import parameter_sets, skips
from engine.ralph.tamper.python_source import called, dotted, shape, without_docstring

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOSE = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.NotEq, ast.IsNot)
_TOLERANCES = ("rel", "abs", "rel_tol", "abs_tol", "delta")
_SIDE_EFFECTS = frozenset({"setattr", "delattr", "exec", "eval", "compile", "__import__", "vars"})


def is_stricter(before: ast.stmt, after: ast.stmt) -> bool:
    """Whether `after` demands all that `before` did: it says the same, has more assertions, more
    cases, tighter tolerances, equality in the place of an inequality, or one skip less.
    """
    if shape(before) == shape(after):
        return True
    if not isinstance(before, _FUNCTIONS) or not isinstance(after, _FUNCTIONS):
        return False
    return type(before) is type(after) and _is_stricter_function(before, after)


def _is_stricter_function(
    before: ast.FunctionDef | ast.AsyncFunctionDef, after: ast.FunctionDef | ast.AsyncFunctionDef
) -> bool:
    return (
        before.name == after.name
        and shape(before.args) == shape(after.args)
        and _keeps_decorators(before, after)
        and _keeps_body(without_docstring(before.body), without_docstring(after.body))
    )


def _keeps_decorators(before: ast.stmt, after: ast.stmt) -> bool:
    old, new = parameter_sets(before), parameter_sets(after)
    if _decorators(before) != _decorators(after) or _skips(after) - _skips(before):
        return False
    if old is None or new is None:
        return _marks(before) == _marks(after)
    return not Counter(old) - Counter(new)


def _decorators(node: ast.stmt) -> list[str]:
    """Those that neither skip nor bring cases, and the names and options of those that do."""
    kept = []
    for mark in getattr(node, "decorator_list", []):
        if called(mark).endswith("parametrize") and isinstance(mark, ast.Call):
            kept.append(f"{shape(mark.args[:1])}{shape(mark.keywords)}")
        elif not any(skips(mark)):
            kept.append(shape(mark))
    return kept


def _skips(node: ast.stmt) -> Counter[str]:
    marks = getattr(node, "decorator_list", [])
    return Counter(sign.key for mark in marks for sign in skips(mark))


def _marks(node: ast.stmt) -> str:
    return shape(getattr(node, "decorator_list", []))


def _keeps_body(before: list[ast.stmt], after: list[ast.stmt]) -> bool:
    """Whether `after` is `before` with assertions added or made stricter."""
    rest = iter(before)
    waiting = next(rest, None)
    for node in after:
        if waiting is not None and _keeps_statement(waiting, node):
            waiting = next(rest, None)
        elif not _only_demands(node):
            return False
    return waiting is None


def _keeps_statement(before: ast.stmt, after: ast.stmt) -> bool:
    if shape(before) == shape(after):
        return True
    match before, after:
        case ast.Assert(test=old), ast.Assert(test=new):
            return _is_pure(new) and _is_stricter_demand(old, new)
        case ast.With() as old_block, ast.With() as new_block:
            return _keeps_block(old_block, new_block)
        case ast.For() as old_loop, ast.For() as new_loop:
            return _keeps_block(old_loop, new_loop)
        case _:
            return False


def _keeps_block(before: ast.With | ast.For, after: ast.With | ast.For) -> bool:
    if isinstance(before, ast.With) and isinstance(after, ast.With):
        if not _keeps_contexts(before.items, after.items):
            return False
        demands_an_error = any("raises" in called(item.context_expr) for item in before.items)
        if demands_an_error:
            return shape(before.body) == shape(after.body)
    elif shape(_loop_head(before)) != shape(_loop_head(after)):
        return False
    return _keeps_body(before.body, after.body)


def _loop_head(node: ast.With | ast.For) -> list[object]:
    return [node.target, node.iter, node.orelse] if isinstance(node, ast.For) else []


def _keeps_contexts(before: list[ast.withitem], after: list[ast.withitem]) -> bool:
    return len(before) == len(after) and all(
        shape(old) == shape(new) or _adds_match(old, new)
        for old, new in zip(before, after, strict=True)
    )


def _adds_match(before: ast.withitem, after: ast.withitem) -> bool:
    """Whether `raises` now also asks for a text."""
    old, new = before.context_expr, after.context_expr
    if not (isinstance(old, ast.Call) and isinstance(new, ast.Call)):
        return False
    more = new.keywords[len(old.keywords) :]
    return (
        dotted(old.func) == dotted(new.func) == "pytest.raises"
        and shape(old.args) == shape(new.args)
        and shape(old.keywords) == shape(new.keywords[: len(old.keywords)])
        and shape(before.optional_vars) == shape(after.optional_vars)
        and [word.arg for word in more] == ["match"]
    )


def _only_demands(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assert) and _is_pure(node)


def _is_pure(node: ast.AST) -> bool:
    return not any(
        isinstance(part, ast.NamedExpr | ast.Lambda)
        or called(part).rpartition(".")[2] in _SIDE_EFFECTS
        or (isinstance(part, ast.Attribute) and part.attr.startswith("__"))
        for part in ast.walk(node)
    )


def _is_stricter_demand(before: ast.expr, after: ast.expr) -> bool:
    """Whether an inequality or a truth became an equality with a value that is written out, or a
    tolerance became tighter, or more was demanded besides.
    """
    match before, after:
        case _, ast.BoolOp(op=ast.And(), values=values):
            return any(shape(value) == shape(before) for value in values)
        case ast.Compare(ops=[op], left=old), ast.Compare(ops=[ast.Eq()], left=new) if isinstance(
            op, _LOOSE
        ) and shape(old) == shape(new):
            return _is_value(after.comparators[0]) and _satisfies(after, before)
        case _, ast.Compare(ops=[ast.Eq()], left=new) if shape(before) == shape(new):
            value = after.comparators[0]
            return isinstance(value, ast.Constant) and bool(value.value)
        case _:
            return _is_tighter(before, after)


def _is_value(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
    )


def _satisfies(equality: ast.Compare, inequality: ast.Compare) -> bool:
    """Whether the value that is now demanded was allowed before."""
    try:
        value = ast.literal_eval(equality.comparators[0])
        bound = ast.literal_eval(inequality.comparators[0])
        match inequality.ops[0]:
            case ast.Gt():
                return bool(value > bound)
            case ast.GtE():
                return bool(value >= bound)
            case ast.Lt():
                return bool(value < bound)
            case ast.LtE():
                return bool(value <= bound)
            case _:
                return bool(value != bound)
    except (ValueError, TypeError):
        return False


def _is_tighter(before: ast.expr, after: ast.expr) -> bool:
    old, new = _tolerances(before), _tolerances(after)
    return (
        _without_tolerances(before) == _without_tolerances(after)
        and old.keys() == new.keys()
        and bool(old)
        and all(0 <= new[name] <= old[name] for name in old)
    )


def _tolerances(node: ast.expr) -> dict[tuple[int, str], float]:
    found: dict[tuple[int, str], float] = {}
    calls = (part for part in ast.walk(node) if isinstance(part, ast.Call))
    for number, call in enumerate(calls):
        for word in call.keywords:
            value = word.value.value if isinstance(word.value, ast.Constant) else None
            if word.arg in _TOLERANCES and isinstance(value, int | float):
                found[number, word.arg] = value
    return found


def _without_tolerances(node: ast.expr) -> str:
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    values = {
        shape(word)
        for call in calls
        for word in call.keywords
        if word.arg in _TOLERANCES and isinstance(word.value, ast.Constant)
    }
    text = shape(node)
    for value in sorted(values):
        text = text.replace(value, "tolerance")
    return text
