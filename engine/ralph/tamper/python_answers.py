"""Answers that were written for the questions of a test."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from engine.domain.values import dataclass
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_questions import (
    TRIVIAL,
    Question,
    atoms_in,
    literal,
    questions_of,
)
from engine.ralph.tamper.python_source import (
    dotted,
    excerpt,
    is_function,
    python_changes,
    tree_of,
)
from engine.ralph.tamper.python_units import Unit, units_of, used_names

_DIGESTS = frozenset({"hash", "hexdigest", "digest", "crc32", "adler32"})


@dataclass(frozen=True, slots=True)
class _Answer:
    """For these inputs, that output."""

    inputs: frozenset[str]
    output: str
    line: int
    excerpt: str


def answers_are_computed(evidence: Evidence) -> Iterator[Ground]:
    """The product does not hold a test's inputs together with the expected output."""
    changes = list(python_changes(evidence, tests=False))
    before = [unit for c in changes for units in _units(c.before) for unit in units]
    shapes = frozenset(unit.shape for unit in before)
    told = frozenset(answer for unit in before for answer in _told(unit.node))
    earlier = {unit.name: list(_answers(unit.node)) for unit in before}
    questions: list[Question] | None = None
    for change, unit in ((c, unit) for c in changes for units in _units(c.after) for unit in units):
        answers = [] if unit.shape in shapes else list(_answers(unit.node))
        fresh = [answer for answer in answers if (answer.inputs, answer.output) not in told]
        if fresh and questions is None:
            questions = questions_of(evidence)
        asked = [answer for answer in fresh if _is_asked(answer, unit, questions or [])]
        if _are_facts(answers, asked, earlier.get(unit.name, [])):
            continue
        for answer in asked:
            message = f"the answer {answer.output} to a test's question is written down"
            yield objection(
                "hard-coded-answer", message, path=change.path, line=answer.line,
                excerpt=answer.excerpt,
            )  # fmt: skip


def _are_facts(answers: list[_Answer], asked: list[_Answer], earlier: list[_Answer]) -> bool:
    """Whether the answers are a table by single keys of which tests ask for some, or entries for a
    table of the kind that was there.
    """
    if any(len(answer.inputs) != 1 for answer in asked):
        return False
    single = {answer.inputs: answer for answer in answers if len(answer.inputs) == 1}
    known = {answer.inputs: answer for answer in earlier if len(answer.inputs) == 1}
    if len(known) > 1 and known.keys() <= single.keys():
        kinds = {_kinds(answer) for answer in known.values()}
        return all(_kinds(answer) in kinds for answer in asked)
    return len(single) > 2 and 2 * len(asked) <= len(single)


def _kinds(answer: _Answer) -> tuple[bool, bool]:
    """Whether input and output are texts."""
    return min(answer.inputs)[0] in "'\"", answer.output[0] in "'\""


def _units(content: bytes | None) -> Iterable[tuple[Unit, ...]]:
    return units_of(tree_of(content)).values()


def _told(node: ast.AST) -> Iterator[tuple[frozenset[str], str]]:
    for answer in _answers(node):
        yield answer.inputs, answer.output


def _is_asked(answer: _Answer, unit: Unit, questions: list[Question]) -> bool:
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
        if isinstance(part, ast.If | ast.IfExp) and _is_digest(part.test):
            yield from _hidden(part)
        for inputs, outputs in _pairs(part):
            atoms = atoms_in(inputs)
            for output in outputs:
                at = part if isinstance(part, ast.expr | ast.stmt) else output
                yield from _answer(atoms, output, at)


def _hidden(node: ast.If | ast.IfExp) -> Iterator[_Answer]:
    """Outputs for inputs that are recognised without being written down."""
    outputs = _returned(node.body) if isinstance(node, ast.If) else [node.body]
    for output in map(literal, outputs):
        if output and output not in TRIVIAL:
            yield _Answer(frozenset(), output, node.lineno, excerpt(node))


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
            output = literal(statement.value)
            if output and output not in TRIVIAL and parameters and not parameters & read:
                yield _Answer(frozenset(), output, statement.lineno, excerpt(statement))


def _answer(inputs: frozenset[str], value: ast.AST, node: ast.AST) -> Iterator[_Answer]:
    output = literal(value)
    telling = inputs - TRIVIAL
    if output and output not in TRIVIAL and telling:
        yield _Answer(telling, output, getattr(node, "lineno", 1), excerpt(node))


def _is_digest(test: ast.expr) -> bool:
    """Whether a digest of something is compared."""
    if not any(isinstance(node, ast.Compare) for node in ast.walk(test)):
        return False
    calls = (node.func for node in ast.walk(test) if isinstance(node, ast.Call))
    return any(
        (func.attr if isinstance(func, ast.Attribute) else dotted(func)) in _DIGESTS
        for func in calls
    )


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
