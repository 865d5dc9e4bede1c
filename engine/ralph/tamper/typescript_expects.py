"""What a test demands: its calls of `expect` and `assert`, and how much each of them says."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from engine.domain.values import dataclass
from engine.ralph.tamper.typescript_source import (
    WRAPPERS,
    Tokens,
    descendants,
    line_of,
    text_of,
    tokens,
    unwrapped,
)

if TYPE_CHECKING:
    from tree_sitter import Node


class Strength(IntEnum):
    """How much an assertion demands."""

    NOTHING = 0
    """It holds whatever the product does."""
    VAGUE = 1
    """Many wrong results fulfil it."""
    EXACT = 2


_EXACT = frozenset(
    {
        "toBe", "toEqual", "toStrictEqual", "toMatchObject", "toContain", "toContainEqual",
        "toHaveLength", "toMatch", "toBeCloseTo", "toHaveBeenCalledWith",
        "toHaveBeenLastCalledWith", "toHaveBeenNthCalledWith", "toHaveBeenCalledTimes",
        "toHaveReturnedWith", "toMatchInlineSnapshot",
        "toMatchSnapshot", "toThrowErrorMatchingInlineSnapshot", "toMatchFileSnapshot",
        "toThrowErrorMatchingSnapshot", "toBeNull", "toBeUndefined", "toBeNaN", "toBeOneOf",
        "toHaveTextContent", "toBeInTheDocument",
        "equal", "strictEqual", "deepEqual", "deepStrictEqual", "rejects", "match",
        "eql", "eq", "include", "lengthOf", "property", "true", "false",
    }
)  # fmt: skip
_EXACT_WITH = frozenset({"toThrow", "toThrowError", "throws", "toHaveProperty"})
"""Exact if they are told what to look for."""
BUILTIN_MATCHERS = (
    _EXACT
    | _EXACT_WITH
    | {
        "toBeTruthy", "toBeFalsy", "toBeDefined", "toBeGreaterThan", "toBeGreaterThanOrEqual",
        "toBeLessThan", "toBeLessThanOrEqual", "toBeInstanceOf", "toBeTypeOf", "toHaveBeenCalled",
        "toHaveReturned", "toSatisfy", "toHaveReturnedTimes",
    }
)  # fmt: skip
_LOOSE_ARGUMENTS = ("expect.anything(", "expect.any(", "expect.not.")
_EQUALITIES = frozenset({"toBe", "toEqual", "toStrictEqual", "equal", "strictEqual", "deepEqual"})
_COMPARING = frozenset({"===", "==", ">=", "<=", "!==", "!=", "<", ">"})
_WORDS = frozenset({"undefined", "null", "true", "false", "NaN", "Infinity"})
_LITERALS = frozenset(
    {"Symbol", "Number", "String", "Boolean", "BigInt", "Array", "Object", "Math"}
)
_NAMES = frozenset({"identifier", "shorthand_property_identifier", "this", "import", "super"})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Expectation:
    """One assertion."""

    node: Node
    subject: Node | None
    matcher: str
    """Empty: none is called, so nothing is demanded."""
    is_negated: bool
    arguments: tuple[Node, ...]

    @property
    def line(self) -> int:
        """Where it stands, from 1."""
        return line_of(self.node)

    @property
    def about(self) -> Tokens:
        """What it looks at."""
        return tokens(self.subject)

    @property
    def strength(self) -> Strength:
        """How much it demands."""
        if not self.matcher or self._holds_always():
            return Strength.NOTHING
        loose = any(text_of(given).startswith(_LOOSE_ARGUMENTS) for given in self.arguments[:1])
        is_exact = self.matcher in _EXACT or (self.arguments and self.matcher in _EXACT_WITH)
        if self.is_negated or loose or not is_exact or self._compares_with_itself():
            return Strength.VAGUE
        return Strength.EXACT

    def _compares_with_itself(self) -> bool:
        given = self.arguments[:1]
        return self.matcher in _EQUALITIES and bool(given) and tokens(given[0]) == self.about

    def _holds_always(self) -> bool:
        subject = self.subject
        if subject is None:
            return False
        if self._compares_with_itself():
            return self.matcher != "toBe" or not _calls(subject)
        return _is_constant(subject) or _is_forced(subject) or _is_its_own_rival(subject)


def expectations(root: Node) -> Iterator[Expectation]:
    """All assertions in `root`, in order."""
    for node in descendants(root):
        if node.type == "call_expression" and _is_start(node):
            yield _expectation(node)


def _is_start(call: Node) -> bool:
    callee = call.child_by_field_name("function")
    name = text_of(callee)
    if name in ("expect", "expect.soft", "expect.poll", "assert"):
        return True
    return name.startswith("assert.") and name.count(".") == 1 and callee is not None


def _expectation(start: Node) -> Expectation:
    given = _arguments(start)
    name = text_of(start.child_by_field_name("function"))
    if name.startswith("assert"):
        matcher = name.partition(".")[2] or "ok"
        return Expectation(
            node=start,
            subject=given[0] if given else None,
            matcher=matcher,
            is_negated=matcher.startswith("not"),
            arguments=given[1:],
        )
    chain, last = _chain(start)
    called = last.type == "call_expression" and last != start
    return Expectation(
        node=last,
        subject=given[0] if given else None,
        matcher=chain[-1] if chain and (called or chain[0] in ("to", "be")) else "",
        is_negated="not" in chain,
        arguments=_arguments(last) if called else (),
    )


def _chain(start: Node) -> tuple[list[str], Node]:
    """The properties after `expect(...)`, and the whole expression."""
    names, node = list[str](), start
    while node.parent is not None:
        parent = node.parent
        if parent.type == "member_expression" and parent.child_by_field_name("object") == node:
            names.append(text_of(parent.child_by_field_name("property")))
        elif parent.type in WRAPPERS:
            pass
        elif parent.type != "call_expression" or parent.child_by_field_name("function") != node:
            break
        node = parent
    return names, node


def _arguments(call: Node) -> tuple[Node, ...]:
    arguments = call.child_by_field_name("arguments")
    if arguments is None:
        return ()
    return tuple(child for child in arguments.named_children if child.type != "comment")


def _calls(node: Node) -> bool:
    return any(found.type in ("call_expression", "new_expression") for found in descendants(node))


def _is_constant(node: Node) -> bool:
    """Whether nothing that the test or the product computes is in it."""
    return not any(
        found.type in _NAMES and text_of(found) not in _WORDS | _LITERALS
        for found in descendants(node)
    )


def _is_its_own_rival(node: Node) -> bool:
    """Whether it compares a thing with the same thing."""
    node = unwrapped(node)
    operator = text_of(node.child_by_field_name("operator"))
    if node.type != "binary_expression" or operator not in _COMPARING:
        return False
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    return tokens(left) == tokens(right)


def _is_forced(node: Node) -> bool:
    """Whether it ends in `|| something constant`."""
    node = unwrapped(node)
    if node.type != "binary_expression":
        return False
    operator, right = node.child_by_field_name("operator"), node.child_by_field_name("right")
    return text_of(operator) in ("||", "??") and right is not None and _is_constant(right)
