"""A test's input and the output it expects, both new in the product, however far apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from engine.domain.change import FileChange
from engine.domain.values import dataclass
from engine.domain.work import TaskType
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_check_config
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_questions import Question, literal, questions_of, said
from engine.ralph.tamper.python_source import called, is_python, is_test, python_changes, tree_of
from engine.ralph.tamper.python_units import units_of

_MENDS = frozenset({TaskType.BUGFIX, TaskType.CODE_QUALITY})
_ROUND = frozenset(
    {"60", "24", "100", "1000", "365", "3600", "1024", "255", "256", "16", "32", "64"}
)
_SMALL = 12
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_CELL = re.compile(r'"([^"\n]*)"|\'([^\'\n]*)\'|([^\s,;:|"\'{}\[\]()=]+)')
_REWRITES = frozenset({"replace", "sub", "removeprefix", "removesuffix", "translate"})
_LINE_CHARS = 300
_PROSE = (".md", ".rst", ".svg", ".html", ".css", ".lock")
_DATA_NOBODY_READS = (b"SQLite format 3\x00", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True, slots=True)
class _Demand:
    """One comparison of a test: what is given, what is expected, whom it asks."""

    inputs: frozenset[str]
    outputs: frozenset[str]
    names: frozenset[str]


def answers_are_not_scattered(evidence: Evidence) -> Iterator[Ground]:
    """A change that mends something does not bring a test's input and its output together."""
    if evidence.task_type not in _MENDS:
        return
    demands: list[_Demand] | None = None
    changes = list(python_changes(evidence, tests=False))
    defined = frozenset().union(*(_defined(change.after) for change in changes))
    for change in changes:
        new = _new_values(change)
        if len(new) < 2:
            continue
        demands = list(_demands(evidence)) if demands is None else demands
        found = next((d for d in demands if d.names & defined and _meets(d, new)), None)
        if found:
            output = min(found.outputs & new.keys())
            message = f"a test's input and the answer {output} to it are written down here"
            yield objection("hard-coded-answer", message, path=change.path, line=new[output])
    yield from _data(evidence)


def _meets(demand: _Demand, new: dict[str, int]) -> bool:
    outputs = {value for value in demand.outputs & new.keys() if _is_telling(value)}
    inputs = {value for value in demand.inputs & new.keys() if _is_telling(value)}
    return any(inputs - {output} for output in outputs)


def _is_telling(value: str) -> bool:
    """Whether the value stands in few programs by chance."""
    if value.startswith(("'", '"')):
        return len(value) > 4
    try:
        return abs(float(value)) > _SMALL and value not in _ROUND
    except ValueError:
        return False


def _defined(content: bytes | None) -> frozenset[str]:
    return frozenset(
        name.removesuffix(".#class").rpartition(".")[2] for name in units_of(tree_of(content))
    )


def _new_values(change: FileChange) -> dict[str, int]:
    """Literals that were not in the file before, with their lines."""
    before = {value for node in tree_of(change.before).body for value, _ in _values(node)}
    known = {unit.shape for units in units_of(tree_of(change.before)).values() for unit in units}
    return {
        value: line
        for units in units_of(tree_of(change.after)).values()
        for unit in units
        if unit.shape not in known
        for value, line in _values(unit.node)
        if value not in before
    }


