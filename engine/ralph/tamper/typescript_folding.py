"""Text that a script puts together from pieces that it holds."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_source import (
    descendants,
    string_of,
    text_of,
    unwrapped,
    without_escapes,
)

if TYPE_CHECKING:
    from tree_sitter import Node

Constants = Mapping[str, str]
_MOST_DEEP = 12
_LONGEST = 4_000
_FROM_CODES = frozenset({"String.fromCharCode", "String.fromCodePoint"})


class _UnknownError(Exception):
    """It is known only when the program runs."""


def constants_of(root: Node) -> Constants:
    """Names that a module gives to text once, with the text."""
    found: dict[str, str] = {}
    for node in descendants(root):
        if node.type == "variable_declarator":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            said = folded(value, found) if value is not None else None
            if name is not None and said is not None:
                found[text_of(name)] = said
    return found


def folded(node: Node, constants: Constants) -> str | None:
    """The text that the expression is, if it can be told without running anything."""
    try:
        return _text(node, constants, _MOST_DEEP)[:_LONGEST]
    except _UnknownError:
        return None


def _text(node: Node, constants: Constants, depth: int) -> str:
    node = unwrapped(node)
    if depth == 0:
        raise _UnknownError
    plain = string_of(node)
    if plain is not None:
        return plain
    if node.type == "identifier" and text_of(node) in constants:
        return constants[text_of(node)]
    if node.type == "binary_expression" and text_of(node.child_by_field_name("operator")) == "+":
        return "".join(
            _text(_child(node, side), constants, depth - 1) for side in ("left", "right")
        )
    if node.type == "template_string":
        return "".join(_part(part, constants, depth) for part in node.named_children)
    if node.type == "call_expression":
        return _call(node, constants, depth - 1)
    raise _UnknownError


def _part(part: Node, constants: Constants, depth: int) -> str:
    if part.type == "template_substitution" and part.named_children:
        return _text(part.named_children[0], constants, depth - 1)
    return without_escapes(text_of(part))


def _call(node: Node, constants: Constants, depth: int) -> str:
    callee = _child(node, "function")
    given = [child for child in _child(node, "arguments").named_children if child.type != "comment"]
    name = text_of(callee).removeprefix("globalThis.")
    if name in _FROM_CODES:
        return "".join(map(_character, given))
    if name == "atob" and given:
        return _decoded(_text(given[0], constants, depth), "base64")
    if callee.type != "member_expression":
        raise _UnknownError
    owner, method = _child(callee, "object"), text_of(_child(callee, "property"))
    if method == "toString" and text_of(owner).startswith("Buffer.from("):
        return _from_buffer(unwrapped(owner), constants, depth)
    if method == "join":
        separator = _text(given[0], constants, depth) if given else ","
        return separator.join(_list(owner, constants, depth))
    return _method(method, _text(owner, constants, depth), given, constants, depth)


def _method(method: str, text: str, given: list[Node], constants: Constants, depth: int) -> str:
    match method, [_text(one, constants, depth) for one in given]:
        case (("toUpperCase" | "toLocaleUpperCase"), []):
            return text.upper()
        case (("toLowerCase" | "toLocaleLowerCase"), []):
            return text.lower()
        case (("trim" | "toString" | "valueOf" | "normalize"), []):
            return text
        case "concat", others:
            return "".join((text, *others))
        case "replace", [old, new]:
            return text.replace(old, new, 1)
        case "replaceAll", [old, new]:
            return text.replace(old, new)
        case _:
            raise _UnknownError


def _list(node: Node, constants: Constants, depth: int) -> list[str]:
    node = unwrapped(node)
    if depth == 0:
        raise _UnknownError
    if node.type == "array":
        found: list[str] = []
        for entry in node.named_children:
            if entry.type == "spread_element":
                found.extend(_text(entry.named_children[0], constants, depth - 1))
            elif entry.type != "comment":
                found.append(_text(entry, constants, depth - 1))
        return found
    if node.type != "call_expression" or _child(node, "function").type != "member_expression":
        raise _UnknownError
    callee = _child(node, "function")
    owner, method = _child(callee, "object"), text_of(_child(callee, "property"))
    given = _child(node, "arguments").named_children
    if method == "split":
        separator = _text(given[0], constants, depth - 1) if given else ""
        text = _text(owner, constants, depth - 1)
        return text.split(separator) if separator else list(text)
    if method in ("reverse", "toReversed"):
        return _list(owner, constants, depth - 1)[::-1]
    raise _UnknownError


def _from_buffer(node: Node, constants: Constants, depth: int) -> str:
    given = _child(node, "arguments").named_children
    if len(given) != 2:
        raise _UnknownError
    encoding = _text(given[1], constants, depth)
    return _decoded(_text(given[0], constants, depth), encoding)


def _decoded(text: str, encoding: str) -> str:
    try:
        if encoding == "hex":
            return bytes.fromhex(text).decode("utf-8", "replace")
        if encoding in ("base64", "base64url"):
            padded = text + "=" * (-len(text) % 4)
            return base64.b64decode(padded, altchars=b"-_").decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        raise _UnknownError from None
    raise _UnknownError


def _character(node: Node) -> str:
    try:
        return chr(int(text_of(node).replace("_", ""), 0))
    except (ValueError, OverflowError):
        raise _UnknownError from None


def _child(node: Node, field: str) -> Node:
    found = node.child_by_field_name(field)
    if found is None:
        raise _UnknownError
    return found
