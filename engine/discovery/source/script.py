"""JavaScript and TypeScript source: what was left over from debugging, and what is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.discovery.source.files import SourceFile
from engine.discovery.source.remark import Remark

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

SUFFIXES = frozenset({".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"})
_RUNNERS = frozenset({"describe", "it", "test", "suite", "context", "bench"})
_FOCUSED = frozenset({"fdescribe", "fit"})
_HINT = re.compile(r"\bdebugger\b|\.\s*only\b|\bfdescribe\b|\bfit\s*\(")
_IMPORT = re.compile(
    r"""(?:^|[;}\s])(?:import|export)\b[^'"();]{0,500}?\bfrom\s*['"]([^'"\n]+)['"]"""
    r"""|(?:^|[;}\s])import\s*['"]([^'"\n]+)['"]"""
    r"""|\b(?:import|require)\s*\(\s*['"]([^'"\n]+)['"]\s*\)"""
)


def imports_of(file: SourceFile) -> list[str]:
    """Specifiers of everything that the file imports, re-exports or requires, as written."""
    return [found[1] or found[2] or found[3] for found in _IMPORT.finditer(file.text)]


def leftover_remarks(file: SourceFile) -> Iterator[Remark]:
    """`debugger` statements, and tests that keep all others from running."""
    if not _HINT.search(file.text):
        return
    tree = _parser(file.suffix).parse(file.text.encode())
    waiting = [tree.root_node]
    while waiting:
        node = waiting.pop()
        waiting += node.children
        line = node.start_point[0] + 1
        if node.type == "debugger_statement":
            yield Remark("debugger", line, "a debugger statement was left in")
        elif node.type == "call_expression" and file.is_test and _is_focused(node):
            message = "a focused test keeps the others from running; remove the focus"
            yield Remark("focused-test", line, message)


def _is_focused(call: Node) -> bool:
    function = call.child_by_field_name("function")
    if function is None:
        return False
    words = (function.text or b"").decode(errors="replace").split(".")
    first, *others = (word.strip() for word in words)
    return (first in _RUNNERS and "only" in others) or (first in _FOCUSED and not others)


def _parser(suffix: str) -> Parser:
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    is_plain = suffix in {".ts", ".mts", ".cts"}
    grammar = tree_sitter_typescript
    return Parser(Language(grammar.language_typescript() if is_plain else grammar.language_tsx()))