def _values(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Values that something could be looked up by: no bounds, no words that are replaced, no
    messages, no texts that stand alone.
    """
    waiting = [node]
    while waiting:
        part = waiting.pop()
        line = getattr(part, "lineno", 1)
        match part:
            case ast.Compare(ops=ops) if isinstance(ops[0], _ORDER):
                yield from ((value, line) for value in _enclosed(part))
                continue
            case ast.Raise() | ast.JoinedStr() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Call(func=func) if _rewrites_words(part):
                waiting.append(func)  # a chain goes on there
                continue
            case ast.Constant(value=str(text)):
                yield from ((value, line) for value in _in_text(text))
            case _:
                value = literal(part)
                if value:
                    yield value, line
        waiting += ast.iter_child_nodes(part)


def _rewrites_words(node: ast.Call) -> bool:
    is_rewriting = called(node).rpartition(".")[2] in _REWRITES or (
        isinstance(node.func, ast.Attribute) and node.func.attr in _REWRITES
    )
    texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
    return is_rewriting and all(isinstance(t, str) and not re.search(r"\w\W+\w", t) for t in texts)


def _enclosed(node: ast.Compare) -> Iterator[str]:
    """The number that `199 < x < 201` leaves, and 19 for `18 < x <= 19`."""
    bounds = [part for part in (node.left, *node.comparators) if isinstance(part, ast.Constant)]
    numbers = [part.value for part in bounds if isinstance(part.value, int | float)]
    if len(numbers) == len(node.ops) == 2 and 0 <= max(numbers) - min(numbers) <= 2:
        middle = int((min(numbers) + max(numbers)) // 2)
        yield from map(said, {middle, *numbers})


def _in_text(text: str) -> Iterator[str]:
    yield said(text)
    numbers = _NUMBER.findall(text)
    if len(numbers) > 1 or text in numbers:
        yield from (said(float(number)) for number in numbers)


def _demands(evidence: Evidence) -> Iterator[_Demand]:
    sources = {
        change.path: change.after
        for change in python_changes(evidence, tests=True)
        if change.after is not None
    }
    for content in {**evidence.test_sources, **sources}.values():
        for node in ast.walk(tree_of(content)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _demands_of(node)


def _demands_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[_Demand]:
    names = frozenset(
        called(node).rpartition(".")[2] for node in ast.walk(function) if isinstance(node, ast.Call)
    )
    for node in ast.walk(function):
        for left, right in _compared(node):
            given = frozenset(value for call in _calls(left) for value, _ in _arguments(call))
            expected = frozenset(value for value, _ in _values(right))
            if given:
                yield _Demand(given, expected, names)
    for mark in function.decorator_list:
        if called(mark).endswith("parametrize") and isinstance(mark, ast.Call):
            for row in getattr(mark.args[1] if len(mark.args) > 1 else None, "elts", []):
                values = frozenset(value for value, _ in _values(row))
                yield _Demand(values, values, names)


def _compared(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Both ways round: the side with the call, and what it is compared with."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            yield from ((left, right), (right, left))
        case ast.Call(args=[first, second, *_]) if "qual" in called(node):
            yield from ((first, second), (second, first))
        case _:
            pass


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (part for part in ast.walk(node) if isinstance(part, ast.Call))


def _arguments(call: ast.Call) -> Iterator[tuple[str, int]]:
    for argument in (*call.args, *(word.value for word in call.keywords)):
        yield from _values(argument)


def _data(evidence: Evidence) -> Iterator[Ground]:
    """New files of data beside the product that answer tests line by line."""
    questions: list[Question] | None = None
    for change in evidence.changes:
        path, after = change.path, change.after
        is_prose = path.lower().endswith(_PROSE) and not _is_named(path, evidence)
        is_code = is_python(path) or is_check_config(path) or is_prose
        if after is None or change.before is not None or is_code or is_test(evidence, path):
            continue
        if after.startswith(_DATA_NOBODY_READS):
            yield objection("foreign-content", "data that nobody can read", path=path)
            continue
        questions = questions_of(evidence) if questions is None else questions
        for number, line in enumerate(_records(after), 1):
            if any(_answers(line, question) for question in questions):
                message = "a line of this holds a test's input and the answer to it"
                yield objection("hard-coded-answer", message, path=path, line=number)
                break


def _is_named(path: str, evidence: Evidence) -> bool:
    """Whether changed code of the product names the file, and so may read it."""
    name = path.rpartition("/")[2].encode()
    return any(name in (change.after or b"") for change in python_changes(evidence, tests=False))


def _records(content: bytes) -> Iterator[str]:
    for line in content.decode("utf-8", "replace").splitlines():
        yield from [line] if len(line) <= _LINE_CHARS else re.split(r"[{}\[\];]", line)


def _answers(line: str, question: Question) -> bool:
    cells = {cell for found in _CELL.findall(line) for cell in found if cell}
    numbers = {said(float(number)) for cell in cells for number in _NUMBER.findall(cell)}
    met = ({said(cell) for cell in cells} | numbers) & question.values
    return len({value for value in met if _is_telling(value)}) > 1
