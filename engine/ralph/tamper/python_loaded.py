"""Looking at what is imported, which honest programs do in a few ways."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.ralph.tamper.python_folding import folded
from engine.ralph.tamper.python_source import called, dotted


def harmless_looks(tree: ast.Module) -> Iterator[ast.AST]:
    """Uses of `sys.modules` and of the environment by programs that mean no test: their own module,
    the module of a class, a library by its name, a module that they load from a file, and variables
    by the beginning of their name.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=owner, slice=key, ctx=ast.Load()) if _is_modules(owner):
                yield from [owner] if _is_harmless_key(key) else []
            case ast.Call(func=ast.Attribute(attr="get", value=owner), args=[key, *_]) if (
                _is_modules(owner) and _is_harmless_key(key)
            ):
                yield owner
            case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[owner]) if (
                _is_modules(owner) and _is_harmless_key(key)
            ):
                yield owner
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _of_a_loader(node)
            case ast.For(iter=items, body=body):
                yield from [node] if _is_environ(items) and _asks_for_a_beginning(body) else []
            case _:
                pass


def _is_modules(node: ast.AST) -> bool:
    return dotted(node) in ("sys.modules", "modules")


def _is_harmless_key(key: ast.expr) -> bool:
    """Another rule looks at what a written name says."""
    if isinstance(key, ast.Constant):
        return isinstance(key.value, str)
    return dotted(key) == "__name__" or dotted(key).endswith(".__module__")


def _of_a_loader(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """`sys.modules[name] = module` beside `module_from_spec`, as Python's manual has it."""
    nodes = list(ast.walk(function))
    made = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign)
        and called(node.value).rpartition(".")[2] == "module_from_spec"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=owner, slice=key) as item], value=value):
                is_made = isinstance(value, ast.Name) and value.id in made
                if _is_modules(owner) and is_made and folded(key) is None and dotted(key):
                    yield from (item, owner)
            case _:
                pass


def _is_environ(node: ast.AST) -> bool:
    return dotted(node) in ("os.environ", "environ")


def _asks_for_a_beginning(body: list[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "startswith"
        and isinstance(folded(node.args[0]) if node.args else None, str)
        for statement in body
        for node in ast.walk(statement)
    )
