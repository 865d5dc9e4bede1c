"""Python source: calls that let data become code, and what is imported."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator

from engine.discovery.source.files import SourceFile
from engine.discovery.source.remark import SAME_AS, Remark
from engine.domain.values import dataclass
from engine.domain.verdict import FindingSeverity

_SAFE_LOADERS = frozenset({"SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader"})
_STARTERS = frozenset({"run", "call", "check_call", "check_output", "Popen"})
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_HINT = re.compile(r"\b(?:eval|exec|subprocess|system|popen|yaml|pickle|cPickle|dill)\b")
_WAIVER = re.compile(r"#.*?\b(?:nosec\b|noqa\b(?::\s*(?P<codes>[A-Z0-9, ]+))?)")


@dataclass(frozen=True, slots=True)
class Import:
    """A module that a file names."""

    module: str
    """Dotted; empty: the package itself (`from . import x`)."""
    level: int = 0
    """Dots in front of it."""
    names: tuple[str, ...] = ()
    """What is taken from it, which may be modules too."""


def parse(file: SourceFile) -> ast.Module | None:
    """The syntax tree; None: this Python cannot read it, which its own checks will say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(file.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def imports_of(tree: ast.Module) -> list[Import]:
    """Everything imported anywhere in it."""
    found = []
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            found += [Import(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append(Import(node.module or "", node.level, names))
    return found


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """All statements, however deep; a fifth of the time that a look at every node takes."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        for name in _BLOCKS:
            waiting += getattr(node, name, ())


def call_remarks(file: SourceFile, tree: ast.Module) -> Iterator[Remark]:
    """Calls that run what may come from outside. None in tests, which feed themselves, and none
    that a comment waives.
    """
    if file.is_test or not _HINT.search(file.text):
        return
    lines = file.text.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            remark = _remark(node)
            if remark is not None and not _is_waived(remark, node, lines):
                yield remark


def _remark(call: ast.Call) -> Remark | None:
    match call.func:
        case ast.Name(id="eval" | "exec" as name) if _takes_data(call):
            return Remark(name, call.lineno, f"{name}() of what is no constant runs it as code")
        case ast.Attribute(value=ast.Name(id="subprocess"), attr=attr) if attr in _STARTERS:
            return _shell(call) if _is_true(_keyword(call, "shell")) else None
        case ast.Attribute(value=ast.Name(id="os"), attr="system" | "popen"):
            return _shell(call)
        case ast.Attribute(value=ast.Name(id="yaml"), attr="load" | "load_all"):
            return _yaml(call)
        case ast.Attribute(value=ast.Name(id="yaml"), attr="unsafe_load" | "unsafe_load_all"):
            return _unsafe_yaml(call)
        case ast.Attribute(value=ast.Name(id="pickle" | "cPickle" | "dill"), attr="load" | "loads"):
            return _pickle(call)
        case _:
            return None


def _shell(call: ast.Call) -> Remark | None:
    if not _takes_data(call):
        return None
    return Remark("shell", call.lineno, "a shell reads a command line that is no constant")


def _yaml(call: ast.Call) -> Remark | None:
    given = call.args[1] if len(call.args) > 1 else _keyword(call, "Loader")
    name = given.attr if isinstance(given, ast.Attribute) else getattr(given, "id", "")
    return None if name in _SAFE_LOADERS else _unsafe_yaml(call)


def _unsafe_yaml(call: ast.Call) -> Remark:
    return Remark("unsafe-yaml", call.lineno, "yaml without a safe loader can build any object")


def _pickle(call: ast.Call) -> Remark | None:
    match call.args:
        case [ast.Call(func=ast.Attribute(attr="dumps"))]:
            return None
        case _:
            message = "unpickling runs what the data says; use a format that only holds data"
            return Remark("unsafe-pickle", call.lineno, message, FindingSeverity.WARNING)


def _takes_data(call: ast.Call) -> bool:
    return bool(call.args) and not isinstance(call.args[0], ast.Constant)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((given.value for given in call.keywords if given.arg == name), None)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_waived(remark: Remark, call: ast.Call, lines: list[str]) -> bool:
    last = call.end_lineno or call.lineno
    return any(map(_waives(remark.rule), lines[call.lineno - 1 : last]))


def _waives(rule: str) -> Callable[[str], bool]:
    def does(line: str) -> bool:
        found = _WAIVER.search(line)
        if found is None:
            return False
        codes = frozenset((found["codes"] or "").replace(",", " ").split())
        return not codes or not codes.isdisjoint(SAME_AS[rule])

    return does
