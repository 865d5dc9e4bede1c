"""The syntax tree of a command line, from tree-sitter; one parser per thread."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_threads = threading.local()
_HARMLESS_GAP = re.compile(rb"[\s\\-]*")


def parse(text: str) -> Node:
    """The root of the tree; broken syntax shows in `has_error` and in `has_unread_text`."""
    return _parser().parse(text.encode("utf-8", "surrogatepass")).root_node


def text_of(node: Node) -> str:
    """The source of `node`."""
    return (node.text or b"").decode("utf-8", "replace")


def descendants(node: Node) -> Iterator[Node]:
    """All named nodes below `node`, in order of the source."""
    for child in node.named_children:
        yield child
        yield from descendants(child)


def has_unread_text(root: Node) -> bool:
    """Whether the parser passed over some text without giving it a node.

    Here-documents are left out: they are read as text.
    """
    source = root.text or b""
    position = 0
    for start, end in _leaves(root):
        if not _HARMLESS_GAP.fullmatch(source[position:start]):
            return True
        position = max(position, end)
    return not _HARMLESS_GAP.fullmatch(source[position:])


def _leaves(node: Node) -> Iterator[tuple[int, int]]:
    children = node.children
    if not children or node.type in ("heredoc_body", "string"):
        yield node.start_byte, node.end_byte
        return
    for child in children:
        yield from _leaves(child)


def _parser() -> Parser:
    parser: Parser | None = getattr(_threads, "parser", None)
    if parser is None:
        # Loading the grammar takes longer than the first frame of the cockpit may wait.
        import tree_sitter
        import tree_sitter_bash

        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
        _threads.parser = parser
    return parser
