"""The tests that a TypeScript or JavaScript file declares, and the code around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_source import (
    Tokens,
    descendants,
    line_of,
    statements_of,
    string_of,
    text_of,
    tokens,
    unwrapped,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_TESTS = frozenset({"it", "test", "specify", "xit", "xtest", "fit"})
_SUITES = frozenset({"describe", "suite", "context", "xdescribe", "fdescribe"})
SKIPPING = frozenset(
    {"skip", "only", "todo", "skipIf", "runIf", "fails", "failing", "fixme", "retry", "repeats"}
)
"""Marks after which a test is not run, or not as it was, or after which others are not."""
_HARMLESS_MARKS = frozenset({"concurrent", "sequential", "parallel", "serial", "shuffle"})
_TABLES = frozenset({"each", "for"})
_OF_PREFIX = {"x": "skip", "f": "only"}
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where in the file a statement stands."""

    titles: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    guards: tuple[Tokens, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScriptTest:
    """One call of `it` or `test`."""

    titles: tuple[str, ...]
    """Of the suites around it, from the outermost, and its own."""
    marks: frozenset[str]
    """Its own and those of the suites around it."""
    guards: tuple[Tokens, ...]
    """Conditions, loops and tables of suites that it stands in."""
    rows: tuple[Tokens, ...]
    """Of its table; without a table none."""
    options: tuple[Tokens, ...]
    body: Node | None
    """What is run; None: nothing is."""
    line: int

    @property
    def name(self) -> str:
        """For a human."""
        return " > ".join(self.titles)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Support:
    """A statement beside tests that is not one."""

    titles: tuple[str, ...]
    node: Node
    text: Tokens


@dataclass(slots=True)
class ScriptTests:
    """What a file of tests holds, in its order."""

    tests: dict[tuple[tuple[str, ...], int], ScriptTest] = field(default_factory=dict)
    """By titles, and by number among those with the same titles."""
    suites: set[tuple[str, ...]] = field(default_factory=set)
    support: list[Support] = field(default_factory=list)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    """From the name that is bound to the module and the name there (`*`: all, "": its default)."""
    effects: list[str] = field(default_factory=list)
    """Modules that are imported for what they do."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Call:
    """A call that declares a test or a suite."""

    node: Node
    is_suite: bool
    marks: frozenset[str]
    table: Node | None
    arguments: list[Node]


def read_tests(root: Node) -> ScriptTests:
    """What the module with that root declares, conditions and loops around it included."""
    reader = _Reader(root)
    reader.read(statements_of(root), _Place())
    return reader.found


def has_tests(root: Node | None) -> bool:
    """Whether the module declares any test."""
    return root is not None and bool(read_tests(root).tests)


class _Reader:
    def __init__(self, root: Node) -> None:
        self.found = ScriptTests()
        self._roots = dict.fromkeys(_TESTS, False) | dict.fromkeys(_SUITES, True)
        self._numbers: Counter[tuple[str, ...]] = Counter()
        self._learn_names(root)

    def _learn_names(self, root: Node) -> None:
        """Other names of the runner's functions: imported as, or made with `test.extend`."""
        for statement in statements_of(root):
            if statement.type == "import_statement":
                self._import(statement)
            for node in descendants(statement) if "declaration" in statement.type else ():
                name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
                if node.type != "variable_declarator" or name is None or value is None:
                    continue
                origin = _root_name(unwrapped(value))
                is_made = text_of(unwrapped(value)).split("(")[0].endswith((".extend", origin))
                if origin in self._roots and is_made:
                    self._roots.setdefault(text_of(name), self._roots[origin])
        for bound, (_, original) in self.found.imports.items():
            if original in self._roots:
                self._roots.setdefault(bound, self._roots[original])

    def _import(self, statement: Node) -> None:
        module = string_of(statement.child_by_field_name("source")) or ""
        bindings = dict(_bindings(statement))
        for bound, name in bindings.items():
            self.found.imports[bound] = (module, name)
        if not any(child.type == "import_clause" for child in statement.children):
            self.found.effects.append(module)

    def read(self, statements: list[Node], place: _Place) -> None:
        for statement in statements:
            if statement.type == "import_statement":
                continue
            calls = list(self._outermost_calls(statement))
            if not calls:
                text = tokens(statement)
                if text:
                    self.found.support.append(
                        Support(titles=place.titles, node=statement, text=text)
                    )
                continue
            around = tokens(statement, without=frozenset(call.node.id for call in calls))
            inner = replace(place, guards=(*place.guards, around)) if around else place
            for call in calls:
                self._declare(call, inner)

    def _outermost_calls(self, statement: Node) -> Iterator[_Call]:
        waiting = [statement]
        while waiting:
            node = waiting.pop()
            call = self._as_call(node) if node.type == "call_expression" else None
            if call:
                yield call
            else:
                waiting.extend(reversed(node.children))

    def _as_call(self, node: Node) -> _Call | None:
        arguments = node.child_by_field_name("arguments")
        callee = node.child_by_field_name("function")
        if callee is None or arguments is None or arguments.type != "arguments":
            return None
        marks, table = set[str](), None
        while callee.type in ("member_expression", "call_expression"):
            if callee.type == "call_expression":
                table = callee.child_by_field_name("arguments")
                callee = callee.child_by_field_name("function")
            else:
                marks.add(text_of(callee.child_by_field_name("property")))
                callee = callee.child_by_field_name("object")
            if callee is None:
                return None
        return self._checked(node, text_of(callee), frozenset(marks), table, arguments)

    def _checked(
        self, node: Node, root: str, marks: frozenset[str], table: Node | None, arguments: Node
    ) -> _Call | None:
        if root not in self._roots or marks - SKIPPING - _HARMLESS_MARKS - _TABLES - _SUITES:
            return None
        if root[0] in _OF_PREFIX and root[1:] in _TESTS | _SUITES:
            marks |= {_OF_PREFIX[root[0]]}
        is_suite = self._roots[root] or bool(marks & _SUITES)
        given = [child for child in arguments.named_children if child.type != "comment"]
        if not given or (is_suite and not any(_runs(node) for node in given[1:])):
            return None
        return _Call(node=node, is_suite=is_suite, marks=marks, table=table, arguments=given)

    def _declare(self, call: _Call, place: _Place) -> None:
        title, options, body = _parts(call.arguments)
        titles = (*place.titles, title)
        marks = place.marks | (call.marks & SKIPPING) | _marks_of_options(options)
        rows = tuple(_rows(call.table))
        if call.is_suite:
            guards = (*place.guards, *rows) if rows else place.guards
            self.found.suites.add(titles)
            inner = _function_body(body)
            statements = statements_of(inner) if inner else []
            self.read(statements, _Place(titles=titles, marks=marks, guards=guards))
            return
        number = self._numbers[titles]
        self._numbers[titles] += 1
        self.found.tests[titles, number] = ScriptTest(
            titles=titles,
            marks=marks,
            guards=place.guards,
            rows=rows,
            options=tuple(tokens(option) for option in options if option.type != "number"),
            body=body,
            line=line_of(call.node),
        )


def body_statements(test: ScriptTest) -> list[Node]:
    """What a test does, statement by statement."""
    inner = _function_body(test.body)
    if inner is None:
        return [test.body] if test.body else []
    return statements_of(inner) if inner.type == "statement_block" else [inner]


def parameters_of(test: ScriptTest) -> Node | None:
    """What the runner hands to the test."""
    if test.body is None or test.body.type not in _FUNCTIONS:
        return None
    found = test.body.child_by_field_name("parameters")
    return found or test.body.child_by_field_name("parameter")


def _function_body(node: Node | None) -> Node | None:
    if node is None:
        return None
    for found in descendants(node):
        if found.type in _FUNCTIONS:
            return found.child_by_field_name("body")
    return None


def _parts(arguments: list[Node]) -> tuple[str, list[Node], Node | None]:
    """Title, options, and what is run."""
    if not arguments:
        return "", [], None
    first, rest = arguments[0], arguments[1:]
    title = string_of(first)
    body = next((node for node in reversed(rest) if _runs(node)), None)
    options = [node for node in rest if node is not body]
    return (title if title is not None else " ".join(tokens(first))), options, body


def _runs(node: Node) -> bool:
    return node.type not in ("number", "object", "undefined", "null", "string")


def _marks_of_options(options: list[Node]) -> frozenset[str]:
    return (
        frozenset(
            text_of(pair.child_by_field_name("key")).strip("'\"")
            for option in options
            for pair in option.named_children
            if pair.type == "pair" and text_of(pair.child_by_field_name("value")) != "false"
        )
        & SKIPPING
    )


def _rows(table: Node | None) -> Iterator[Tokens]:
    if table is None:
        return
    if table.type == "template_string":
        yield tokens(table)
        return
    for given in table.named_children:
        rows = unwrapped(given)
        if rows.type == "array":
            yield from (tokens(row) for row in statements_of(rows))
        else:
            yield tokens(rows)


def _bindings(statement: Node) -> Iterator[tuple[str, str]]:
    clause = next((child for child in statement.children if child.type == "import_clause"), None)
    for node in descendants(clause) if clause else ():
        if node.type == "import_specifier":
            name = text_of(node.child_by_field_name("name"))
            yield text_of(node.child_by_field_name("alias")) or name, name
        elif node.type == "namespace_import":
            yield text_of(node.named_children[0]), "*"
        elif node.type == "identifier" and node.parent and node.parent.type == "import_clause":
            yield text_of(node), ""


def _root_name(node: Node) -> str:
    while node.type in ("member_expression", "call_expression"):
        inner = node.child_by_field_name("object") or node.child_by_field_name("function")
        if inner is None:
            break
        node = inner
    return text_of(node)
