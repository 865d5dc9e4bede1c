"""Answers that were written for the questions of a TypeScript or JavaScript test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.node_names import is_tool_config
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.typescript_expects import expectations
from engine.ralph.tamper.typescript_source import (
    descendants,
    is_script,
    line_of,
    parse,
    script_changes,
    string_of,
    text_of,
    tokens,
    unwrapped,
)
from engine.ralph.tamper.typescript_tests import body_statements, read_tests

if TYPE_CHECKING:
    from tree_sitter import Node

_TRIVIAL = frozenset({"undefined", "null", "true", "false", "0", "1", "- 1", '""', "[ ]", "{ }"})
_SINGLE = frozenset({"number", "string", "template_string", "unary_expression"})
_EQUALS = frozenset({"===", "=="})
_FUNCTIONS = frozenset(
    {"function_declaration", "method_definition", "arrow_function", "function_expression"}
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Answer:
    """For these inputs, that output."""

    inputs: frozenset[str]
    """Empty: for all."""
    output: str
    node: Node
    unit: str
    """The function that holds it; empty: none does."""

    @property
    def key(self) -> tuple[frozenset[str], str]:
        """What makes two answers the same."""
        return self.inputs, self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What a test writes down together, and the names that it uses."""

    values: frozenset[str]
    names: frozenset[str]


def script_answers_are_computed(evidence: Evidence) -> Iterator[Ground]:
    """TypeScript and JavaScript of the product does not hold a test's inputs and its output."""
    questions: list[_Question] | None = None
    for change in script_changes(evidence.changes):
        if is_test_file(change.path) or is_tool_config(change.path):
            continue
        known = {answer.key for answer in _answers(parse(change.path, change.before))}
        added = [a for a in _answers(parse(change.path, change.after)) if a.key not in known]
        if added and questions is None:
            questions = list(_questions(evidence))
        units = _units(parse(change.path, change.before))
        for unit, group in groupby(added, key=lambda answer: answer.unit):
            answers = list(group)
            if unit not in units and all(_is_word_for_word(answer) for answer in answers):
                continue
            asked = [answer for answer in answers if _is_asked(answer, questions or [])]
            if len(asked) == len(answers):
                yield from (_ground(change.path, answer) for answer in asked)


def _ground(path: str, answer: _Answer) -> Ground:
    message = f"the answer {answer.output} to a test's question is written down"
    excerpt = text_of(answer.node)
    return objection(
        "hard-coded-answer", message, path=path, line=line_of(answer.node), excerpt=excerpt
    )


def _is_word_for_word(answer: _Answer) -> bool:
    """Whether a word stands for another, as in a table of names."""
    return bool(answer.inputs) and all(
        value.startswith('"') and len(value) < 40 for value in (*answer.inputs, answer.output)
    )


def _is_asked(answer: _Answer, questions: list[_Question]) -> bool:
    return any(
        answer.inputs | {answer.output} <= question.values
        and (bool(answer.inputs) or answer.unit in question.names)
        for question in questions
    )


def _questions(evidence: Evidence) -> Iterator[_Question]:
    sources = [(p, s) for p, s in evidence.test_sources.items() if is_script(p)]
    for change in script_changes(evidence.changes):
        if is_test_file(change.path):
            sources += [(change.path, c) for c in (change.before, change.after) if c is not None]
    for path, content in sources:
        root = parse(path, content)
        for test in read_tests(root).tests.values() if root else ():
            names = frozenset(
                text_of(node)
                for statement in body_statements(test)
                for node in descendants(statement)
                if node.type == "identifier"
            )
            tables = frozenset(value for row in test.rows for value in (*row, " ".join(row)))
            for statement in body_statements(test):
                for expectation in expectations(statement):
                    values = frozenset(_values(expectation.node)) | tables
                    yield _Question(values=values, names=names)


def _values(node: Node) -> Iterator[str]:
    """Every value that is written in `node`, single ones and lists."""
    for found in descendants(node):
        value = _literal(found)
        if value is not None:
            yield value


def _literal(node: Node) -> str | None:
    """A value in one spelling; None: it is none, or has to be computed."""
    node = unwrapped(node)
    if node.type in _SINGLE:
        text = string_of(node)
        if text is not None:
            return f'"{text}"'
        return " ".join(tokens(node)) if _is_number(node) else None
    if node.type in ("array", "object"):
        inner = [
            child for child in descendants(node) if child.type in ("identifier", "call_expression")
        ]
        return None if inner else " ".join(tokens(node))
    return text_of(node) if text_of(node) in _TRIVIAL else None


def _is_number(node: Node) -> bool:
    inner = node.named_children
    is_negative = node.type == "unary_expression" and bool(inner) and inner[-1].type == "number"
    return node.type == "number" or is_negative


def _answers(root: Node | None) -> Iterator[_Answer]:
    for node in descendants(root) if root else ():
        for inputs, value in _pairs(node):
            output = _literal(value)
            is_telling = bool(inputs - _TRIVIAL) or node.type == "return_statement"
            if output is not None and output not in _TRIVIAL and is_telling:
                yield _Answer(inputs=inputs, output=output, node=node, unit=_unit_of(node))


def _pairs(node: Node) -> Iterator[tuple[frozenset[str], Node]]:
    """What is compared, and the value that it leads to."""
    match node.type:
        case "if_statement" | "ternary_expression":
            inputs = frozenset(_compared(node.child_by_field_name("condition")))
            for value in _results(node.child_by_field_name("consequence")):
                yield inputs, value
        case "switch_case":
            inputs = frozenset(filter(None, [_literal(node.named_children[0])]))
            for child in node.named_children[1:]:
                yield from ((inputs, value) for value in _results(child))
        case "pair":
            key, entry = node.child_by_field_name("key"), node.child_by_field_name("value")
            if key is not None and entry is not None:
                said = text_of(key) if key.type == "property_identifier" else string_of(key)
                yield frozenset({text_of(key) if said is None else f'"{said}"'}), entry
        case "array" if len(node.named_children) == 2 and _is_entry(node):
            first = _literal(node.named_children[0])
            yield frozenset({first} if first else ()), node.named_children[1]
        case "return_statement" if _returns_first(node):
            yield frozenset(), node.named_children[0]


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
            for name in ("left", "right"):
                side = node.child_by_field_name(name)
                value = _literal(side) if side else None
                if value is not None:
                    yield value


def _results(node: Node | None) -> Iterator[Node]:
    """Values that a branch returns or assigns."""
    if node is None:
        return
    if _literal(node) is not None:
        yield node
        return
    for found in descendants(node):
        if found.type in ("return_statement", "expression_statement") and found.named_children:
            inner = found.named_children[0]
            is_assigned = inner.type == "assignment_expression"
            value = inner.child_by_field_name("right") if is_assigned else inner
            if value is not None and (is_assigned or found.type == "return_statement"):
                yield value


def _unit_of(node: Node) -> str:
    parent = node.parent
    while parent is not None:
        name = parent.child_by_field_name("name")
        if name is not None and parent.type in (*_FUNCTIONS, "variable_declarator"):
            return text_of(name)
        parent = parent.parent
    return ""


def _units(root: Node | None) -> set[str]:
    """Names of all functions and values that a module declares."""
    return {
        text_of(node.child_by_field_name("name"))
        for node in (descendants(root) if root else ())
        if node.type in (*_FUNCTIONS, "variable_declarator")
    }
