"""Answers that were written for the questions of a TypeScript or JavaScript test."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from engine.domain.change import FileChange
from engine.domain.values import dataclass
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.node_names import is_data, is_tool_config
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.typescript_pairs import pairs
from engine.ralph.tamper.typescript_questions import (
    TRIVIAL,
    Leaves,
    Question,
    lists_in,
    literal,
    questions_of,
)
from engine.ralph.tamper.typescript_source import (
    descendants,
    is_installed,
    is_script,
    line_of,
    parse,
    text_of,
    unwrapped,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS = frozenset(
    {"function_declaration", "method_definition", "arrow_function", "function_expression"}
)
_NAMED = frozenset({*_FUNCTIONS, "variable_declarator"})
_CODE_WORD = re.compile(r'"[\w.+-]{1,16}"')
_WORDS = re.compile(r'"[^"]{1,60}"')
_TABLE = 2
"""So many answers in one unit are a table, which may grow."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Answer:
    """For these inputs, that output."""

    inputs: frozenset[str]
    """Empty: for all, or nobody knows for which."""
    output: str
    leaves: Leaves
    """Of an output that is a list; else empty."""
    node: Node
    unit: str
    """The function or name that holds it; empty: none does."""

    @property
    def key(self) -> tuple[frozenset[str], str, Leaves]:
        """What makes two answers the same."""
        return self.inputs, self.output, self.leaves


def script_answers_are_computed(evidence: Evidence) -> Iterator[Ground]:
    """TypeScript and JavaScript of the product does not hold a test's inputs and its output."""
    questions: list[Question] | None = None
    for change in evidence.changes:
        if not _is_product(change):
            continue
        before, after = _root(change.path, change.before), _root(change.path, change.after)
        known = [*_answers(before)]
        keys = {answer.key for answer in known}
        added = [answer for answer in _answers(after) if answer.key not in keys]
        if added and questions is None:
            questions = list(questions_of(evidence))
        for answer in _written_for_tests(added, known, _units(before), questions or []):
            yield _ground(change.path, answer)


def _is_product(change: FileChange) -> bool:
    path = change.path
    is_readable = not (change.is_cut or change.is_link or change.is_submodule)
    if not is_readable or is_installed(path) or is_test_file(path) or is_tool_config(path):
        return False
    return is_script(path) or is_data(path)


def _root(path: str, content: bytes | None) -> Node | None:
    if is_script(path) or content is None:
        return parse(path, content)
    return parse("data.js", b"(" + content.removeprefix(b"\xef\xbb\xbf") + b"\n)")


def _written_for_tests(
    added: Sequence[_Answer],
    known: Iterable[_Answer],
    units: set[str],
    questions: Sequence[Question],
) -> Iterator[_Answer]:
    tables = Counter((answer.unit, answer.node.type) for answer in known)
    for unit, group in groupby(added, key=lambda answer: answer.unit):
        grown = [one for one in group if tables[unit, one.node.type] < _TABLE]
        asking = questions if unit in units else [one for one in questions if one.is_known]
        yield from (one for one in grown if one.leaves and _is_listed(one, asking))
        single = [answer for answer in grown if not answer.leaves]
        if unit not in units and _is_table_of_words(single):
            continue
        asked = [answer for answer in single if _is_asked(answer, asking)]
        if len(asked) == len(single):
            yield from asked


def _ground(path: str, answer: _Answer) -> Ground:
    output = answer.output or ", ".join(answer.leaves)
    message = f"the answer {output} to a test's question is written down"
    excerpt = text_of(answer.node)
    return objection(
        "hard-coded-answer", message, path=path, line=line_of(answer.node), excerpt=excerpt
    )


def _is_table_of_words(answers: Sequence[_Answer]) -> bool:
    """Whether codes stand for something, or numbers for words, as in a table of facts."""
    return all(
        bool(answer.inputs)
        and (_is_word_for_word(answer) or (len(answers) >= _TABLE and _has_words(answer)))
        for answer in answers
    )


def _is_word_for_word(answer: _Answer) -> bool:
    return _has_words(answer) and all(map(_WORDS.fullmatch, (*answer.inputs, answer.output)))


def _has_words(answer: _Answer) -> bool:
    has_codes = all(map(_CODE_WORD.fullmatch, answer.inputs))
    return has_codes or bool(_WORDS.fullmatch(answer.output))


def _is_asked(answer: _Answer, questions: Iterable[Question]) -> bool:
    return any(
        answer.inputs | {answer.output} <= question.values
        and (bool(answer.inputs) or answer.unit in question.names)
        for question in questions
    )


def _is_listed(answer: _Answer, questions: Iterable[Question]) -> bool:
    return any(answer.leaves in question.lists for question in questions)


def _answers(root: Node | None) -> Iterator[_Answer]:
    if root is None:
        return
    names = _constants(root)
    for node in descendants(root):
        for inputs, value in pairs(node):
            output = literal(value) or names.get(text_of(unwrapped(value)))
            is_telling = bool(inputs - TRIVIAL) or node.type == "return_statement"
            if output is not None and output not in TRIVIAL and is_telling:
                yield _Answer(
                    inputs=inputs, output=output, leaves=(), node=node, unit=_unit_of(node)
                )
    for node in _lists(root):
        for leaves in lists_in(node):
            yield _Answer(
                inputs=frozenset(), output="", leaves=leaves, node=node, unit=_unit_of(node)
            )


def _lists(root: Node) -> Iterator[Node]:
    """What holds more than one value, from the outside: what is inside comes with it."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in ("import_statement", "type_annotation"):
            continue
        if any(True for _ in _own_lists(node)):
            yield node
        else:
            waiting.extend(reversed(node.children))


def _own_lists(node: Node) -> Iterator[Leaves]:
    if node.type in ("array", "object", "arguments", "string", "template_string"):
        yield from lists_in(node)


def _constants(root: Node) -> Mapping[str, str]:
    """Names of the module that stand for one value."""
    found: dict[str, str] = {}
    for node in descendants(root):
        if node.type == "variable_declarator":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            said = literal(value) if value is not None else None
            if name is not None and said is not None:
                found[text_of(name)] = said
    return found


def _unit_of(node: Node) -> str:
    parent: Node | None = node
    while parent is not None:
        name = parent.child_by_field_name("name")
        if name is not None and parent.type in _NAMED:
            return text_of(name)
        parent = parent.parent
    return ""


def _units(root: Node | None) -> set[str]:
    """Names of all functions and values that a module declares; empty for what stands in none."""
    if root is None:
        return set()
    found = {
        text_of(node.child_by_field_name("name"))
        for node in descendants(root)
        if node.type in _NAMED
    }
    return found | {""}
