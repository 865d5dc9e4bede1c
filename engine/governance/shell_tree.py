"""The syntax tree of a command line, from tree-sitter; one grammar per thread."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser

_threads = threading.local()
_ODD = re.compile(r"[^\n\t\x20-\x7e]|Z(?=Q)")
_CODED = re.compile(r"ZQ([0-9a-f]{1,6})QZ")
_HARMLESS_GAP = re.compile(rb"[\s\\-]*")


def parse(text: str) -> Node:
    """The root of the tree; broken syntax shows in `has_error` and in `has_unread_text`.

    The grammar sees plain ASCII alone, other characters as `ZQ<hex>QZ`: on arbitrary Unicode its
    scanner was seen to crash the process, and to the shell they are letters of a word anyway.
    A new parser for every text, because the scanner also keeps state from broken ones.
    """
    plain = _ODD.sub(lambda found: f"ZQ{ord(found.group()):x}QZ", text)
    return _parser().parse(plain.encode("ascii")).root_node


def text_of(node: Node) -> str:
    """The source of `node`."""
    return shown(node.text or b"")


def shown(source: bytes) -> str:
    """A piece of the source with its own characters again."""
    return _CODED.sub(lambda found: chr(int(found.group(1), 16)), source.decode("ascii"))


def swallowed_newline(root: Node) -> int | None:
    """Where the grammar ran two lines into one command, as an offset of characters of the source;
    None: nowhere. It was seen to do so after a pipeline of three.
    """
    source = b" " * root.start_byte + (root.text or b"")
    for node in descendants(root):
        if node.type == "command":
            for left, right in pairwise(node.children):
                gap = source[left.end_byte : right.start_byte]
                at = re.search(rb"(?<!\\)\n", gap)
                if at:
                    return len(shown(source[: left.end_byte + at.start()]))
    return None


def descendants(node: Node) -> Iterator[Node]:
    """All named nodes below `node`, in order of the source."""
    for child in node.named_children:
        yield child
        yield from descendants(child)


def has_unread_text(root: Node) -> bool:
    """Whether the parser passed over some text without giving it a node.

    Here-documents are left out: they are read as text.
    """
    source = b" " * root.start_byte + (root.text or b"")
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
    language: Language | None = getattr(_threads, "language", None)
    # Loading the grammar takes longer than the first frame of the cockpit may wait.
    import tree_sitter

    if language is None:
        import tree_sitter_bash

        language = tree_sitter.Language(tree_sitter_bash.language())
        _threads.language = language
    return tree_sitter.Parser(language)
