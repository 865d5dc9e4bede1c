"""What tests in TypeScript and JavaScript ask, and values in one spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.domain.values import dataclass
from engine.ralph.evidence import Evidence
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.typescript_expects import expectations
from engine.ralph.tamper.typescript_source import (
    Tokens,
    descendants,
    is_script,
    parse,
    script_changes,
    string_of,
    text_of,
    tokens,
    unwrapped,
)
from engine.ralph.tamper.typescript_tests import ScriptTest, body_statements, read_tests

if TYPE_CHECKING:
    from tree_sitter import Node

Leaves = tuple[str, ...]
"""The single values of a list or an object, in order, without quotes."""
TRIVIAL = frozenset({"undefined", "null", "true", "false", "0", "1", "-1", '""', "[ ]", "{ }", ""})
_SINGLE = frozenset({"number", "string", "template_string", "unary_expression"})
_OPENING, _CLOSING = frozenset("[{("), frozenset("]})")
_BETWEEN = re.compile(r"[^\w.-]+")
_NUMBER = re.compile(r"-?(?:0[xob][\da-f_]+|[\d_]+(?:\.[\d_]*)?(?:e[+-]?\d+)?)n?", re.IGNORECASE)
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What one assertion and its test write down together."""

    values: frozenset[str]
    names: frozenset[str]
    """That the test uses."""
    lists: frozenset[Leaves]
    """What is compared with, of more than one value; empty where nothing is given to the product
    that the answer could be chosen by."""
    is_known: bool
    """Whether the test was there at the base commit."""


def questions_of(evidence: Evidence) -> Iterator[Question]:
    """Of all test files of the base commit that were read, and of those that the change touches."""
    for path, content in evidence.test_sources.items():
        if is_script(path):
            yield from _questions(path, content, is_known=True)
    for change in script_changes(evidence.changes):
        if is_test_file(change.path):
            yield from _questions(change.path, change.before, is_known=True)
            yield from _questions(change.path, change.after, is_known=False)


def _questions(path: str, content: bytes | None, *, is_known: bool) -> Iterator[Question]:
    root = parse(path, content)
    for test in read_tests(root).tests.values() if root else ():
        yield from _of_test(test, is_known=is_known)


def _of_test(test: ScriptTest, *, is_known: bool) -> Iterator[Question]:
    statements = body_statements(test)
    names = frozenset(
        text_of(node)
        for statement in statements
        for node in descendants(statement)
        if node.type == "identifier"
    )
    around = frozenset(
        value
        for statement in statements
        if not any(expectations(statement))
        for value in _values(statement)
    )
    around |= {number(token) for row in test.rows for token in row}
    around |= {" ".join(row) for row in test.rows}
    tables = frozenset(leaves for row in test.rows for leaves in _groups(row))
    for statement in statements:
        for expectation in expectations(statement):
            given = around.union(_values(expectation.subject) if expectation.subject else ())
            lists = frozenset(leaves for one in expectation.arguments for leaves in lists_in(one))
            yield Question(
                values=around | frozenset(_values(expectation.node)),
                names=names,
                lists=lists | tables if given - TRIVIAL else frozenset(),
                is_known=is_known,
            )


def _groups(row: Tokens) -> Iterator[Leaves]:
    """Lists inside of the row of a table."""
    starts: list[int] = []
    for position, token in enumerate(row):
        if token in _OPENING:
            starts.append(position)
        elif token in _CLOSING and starts:
            start = starts.pop()
            if starts:
                yield leaves_of(row[start : position + 1])


def _values(node: Node) -> Iterator[str]:
    """Every value that is written in `node`, single ones and lists."""
    for found in descendants(node):
        value = literal(found)
        if value is not None:
            yield value


def literal(node: Node) -> str | None:
    """A value in one spelling; None: it is none, or has to be computed."""
    node = unwrapped(node)
    if node.type in _SINGLE:
        text = string_of(node)
        if text is not None:
            return f'"{text}"'
        return number("".join(tokens(node))) if _is_number(node) else None
    if node.type in ("array", "object"):
        return " ".join(tokens(node)) if _is_written_out(node) else None
    return text_of(node) if text_of(node) in TRIVIAL else None


def lists_in(node: Node) -> Iterator[Leaves]:
    """Every list, object or row of arguments in `node` that is written out, and every text that
    might be one.
    """
    for found in descendants(node):
        if found.type in ("array", "object", "arguments") and _is_written_out(found):
            leaves = leaves_of(tokens(found))
        elif found.type in ("string", "template_string") and any(map(str.isdigit, text_of(found))):
            leaves = tuple(map(number, filter(None, _BETWEEN.split(string_of(found) or ""))))
        else:
            continue
        if len(leaves) >= _FEWEST and not TRIVIAL.issuperset(leaves):
            yield leaves


def leaves_of(said: Iterable[str]) -> Leaves:
    """The values among the tokens."""
    found: list[str] = []
    is_negative = False
    for word in said:
        if word == "-":
            is_negative = True
        elif word not in _OPENING | _CLOSING and word not in (",", ":"):
            plain = word[1:-1] if word.startswith('"') else number(word)
            found.append(f"-{plain}" if is_negative else plain)
            is_negative = False
    return tuple(found)


def number(text: str) -> str:
    """A number in one spelling; other text as it is."""
    if not _NUMBER.fullmatch(text):
        return text
    plain = text.replace("_", "").removesuffix("n").lower()
    try:
        value = (
            float(int(plain, 0)) if plain.lstrip("-")[:2] in ("0x", "0o", "0b") else float(plain)
        )
    except (ValueError, OverflowError):
        return text
    return f"{value:.15g}"


def _is_number(node: Node) -> bool:
    inner = node.named_children
    is_negative = node.type == "unary_expression" and bool(inner) and inner[-1].type == "number"
    return node.type == "number" or is_negative


def _is_written_out(node: Node) -> bool:
    computed = ("identifier", "call_expression", "template_substitution", "arrow_function")
    return not any(child.type in computed for child in descendants(node))
