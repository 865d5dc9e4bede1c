"""Places in a script where a value is chosen by what it is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_questions import literal, number
from engine.ralph.tamper.typescript_reach import arguments_of, callee_of
from engine.ralph.tamper.typescript_source import descendants, string_of, text_of, unwrapped

if TYPE_CHECKING:
    from tree_sitter import Node

_EQUALS = frozenset({"===", "==", "!==", "!="})
_ASKS = frozenset({"is", "includes", "has", "equals", "isEqual", "indexOf"})
_FUNCTIONS = frozenset(
    {"function_declaration", "method_definition", "arrow_function", "function_expression"}
)
_ENTRY = 2

Pair = tuple[frozenset[str], "Node"]


def pairs(node: Node) -> Iterator[Pair]:
    """What is compared at `node`, and each value that it leads to."""
    if node.type in ("pair", "array", "call_expression", "assignment_expression"):
        yield from _entries(node)
        return
    match node.type:
        case "if_statement" | "ternary_expression":
            inputs = frozenset(_compared(node.child_by_field_name("condition")))
            for field in ("consequence", "alternative"):
                yield from ((inputs, value) for value in _results(node.child_by_field_name(field)))
        case "binary_expression" if text_of(node.child_by_field_name("operator")) == "&&":
            inputs = frozenset(_compared(node.child_by_field_name("left")))
            right = node.child_by_field_name("right")
            yield from ((inputs, value) for value in _results(right))
        case "switch_case":
            yield from _case(node)
        case "return_statement" if _returns_first(node):
            yield frozenset(), node.named_children[0]
        case _:
            return


def _entries(node: Node) -> Iterator[Pair]:
    """What is put into a table under a key."""
    match node.type:
        case "pair":
            key, entry = node.child_by_field_name("key"), node.child_by_field_name("value")
            if key is not None and entry is not None:
                yield _key(key), entry
        case "array" if len(node.named_children) == _ENTRY and _is_entry(node):
            first = literal(node.named_children[0])
            yield frozenset({first} if first else ()), node.named_children[1]
        case "call_expression" if callee_of(node)[1] == "set" and len(arguments_of(node)) == _ENTRY:
            first = literal(arguments_of(node)[0])
            yield frozenset({first} if first else ()), arguments_of(node)[1]
        case "assignment_expression":
            yield from _stored(node)
        case _:
            return


def _case(node: Node) -> Iterator[Pair]:
    asked = node.named_children[0]
    said = literal(asked)
    inputs = frozenset({said}) if said is not None else frozenset(_compared(asked))
    for child in node.named_children[1:]:
        yield from ((inputs, value) for value in _results(child))


def _key(key: Node) -> frozenset[str]:
    said = text_of(key) if key.type == "property_identifier" else string_of(key)
    if said is None:
        return frozenset({number(text_of(key))})
    return frozenset({f'"{said}"'})


def _stored(node: Node) -> Iterator[Pair]:
    """A value that is put into a table under a key."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    index = left.child_by_field_name("index") if left is not None else None
    said = literal(index) if index is not None else None
    if said is not None and right is not None:
        yield frozenset({said}), right


def _is_entry(node: Node) -> bool:
    """Whether it is one of the pairs that a `Map` is made from."""
    outer = node.parent
    arguments = outer.parent if outer is not None else None
    maker = arguments.parent if arguments is not None else None
    return maker is not None and text_of(maker.child_by_field_name("constructor")) == "Map"


def _returns_first(node: Node) -> bool:
    """Whether a function with parameters returns this whatever it is given."""
    block = node.parent
    function = block.parent if block else None
    if function is None or function.type not in _FUNCTIONS or not node.named_children:
        return False
    parameters = function.child_by_field_name("parameters")
    return parameters is not None and bool(parameters.named_children)


def _compared(condition: Node | None) -> Iterator[str]:
    for node in descendants(condition) if condition else ():
        operator = text_of(node.child_by_field_name("operator"))
        if node.type == "binary_expression" and operator in _EQUALS:
            sides = [node.child_by_field_name(name) for name in ("left", "right")]
        elif node.type == "call_expression" and callee_of(node)[1] in _ASKS:
            sides = [part for part in descendants(node) if part.type in ("number", "string")]
        else:
            continue
        for side in sides:
            value = literal(side) if side is not None else None
            if value is not None:
                yield value


def _results(node: Node | None) -> Iterator[Node]:
    """Values that a branch returns or assigns."""
    if node is None:
        return
    if literal(node) is not None or node.type == "identifier":
        yield node
        return
    for found in descendants(node):
        if found.type in ("return_statement", "expression_statement") and found.named_children:
            inner = unwrapped(found.named_children[0])
        elif found is node:
            inner = unwrapped(found)
        else:
            continue
        is_assigned = inner.type == "assignment_expression"
        value = inner.child_by_field_name("right") if is_assigned else inner
        if value is not None and (is_assigned or found.type == "return_statement"):
            yield value
