"""JSON as the tools of TypeScript read it: with comments and trailing commas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_source import parse, text_of, unwrapped

if TYPE_CHECKING:
    from tree_sitter import Node

_WORDS = {"true": True, "false": False, "null": None}
_DEEPEST = 100


class UnreadableJsonError(ValueError):
    """The text is no JSON, not even with comments."""


def read_object(content: bytes | None) -> dict[str, object] | None:
    """The object that a file holds. None: there is no file.

    Raises:
        UnreadableJsonError: it holds something else, or a key twice.
    """
    if content is None:
        return None
    try:
        found = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except UnreadableJsonError:
        raise
    except (ValueError, RecursionError):
        found = _with_comments(content)
    if not isinstance(found, dict):
        raise UnreadableJsonError
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Readers differ in which of two equal keys they take."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableJsonError
    return found


def _with_comments(content: bytes) -> object:
    root = parse("object.js", b"(" + content.removeprefix(b"\xef\xbb\xbf") + b"\n)")
    if root is None or root.has_error or len(root.named_children) != 1:
        raise UnreadableJsonError
    statement = root.named_children[0]
    if statement.type != "expression_statement":
        raise UnreadableJsonError
    return _value(unwrapped(statement.named_children[0]), _DEEPEST)


def _value(node: Node, depth: int) -> object:
    if depth == 0:
        raise UnreadableJsonError
    inner = [child for child in node.named_children if child.type != "comment"]
    if node.type == "object":
        return _once([_pair(child, depth) for child in inner])
    if node.type == "array":
        return [_value(child, depth - 1) for child in inner]
    if text_of(node) in _WORDS:
        return _WORDS[text_of(node)]
    try:
        return json.loads(text_of(node))
    except ValueError as exc:
        raise UnreadableJsonError from exc


def _pair(node: Node, depth: int) -> tuple[str, object]:
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    name = _value(key, 1) if key is not None and key.type == "string" else None
    if not isinstance(name, str) or value is None:
        raise UnreadableJsonError
    return name, _value(value, depth - 1)
