"""Python files of a change as syntax trees."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from engine.domain.change import FileChange
from engine.domain.values import dataclass
from engine.ralph.evidence import Evidence
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.remembering import forgets

_MARKS_A_MODULE = (".py", ".pyi", ".pyw")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DOCUMENTED = (*_FUNCTIONS, ast.ClassDef, ast.Module)
_PLAIN_ANNOTATION = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.BinOp, ast.BitOr, ast.Tuple, ast.List,
    ast.expr_context,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that stands in a file."""

    what: str
    """For a human: what it is."""
    key: str
    """Equal for two signs that say the same, wherever they stand."""
    line: int
    excerpt: str


Scan = Callable[[ast.Module, str], Iterable[Sign]]
"""From a tree and the path of its file to what is to be seen in it."""


def is_python(path: str) -> bool:
    """Whether the path is a module or a stub."""
    return path.lower().endswith(_MARKS_A_MODULE)


@lru_cache(maxsize=128)
def parse(content: bytes) -> ast.Module | None:
    """The tree, which nobody may change; None: it is not Python as this interpreter knows it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        content.decode(encoding)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None


forgets(parse.cache_clear)


def tree_of(content: bytes | None) -> ast.Module:
    """The tree; an empty one for no content and for what is not Python, which a rule of its own
    objects to.
    """
    return (parse(content) if content is not None else None) or ast.Module([], [])


def python_changes(evidence: Evidence, *, tests: bool | None = None) -> Iterator[FileChange]:
    """Changes of Python files; of `tests` or of the product if that is said."""
    for change in evidence.changes:
        if not is_python(change.path) or change.is_cut or change.is_link or change.is_submodule:
            continue
        if tests is None or tests is is_test(evidence, change.path):
            yield change


def is_test(evidence: Evidence, path: str) -> bool:
    """Whether the path is a test by its name, or because tests were collected from it."""
    return is_test_file(path) or path in evidence.base_test_files or path in _collected(evidence)


def _collected(evidence: Evidence) -> frozenset[str]:
    """Files that tests were collected from, but for doctests of the product."""
    return frozenset(
        path
        for check in evidence.baseline.checks.values()
        for path, _, name in (test.partition("::") for test in check.tests)
        if "." not in name.partition("[")[0]
    )


def added(
    changes: Iterable[FileChange], scan: Scan, *, moves: bool = True
) -> Iterator[tuple[FileChange, Sign]]:
    """What `scan` sees after the change and did not see before.

    Args:
        changes: Python files.
        scan: what to look for.
        moves: a sign that went from one file to another is none that was added.
    """
    listed = list(changes)
    before = {
        change.path: _seen(scan, change.before, change.after, change.path) for change in listed
    }
    left = Counter(sign.key for signs in before.values() for sign in signs)
    own = {path: Counter(sign.key for sign in signs) for path, signs in before.items()}
    for change in listed:
        known = left if moves else own[change.path]
        for sign in _seen(scan, change.after, change.before, change.path):
            if known[sign.key] > 0:
                known[sign.key] -= 1
            else:
                yield change, sign


def _seen(scan: Scan, content: bytes | None, other: bytes | None, path: str) -> list[Sign]:
    return [] if content is None else list(scan(_differing(content, other), path))


@lru_cache(maxsize=128)
def _differing(content: bytes, other: bytes | None) -> ast.Module:
    """The tree without the definitions that stand in `other` letter by letter: what is in both
    cannot have been added, and files are long.
    """
    tree = tree_of(content)
    if other is None:
        return tree
    known = {text for _, text in _definitions(other)}
    same = {id(node) for node, text in _definitions(content) if text in known}
    return ast.Module([node for node in tree.body if id(node) not in same], [])


forgets(_differing.cache_clear)


def _definitions(content: bytes) -> Iterator[tuple[ast.stmt, bytes]]:
    lines = content.splitlines()
    for node in tree_of(content).body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            yield node, b"\n".join(lines[first - 1 : node.end_lineno])


def sign(what: str, node: ast.AST) -> Sign:
    """The node as a sign."""
    return Sign(what, f"{what}|{shape(node)}", getattr(node, "lineno", 1), excerpt(node))


def excerpt(node: ast.AST) -> str:
    """The first line of the node, as Python would write it."""
    return ast.unparse(node).strip().partition("\n")[0]


def shape(node: object) -> str:
    r"""What the code does, without docstrings, plain annotations, comments and formatting.

    >>> shape(ast.parse("def f(a: int) -> str: return 'x'")) == shape(
    ...     ast.parse("def f( a ):\\n  'Says x.'\\n  return \\"x\\"")
    ... )
    True
    """
    match node:
        case ast.Constant(value=value):
            return repr(value)
        case ast.expr_context():
            return ""
        case ast.AST():
            fields = (shape(value) for name, value in _fields(node))
            return f"{type(node).__name__}({','.join(fields)})"
        case list():
            return f"[{','.join(shape(item) for item in node)}]"
        case _:
            return repr(node)


def _fields(node: ast.AST) -> Iterator[tuple[str, object]]:
    for name, value in ast.iter_fields(node):
        if name in ("type_comment", "type_ignores"):
            continue
        if name == "returns" or (name == "annotation" and isinstance(node, ast.arg)):
            yield name, None if _is_plain(value) else value
        elif name == "body" and isinstance(node, _DOCUMENTED):
            yield name, without_docstring(node.body)
        else:
            yield name, value


def _is_plain(annotation: ast.AST | None) -> bool:
    return annotation is None or all(
        isinstance(part, _PLAIN_ANNOTATION) for part in ast.walk(annotation)
    )


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements but for a leading text."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case _:
            return body


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def root_of(node: ast.AST) -> ast.AST:
    """What a chain of attributes and items begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node


def called(node: ast.AST) -> str:
    """The dotted name of what a call calls; empty for anything else."""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def is_function(node: ast.AST) -> bool:
    """Whether the node defines a function."""
    return isinstance(node, _FUNCTIONS)
