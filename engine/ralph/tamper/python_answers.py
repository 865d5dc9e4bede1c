"""Answers that were written for the questions of a test."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_source import (
    called,
    excerpt,
    is_function,
    python_changes,
    tree_of,
)
from engine.ralph.tamper.python_units import Unit, units_of, used_names

_WRITTEN = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.List, ast.Dict, ast.Set)
_TRIVIAL = frozenset(
    {"None", "True", "False", "0", "1", "-1", "''", "b''", "0.0", "1.0", "...", "()"}
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """For these inputs, that output."""

    inputs: frozenset[str]
    output: str
    line: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class _Question:
    """What a test writes down together, and which functions it names."""

    values: frozenset[str]
    names: frozenset[str]


def answers_are_computed(evidence: Evidence) -> Iterator[Ground]:
    """The product does not hold a test's inputs together with the expected output."""
    changes = list(python_changes(evidence, tests=False))
    before = [unit for c in changes for units in _units(c.before) for unit in units]
    shapes = frozenset(unit.shape for unit in before)
    told = frozenset(answer for unit in before for answer in _told(unit.node))
    questions: list[_Question] | None = None
    for change, unit in ((c, unit) for c in changes for units in _units(c.after) for unit in units):
        for answer in () if unit.shape in shapes else _answers(unit.node):
            questions = _questions(evidence) if questions is None else questions
            if (answer.inputs, answer.output) not in told and _is_asked(answer, unit, questions):
                message = f"the answer {answer.output} to a test's question is written down"
                yield objection(
                    "hard-coded-answer", message, path=change.path, line=answer.line,
                    excerpt=answer.excerpt,
                )  # fmt: skip


def _units(content: bytes | None) -> Iterable[tuple[Unit, ...]]:
    return units_of(tree_of(content)).values()


def _told(node: ast.AST) -> Iterator[tuple[frozenset[str], str]]:
    for answer in _answers(node):
        yield answer.inputs, answer.output


def _is_asked(answer: _Answer, unit: Unit, questions: list[_Question]) -> bool:
    name = unit.own_name
    return any(
        answer.inputs | {answer.output} <= question.values
        and (not is_function(unit.node) or name in question.names or bool(answer.inputs))
        and (bool(answer.inputs) or name in question.names)
        for question in questions
    )


def _answers(node: ast.AST) -> Iterator[_Answer]:
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _constant_function(part)
        for inputs, outputs in _pairs(part):
            for output in outputs:
                at = part if isinstance(part, ast.expr | ast.stmt) else output
                yield from _answer(_atoms(inputs), output, at)


def _pairs(node: ast.AST) -> Iterator[tuple[Iterable[ast.AST], Iterable[ast.expr]]]:
    """Nodes in which inputs are written, with what comes out for them."""
    match node:
        case ast.If(test=test, body=body, orelse=orelse):
            yield _compared(test), _returned([*body, *orelse])
        case ast.FunctionDef(body=[*_, ast.If(test=test), ast.Return(value=ast.expr() as output)]):
            yield _differing(test), [output]
        case ast.IfExp(test=test, body=output):
            yield _compared(test), [output]
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield [key] if key is not None else [], [value]
        case ast.match_case(pattern=pattern, body=body):
            yield [pattern], _returned(body)
        case _:
            pass


def _returned(body: list[ast.stmt]) -> Iterator[ast.expr]:
    for node in body:
        if isinstance(node, ast.Return | ast.Assign) and node.value is not None:
            yield node.value


def _constant_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[_Answer]:
    """A function that returns a written value whatever it is given."""
    parameters = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    for number, statement in enumerate(node.body):
        if isinstance(statement, ast.Return) and statement.value is not None:
            read = used_names(ast.Module(node.body[:number], []))
            output = _literal(statement.value)
            if output and output not in _TRIVIAL and parameters and not parameters & read:
                yield _Answer(frozenset(), output, statement.lineno, excerpt(statement))


def _answer(inputs: frozenset[str], value: ast.AST, node: ast.AST) -> Iterator[_Answer]:
    output = _literal(value)
    telling = inputs - _TRIVIAL
    if output and output not in _TRIVIAL and telling:
        yield _Answer(telling, output, getattr(node, "lineno", 1), excerpt(node))


def _compared(test: ast.expr) -> Iterator[ast.expr]:
    """What something is compared with for equality."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and isinstance(
            node.ops[0], ast.Eq | ast.In | ast.Is | ast.NotEq
        ):
            yield node.left
            yield from node.comparators


def _differing(test: ast.expr) -> Iterator[ast.expr]:
    """What something must differ from."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotEq | ast.NotIn):
            yield node.left
            yield from node.comparators


def _atoms(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Every single value that is written in the nodes, without what they are packed in."""
    constants = (
        part
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Constant | ast.UnaryOp)
    )
    return frozenset(filter(None, map(_literal, constants)))


def _literals(node: ast.AST) -> frozenset[str]:
    """Every value that is written in the node, packed or not."""
    found: set[str] = set()
    for part in ast.walk(node):
        value = _literal(part)
        if value:
            found.add(value)
    return frozenset(found)


def _literal(node: ast.AST) -> str:
    """A written value in one form: `180`, `180.0` and `+180` are the same; empty: it is none."""
    if not isinstance(node, _WRITTEN):
        return ""
    try:
        value = _computed(node)
    except (ValueError, TypeError, RecursionError):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return repr(value)


def _computed(node: ast.AST) -> object:
    """The value, also of a sum or product of written numbers.

    Raises:
        ValueError, TypeError: it is not written out.
    """
    if not isinstance(node, ast.BinOp):
        return ast.literal_eval(node)
    left, right = _computed(node.left), _computed(node.right)
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise TypeError(ast.unparse(node))
    match node.op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div() if right:
            return left / right
        case _:
            raise ValueError(ast.unparse(node))


def _questions(evidence: Evidence) -> list[_Question]:
    """Per assertion and per case of a parametrized test: what is written there."""
    sources = {
        change.path: change.after
        for change in python_changes(evidence, tests=True)
        if change.after is not None
    }
    found: list[_Question] = []
    for content in {**evidence.test_sources, **sources}.values():
        for function in (node for node in ast.walk(tree_of(content)) if is_function(node)):
            found += _asked_in(function)
    return found


def _asked_in(function: ast.AST) -> Iterator[_Question]:
    names = frozenset(
        called(node).rpartition(".")[2] for node in ast.walk(function) if isinstance(node, ast.Call)
    )
    body = getattr(function, "body", [])
    yield _Question(frozenset().union(*(_literals(node) for node in body)), names)
    for mark in getattr(function, "decorator_list", []):
        if called(mark).endswith("parametrize") and isinstance(mark, ast.Call):
            for values in mark.args[1:2]:
                for row in getattr(values, "elts", []):
                    fixed = frozenset().union(*(_literals(node) for node in body))
                    yield _Question(_literals(row) | fixed, names)
