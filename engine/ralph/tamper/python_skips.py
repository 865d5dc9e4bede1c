"""What keeps a test from running, or from counting."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.ralph.tamper.python_source import Sign, called, dotted, shape, sign

_MARKS = frozenset({"skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure"})
_CALLS = frozenset({"skip", "xfail", "importorskip", "skipTest", "exit"})
_ERRORS = frozenset({"SkipTest", "Skipped", "OutcomeException", "XFailed", "Exit"})
_SWITCHES = frozenset({"__test__", "collect_ignore", "collect_ignore_glob", "__unittest_skip__"})


def skips(tree: ast.AST, path: str = "") -> Iterator[Sign]:
    """Marks, calls and switches that leave tests out. A conditional mark counts like a plain one:
    whoever writes the condition chooses.
    """
    for node in ast.walk(tree):
        what = _skip(node)
        if what:
            yield sign(what, node)


def _skip(node: ast.AST) -> str:
    match node:
        case ast.Call(func=func) if _is_skipping_call(func):
            return f"{_last(func)}() is called"
        case ast.Attribute(attr=name) if name in _MARKS and _is_mark(node):
            return f"{name} is applied"
        case ast.Raise(exc=error) if error is not None and _last(_callee(error)) in _ERRORS:
            return "a skip is raised"
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return next((f"{_last(t)} is set" for t in targets if _last(t) in _SWITCHES), "")
        case ast.AnnAssign(target=target) if _last(target) in _SWITCHES:
            return f"{_last(target)} is set"
        case _:
            return ""


def _is_skipping_call(func: ast.expr) -> bool:
    owner = dotted(func).rpartition(".")[0]
    return (
        _last(func) in _CALLS
        and owner in {"pytest", "self", "unittest", "", "cls"}
        and (_last(func) != "exit" or owner == "pytest")
    )


def _is_mark(node: ast.Attribute) -> bool:
    owner = dotted(node.value)
    return owner.endswith("mark") or owner in {"unittest", "pytest", "case"}


def _callee(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _last(node: ast.AST) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def early_returns(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements after which the rest of a body is never reached, though something follows."""
    for number, node in enumerate(body[:-1]):
        if isinstance(node, ast.Return | ast.Raise) or (
            isinstance(node, ast.If) and _leaves_always(node) and body[number + 1 :]
        ):
            yield node


def _leaves_always(node: ast.If) -> bool:
    """Whether the branch ends the function: under which condition is for the author to choose."""
    return bool(node.body) and isinstance(node.body[-1], ast.Return)


def parameter_sets(node: ast.AST) -> list[str] | None:
    """Shapes of the cases of each `parametrize` mark; None: they are not written out."""
    found: list[str] = []
    for mark in getattr(node, "decorator_list", []):
        if not called(mark).endswith("parametrize") or not isinstance(mark, ast.Call):
            continue
        values = mark.args[1] if len(mark.args) > 1 else None
        if not isinstance(values, ast.List | ast.Tuple):
            return None
        found += [f"{shape(mark.args[0])}:{shape(value)}" for value in values.elts]
    return found
