"""What strings and paths of Python code evaluate to, as far as the code itself tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from engine.governance.shell_values import UNKNOWN, names_of

MAX_CHARS = 4096
MAX_STEPS = 20_000
_CONSTANTS = {"os.sep": "/", "os.pardir": "..", "os.curdir": ".", "os.path.sep": "/"}
_PATH_MAKERS = names_of(
    """Path PurePath PosixPath PurePosixPath pathlib.Path pathlib.PurePath pathlib.PosixPath
    pathlib.PurePosixPath str os.fspath os.path.join posixpath.join os.path.abspath
    os.path.realpath os.path.normpath"""
)
_HERE = frozenset({"Path.cwd", "pathlib.Path.cwd", "os.getcwd"})
_SAME = frozenset({"resolve", "absolute", "as_posix", "strip", "__str__"})
_OF_TEXT: dict[str, Callable[..., str]] = {
    "replace": str.replace,
    "lower": str.lower,
    "upper": str.upper,
    "format": str.format,
    "join": lambda glue, *items: glue.join(items),
}
_WIDE = re.compile(r"\{[^{}]*(\d{3}|\{)")
"""A replacement field that could make a text of any length."""


class Values:
    """Folds expressions; variables with one assignment are followed."""

    def __init__(self, tree: ast.AST, aliases: dict[str, str], file: str = ".") -> None:
        self._file = file
        self._aliases = aliases
        self._given: dict[str, list[ast.expr]] = {}
        self._being_read: set[str] = set()
        self._steps = 0
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._note(target, node.value)
            elif isinstance(node, ast.NamedExpr):
                self._note(node.target, node.value)
            elif isinstance(node, ast.For | ast.comprehension) and isinstance(
                node.iter, ast.List | ast.Tuple | ast.Set
            ):
                for item in node.iter.elts:
                    self._note(node.target, item)

    def dotted(self, node: ast.expr) -> str:
        """`module.name` with import aliases resolved; empty where it is no such chain."""
        if isinstance(node, ast.Name):
            return self._aliases.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def texts(self, node: ast.expr) -> list[str]:
        """All texts that a name may stand for, or the one of another expression."""
        if isinstance(node, ast.Name) and node.id in self._given:
            return [self.text(value) for value in self._given[node.id][:16]]
        return [self.text(node)]

    def text(self, node: ast.expr) -> str:
        """The text, with `UNKNOWN` for every part that is not known."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            return UNKNOWN
        return self._read(node)[:MAX_CHARS]

    def _read(self, node: ast.expr) -> str:
        readers: dict[type[ast.expr], Callable[..., str]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.BinOp: self._operation,
            ast.JoinedStr: self._formatted,
            ast.FormattedValue: self._placeholder,
            ast.Subscript: self._element,
            ast.Call: self._call,
        }
        reader = readers.get(type(node))
        return UNKNOWN if reader is None else reader(node)

    def _note(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._given.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, item in zip(target.elts, value.elts, strict=False):
                self._note(one, item)

    def _constant(self, node: ast.Constant) -> str:
        if isinstance(node.value, bytes):
            return node.value.decode("latin-1")
        return str(node.value) if isinstance(node.value, str | int) else UNKNOWN

    def _name(self, node: ast.Name) -> str:
        if node.id == "__file__":
            return self._file
        known = self.dotted(node)
        values = self._given.get(node.id, [])
        if known in _CONSTANTS:
            return _CONSTANTS[known]
        if len(values) != 1 or node.id in self._being_read:
            return UNKNOWN
        self._being_read.add(node.id)
        try:
            return self.text(values[0])
        finally:
            self._being_read.discard(node.id)

    def _attribute(self, node: ast.Attribute) -> str:
        known = self.dotted(node)
        if known in _CONSTANTS:
            return _CONSTANTS[known]
        return f"{self.text(node.value)}/.." if node.attr == "parent" else UNKNOWN

    def _operation(self, node: ast.BinOp) -> str:
        left, right = self.text(node.left), self.text(node.right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Div):
            return _under([left, right])
        if isinstance(node.op, ast.Mult) and right.isdigit():
            return left * min(int(right[:4]), MAX_CHARS)
        return UNKNOWN

    def _formatted(self, node: ast.JoinedStr) -> str:
        return "".join(self.text(part) for part in node.values)

    def _placeholder(self, node: ast.FormattedValue) -> str:
        return self.text(node.value)

    def _element(self, node: ast.Subscript) -> str:
        base = self.text(node.value)
        if isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            steps = self.text(node.slice)
            return self.text(node.value.value) + "/.." * (
                1 + int(steps[:2] if steps.isdigit() else 9)
            )
        is_turned = isinstance(node.slice, ast.Slice) and self.text_of_step(node.slice) == "-1"
        return base[::-1] if is_turned else UNKNOWN

    def text_of_step(self, part: ast.Slice) -> str:
        """The step of a slice, such as `-1`."""
        return "" if part.step is None else ast.unparse(part.step)

    def _call(self, node: ast.Call) -> str:
        known = self.dotted(node.func)
        parts = [self.text(argument) for argument in node.args]
        if known in _HERE:
            return "."
        if known in _PATH_MAKERS:
            return _under(parts) if parts else "."
        if known in ("os.path.dirname", "posixpath.dirname") and parts:
            return f"{parts[0]}/.."
        if known == "chr" and parts and parts[0].isdigit():
            return chr(min(int(parts[0][:7]), 0x10FFFF))
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, node.args, parts)
        return UNKNOWN

    def _method(self, function: ast.Attribute, given: list[ast.expr], parts: list[str]) -> str:
        whole = self.text(function.value)
        if function.attr in _SAME:
            return whole
        if function.attr in ("joinpath", "with_name", "with_suffix"):
            return _under([whole, *parts]) if function.attr == "joinpath" else whole
        if function.attr == "join" and given and isinstance(given[0], ast.List | ast.Tuple):
            parts = [self.text(item) for item in given[0].elts]
        elif function.attr == "join":
            return UNKNOWN
        work = _OF_TEXT.get(function.attr)
        if work is None or UNKNOWN in whole or _WIDE.search(whole):
            return UNKNOWN
        try:
            return work(whole, *parts)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError):
            return UNKNOWN


def _under(parts: list[str]) -> str:
    whole = ""
    for part in parts:
        whole = part if part.startswith("/") or not whole else f"{whole}/{part}"
    return whole
