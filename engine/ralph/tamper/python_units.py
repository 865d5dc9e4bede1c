"""A Python module as what it defines."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import lru_cache

from engine.domain.values import dataclass
from engine.ralph.tamper.python_source import shape, without_docstring
from engine.ralph.tamper.remembering import forgets

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Unit:
    """One definition or statement of a module or class body."""

    name: str
    """Qualified, such as `TestBasket.test_total`; a statement that binds no plain name has `#` and
    its shape instead; the head of a class (decorators, bases) ends with `.#class`.
    """
    node: ast.stmt = field(compare=False)
    shape: str

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def own_name(self) -> str:
        """Without the classes it stands in."""
        return self.name.rpartition(".")[2]


Units = Mapping[str, tuple[Unit, ...]]
"""By name; several if the name is bound several times, in order."""


@lru_cache(maxsize=128)
def units_of(tree: ast.Module) -> Units:
    """Everything that stands in the module but imports and docstrings."""
    found: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in _units(without_docstring(tree.body), prefix=""):
        found[unit.name].append(unit)
    return {name: tuple(units) for name, units in found.items()}


forgets(units_of.cache_clear)


def _units(body: list[ast.stmt], *, prefix: str) -> Iterator[Unit]:
    for node in body:
        match node:
            case ast.Import() | ast.ImportFrom() if not prefix:
                continue
            case ast.ClassDef():
                name = f"{prefix}{node.name}"
                yield Unit(f"{name}.#class", node, shape(_head(node)))
                yield from _units(without_docstring(node.body), prefix=f"{name}.")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield Unit(f"{prefix}{node.name}", node, shape(node))
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield Unit(f"{prefix}{name}", node, shape(node))
            case ast.Pass():
                continue
            case _:
                said = shape(node)
                yield Unit(f"{prefix}#{said}", node, said)


def _head(node: ast.ClassDef) -> list[object]:
    return [node.decorator_list, node.bases, node.keywords]


@lru_cache(maxsize=128)
def bindings_of(tree: ast.Module) -> Mapping[str, tuple[str, ...]]:
    """What the module's imports bind: for each name the things it is bound to, in order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    found[bound].append(alias.name if alias.asname else bound)
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    origin = "." * level + (module or "")
                    found[alias.asname or alias.name].append(f"{origin}:{alias.name}")
            case _:
                pass
    return {name: tuple(things) for name, things in found.items()}


forgets(bindings_of.cache_clear)


def used_names(tree: ast.AST) -> frozenset[str]:
    """Every name that is read, and every parameter: fixtures are asked for by those."""
    return frozenset(
        node.id if isinstance(node, ast.Name) else node.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and _is_read(node))
    )


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)
