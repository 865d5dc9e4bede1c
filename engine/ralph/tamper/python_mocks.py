"""What tests replace."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.ralph.tamper.python_source import Sign, called, dotted, sign

_REPLACING = frozenset({"setattr", "setitem", "delattr", "delitem", "patch", "object", "dict",
                        "multiple", "create_autospec", "spy", "stub"})  # fmt: skip
_OWNERS = ("patch", "monkeypatch", "mocker", "mock", "mp", "m", "patcher", "stubber")


def mocks(tree: ast.AST, path: str = "") -> Iterator[Sign]:
    """Every call that puts something in the place of something else."""
    for call, target in replacements(tree):
        yield sign(f"{target or 'something'} is replaced", call)


def replacements(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Replacing calls, each with the dotted name of what it replaces as far as it is written out:
    `"shop.prices.total"` and `prices, "total"` give `shop.prices.total` and `prices.total`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _replaces(called(node)):
            yield node, _target(node)


def _replaces(name: str) -> bool:
    owner, _, method = name.rpartition(".")
    if method not in _REPLACING:
        return False
    if not owner:
        return method in {"patch", "create_autospec"}
    last = owner.rpartition(".")[2]
    return last in _OWNERS or "patch" in last or "mock" in last


def _target(call: ast.Call) -> str:
    texts = [_text(argument) for argument in call.args[:2]]
    if texts and texts[0]:
        return texts[0]
    owner = dotted(call.args[0]) if call.args else ""
    if owner and len(texts) > 1 and texts[1]:
        return f"{owner}.{texts[1]}"
    return owner


def _text(node: ast.expr) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else ""  # type: ignore[attr-defined]
