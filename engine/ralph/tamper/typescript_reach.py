"""Code that reaches out of itself: puts stand-ins in place of modules, changes what others own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_source import descendants, string_of, text_of, unwrapped

if TYPE_CHECKING:
    from tree_sitter import Node

_RUNNERS = frozenset({"vi", "vitest", "jest", "mock"})
_MODULE_MOCKS = frozenset({"mock", "doMock", "unstable_mockModule", "setMock", "module"})
_STAND_INS = frozenset(
    {
        "spyOn", "stubGlobal", "stubEnv", "replaceProperty", "setConfig", "mockReturnValue",
        "mockReturnValueOnce", "mockImplementation", "mockImplementationOnce",
        "mockResolvedValue", "mockResolvedValueOnce", "mockRejectedValue",
    }
)  # fmt: skip
_NODE_STAND_INS = frozenset({"method", "getter", "setter", "property"})
"""Of `mock` in `node:test`."""
_WRITERS = frozenset(
    {
        "Object.assign", "Object.defineProperty", "Object.defineProperties",
        "Object.setPrototypeOf", "Reflect.set", "Reflect.defineProperty", "Reflect.setPrototypeOf",
    }
)  # fmt: skip
_ASSIGNMENTS = frozenset({"assignment_expression", "augmented_assignment_expression"})


def callee_of(call: Node) -> tuple[str, str]:
    """The object and the property that a call goes to; the property alone without an object."""
    callee = call.child_by_field_name("function")
    if callee is None:
        return "", ""
    index = string_of(callee.child_by_field_name("index"))
    if callee.type == "subscript_expression" and index is not None:
        return text_of(callee.child_by_field_name("object")), index
    if callee.type != "member_expression":
        return "", text_of(callee)
    found = callee.child_by_field_name("object"), callee.child_by_field_name("property")
    return text_of(found[0]), text_of(found[1])


def arguments_of(call: Node) -> list[Node]:
    """What is handed to a call."""
    given = call.child_by_field_name("arguments")
    return [child for child in given.named_children if child.type != "comment"] if given else []


def calls_in(root: Node) -> Iterator[Node]:
    """All calls, in order."""
    return (node for node in descendants(root) if node.type == "call_expression")


def mocked_modules(root: Node) -> Iterator[tuple[Node, str]]:
    """Each call that replaces a module, with the module's name; empty: it is computed."""
    for call in calls_in(root):
        owner, name = callee_of(call)
        if owner not in _RUNNERS or name not in _MODULE_MOCKS:
            continue
        given = arguments_of(call)
        target = unwrapped(given[0]) if given else None
        if target is not None and target.type == "call_expression":
            target = next(iter(arguments_of(target)), None)
        yield call, string_of(target) or ""


def stand_ins(root: Node) -> Iterator[Node]:
    """Calls that put something in place of a part of what is tested."""
    for call in calls_in(root):
        owner, name = callee_of(call)
        if name in _STAND_INS or (name in _NODE_STAND_INS and owner.endswith("mock")):
            yield call


def written_members(root: Node) -> Iterator[tuple[Node, str]]:
    """Each write to a property, by assignment, `delete` or `Object.assign` and its like, with the
    text of the object that is written to and, where it is known, the property.
    """
    for node in descendants(root):
        if node.type in _ASSIGNMENTS:
            target = unwrapped(node.child_by_field_name("left") or node)
            if target.type in ("member_expression", "subscript_expression"):
                yield node, _path(target)
        elif node.type == "call_expression" and text_of(node.children[0]) in _WRITERS:
            yield from _written_by_call(node)
        elif node.type == "unary_expression" and text_of(node.children[0]) == "delete":
            yield node, _path(unwrapped(node.children[-1]))


def _written_by_call(call: Node) -> Iterator[tuple[Node, str]]:
    given = arguments_of(call)
    if not given:
        return
    owner = _path(unwrapped(given[0]))
    named = string_of(given[1]) if len(given) > 1 else None
    if named is not None:
        yield call, f"{owner}.{named}"
        return
    fields = unwrapped(given[1]).named_children if len(given) > 1 else []
    keys = [
        text_of(field.child_by_field_name("key") or field.child_by_field_name("name"))
        for field in fields
    ]
    for key in keys or [""]:
        yield call, f"{owner}.{key}"


def _path(node: Node) -> str:
    """`a.b.c`, also where a property is given as a string."""
    parts = list[str]()
    while node.type in ("member_expression", "subscript_expression"):
        index = node.child_by_field_name("property") or node.child_by_field_name("index")
        parts.append(string_of(index) or text_of(index))
        inner = node.child_by_field_name("object")
        if inner is None:
            break
        node = unwrapped(inner)
    return ".".join([text_of(node), *reversed(parts)])


def own_names(root: Node) -> set[str]:
    """Names of the values that `root` makes itself."""
    found = set[str]()
    for node in descendants(root):
        if node.type == "variable_declarator":
            found |= _bound(node.child_by_field_name("name"))
    return found


def declared_names(root: Node) -> set[str]:
    """All names that `root` declares, parameters included."""
    found = own_names(root)
    for node in descendants(root):
        if node.type in ("required_parameter", "optional_parameter"):
            found |= _bound(node.child_by_field_name("pattern"))
        elif node.type == "arrow_function":
            found |= _bound(node.child_by_field_name("parameter"))
        elif node.type.endswith("declaration"):
            found |= _bound(node.child_by_field_name("name"))
    return found


def _bound(pattern: Node | None) -> set[str]:
    return {
        text_of(node)
        for node in (descendants(pattern) if pattern else ())
        if node.type in ("identifier", "shorthand_property_identifier_pattern", "type_identifier")
    }


def used_names(root: Node) -> set[str]:
    """All names that occur in `root`, declared there or not."""
    return {
        text_of(node)
        for node in descendants(root)
        if node.type
        in ("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern")
    }
