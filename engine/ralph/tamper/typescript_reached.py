"""Is an assertion reached when its test runs, and does its failure fail the test?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_reach import callee_of, calls_in
from engine.ralph.tamper.typescript_source import (
    WRAPPERS,
    descendants,
    statements_of,
    text_of,
    unwrapped,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS = frozenset(
    {"function_declaration", "function_expression", "arrow_function", "generator_function"}
)
_ENDS = frozenset({"return_statement", "throw_statement"})
_FALSE = frozenset({"false", "0", "null", "undefined", '""', "''", "!1", "!true"})
_EMPTY = frozenset({"[]", "new Set()", "new Map()", '""', "''"})
_PROMISED = frozenset({"then", "catch", "finally"})
_NOT_NOW = frozenset({"setTimeout", "setImmediate", "setInterval", "queueMicrotask", "nextTick"})
_PASSES_ON = frozenset({"fail", "throw", "reject", "done", "expect", "assert"})
_AWAITED = frozenset({"resolves", "rejects", "poll"})


def is_reached(assertion: Node, test: Node) -> bool:
    """Whether nothing between the assertion and the body of its test keeps it from counting: a
    branch that is never taken, a function that is not called, a promise for which nobody waits, a
    `catch` that says nothing. What cannot be told counts.
    """
    if _is_dropped_promise(assertion):
        return False
    node = assertion
    while node != test and node.parent is not None:
        outer = node.parent
        if _is_cut_off(node, outer) or (node.type in _FUNCTIONS and not _is_run(node, test)):
            return False
        node = outer
    return True


def _is_cut_off(node: Node, outer: Node) -> bool:
    match outer.type:
        case "if_statement":
            condition = outer.child_by_field_name("condition")
            is_then = outer.child_by_field_name("consequence") == node
            return is_then and condition is not None and _says(condition) in _FALSE
        case "while_statement":
            return _says(outer.child_by_field_name("condition")) in _FALSE
        case "for_in_statement":
            right = outer.child_by_field_name("right")
            return right is not None and right != node and _says(right) in _EMPTY
        case "binary_expression" if text_of(outer.child_by_field_name("operator")) == "&&":
            left = outer.child_by_field_name("left")
            return left != node and _says(left) in _FALSE
        case "try_statement":
            return outer.child_by_field_name("body") == node and _swallows(outer)
        case "statement_block":
            return any(
                one.type in _ENDS and one.end_byte <= node.start_byte
                for one in statements_of(outer)
            )
        case _:
            return False


def _says(node: Node | None) -> str:
    return "" if node is None else "".join(text_of(unwrapped(node)).split(" ")) or ""


def _swallows(attempt: Node) -> bool:
    """Whether the failure of an assertion in it goes no further."""
    handler = attempt.child_by_field_name("handler")
    if handler is None:
        return False
    body = handler.child_by_field_name("body")
    for node in descendants(body) if body is not None else ():
        if node.type == "throw_statement":
            return False
        if node.type == "call_expression" and _PASSES_ON.intersection(
            text_of(node.child_by_field_name("function")).split(".")
        ):
            return False
    parameter = text_of(handler.child_by_field_name("parameter"))
    return not parameter or parameter not in text_of(body)


def _is_run(function: Node, test: Node) -> bool:
    """Whether something calls the function before the test is over."""
    outer = function.parent
    while outer is not None and outer.type in WRAPPERS:
        outer = outer.parent
    if outer is None or function == test:
        return True
    if outer.type == "arguments" and outer.parent is not None:
        return _is_callback_run(outer.parent, test) or _ends_test(function, test)
    name = function.child_by_field_name("name")
    if outer.type == "variable_declarator":
        name = outer.child_by_field_name("name")
    is_named = outer.type == "variable_declarator" or function.type == "function_declaration"
    return not is_named or name is None or _is_used(text_of(name), name, test)


def _is_used(name: str, declared: Node, test: Node) -> bool:
    """Whether the name occurs again, other than to say that it does not matter."""
    return any(
        node.type in ("identifier", "shorthand_property_identifier")
        and text_of(node) == name
        and node != declared
        and not (node.parent is not None and _is_idle(node, node.parent))
        for node in descendants(test)
    )


def _is_idle(node: Node, outer: Node) -> bool:
    """Whether a name is only looked at, or handed to what goes over nothing."""
    if text_of(outer).startswith("void "):
        return True
    call = outer.parent if outer.type == "arguments" else None
    return call is not None and callee_of(call)[0] in _EMPTY


def _is_callback_run(call: Node, test: Node) -> bool:
    owner, name = callee_of(call)
    if name in _NOT_NOW:
        return _is_waited_for(call, test)
    if name in _PROMISED:
        return not _is_dropped(call)
    return owner not in _EMPTY


def _ends_test(function: Node, test: Node) -> bool:
    """Whether it calls what the runner handed to the test to be called at its end."""
    given = test.child_by_field_name("parameters") or test.child_by_field_name("parameter")
    names = (
        {text_of(node) for node in descendants(given) if node.type == "identifier"} if given else ()
    )
    return any(
        text_of(call.child_by_field_name("function")) in names for call in calls_in(function)
    )


def _is_waited_for(call: Node, test: Node) -> bool:
    """Whether the test waits for something, or moves the clock on."""
    parent = call.parent
    while parent is not None and parent != test:
        if parent.type == "new_expression":
            return True
        parent = parent.parent
    return any(node.type == "await_expression" for node in descendants(test)) or any(
        "Timers" in callee_of(other)[1] or callee_of(other)[1] == "done" for other in calls_in(test)
    )


def _is_dropped_promise(assertion: Node) -> bool:
    """Whether it waits for a promise and nobody waits for it."""
    names, node = set[str](), assertion.child_by_field_name("function")
    while node is not None and node.type in ("member_expression", "call_expression"):
        names.add(text_of(node.child_by_field_name("property")))
        node = node.child_by_field_name("object") or node.child_by_field_name("function")
    return bool(names & _AWAITED) and _is_dropped(assertion)


def _is_dropped(node: Node) -> bool:
    """Whether the value of the chain that the expression is part of goes nowhere."""
    while node.parent is not None:
        outer = node.parent
        is_chain = outer.type in ("member_expression", "call_expression", *WRAPPERS)
        is_argument = outer.type == "arguments"
        if outer.type == "unary_expression" and text_of(outer).startswith("void"):
            is_chain = True
        if not is_chain or is_argument:
            return outer.type == "expression_statement"
        node = outer
    return True
