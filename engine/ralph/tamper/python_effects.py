"""What test code does to the process that all tests share."""

from __future__ import annotations

import ast
import re
import unittest
from collections.abc import Iterator

from engine.domain.change import FileChange
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_conftest, is_test_support
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_folding import text_of
from engine.ralph.tamper.python_source import (
    Sign,
    added,
    called,
    dotted,
    is_function,
    python_changes,
    root_of,
    sign,
    tree_of,
    without_docstring,
)
from engine.ralph.tamper.python_units import bindings_of, units_of

_DANGEROUS_CALLS = frozenset(
    {
        "os._exit", "os.abort", "os.getppid", "os.killpg",
        "atexit.register", "sys.exit", "exit", "quit", "pytest.exit",
        "sys.settrace", "sys.setprofile", "sys._getframe", "gc.get_objects", "gc.get_referrers",
        "importlib.reload", "pytest.MonkeyPatch", "MonkeyPatch", "exec", "eval", "builtins.exec",
        "ctypes.CDLL", "ctypes.pythonapi", "faulthandler.disable", "sys.modules.update",
        "sys.modules.pop", "sys.modules.clear", "sys.modules.setdefault", "sys.meta_path.insert",
        "sys.meta_path.append", "pytest.register_assert_rewrite", "sys.addaudithook",
        "operator.setitem", "operator.delitem", "operator.attrgetter",
    }
)  # fmt: skip
_INNER_SETTERS = frozenset(
    {"__setattr__", "__delattr__", "__setitem__", "__delitem__", "__enter__"}
)
_OF_THE_SESSION = ("request.session", "request.config.option", "request.node.session")
_SETTERS = frozenset({"setattr", "delattr", "object.__setattr__", "type.__setattr__"})
_LOADERS = frozenset({"import_module", "__import__", "getattr", "vars", "globals", "reload"})
_RUNNERS_OWN = frozenset({"pluginmanager", "testsfailed", "testscollected", "terminalreporter"})
_HARMLESS_AT_IMPORT = frozenset({"pytest.importorskip", "pytest.skip", "sys.path.insert",
                                 "sys.path.append", "unittest.main", "pytest.main"})  # fmt: skip
_FOR_TYPE_CHECKERS = frozenset({"assert_type", "reveal_type", "assert_never"})
_REACHES_OUT = re.compile(r"\bimport\b|__|setattr|open|exec|eval|globals|vars")
_OPEN_PARTS_OF_PYTEST = frozenset({"monkeypatch", "logging", "capture", "fixtures", "tmpdir",
                                   "recwarn", "python_api", "mark", "legacypath"})  # fmt: skip
_PRIVATE_VARIABLES = ("AIO_", "PYTEST_")
_OWN_ACCOUNT = ("AIO_PROBE", "aio_pytest_", "aio_raised", "aio_plan", "aio-check")
_OF_TEST_CASES = frozenset(dir(unittest.TestCase))
_RUNS_A_CASE = frozenset({"run", "fail", "__call__", "debug", "subTest", "doCleanups"})
_PLUGS = frozenset({"pytest_plugins", "__builtins__"})
_MAY_BE_DEFINED = "pytest_generate_tests"


def tests_leave_the_process_alone(evidence: Evidence) -> Iterator[Ground]:
    """Test code changes neither the product, nor the runner, nor the interpreter for other tests:
    not while it is imported, and elsewhere only through `monkeypatch`, which puts things back.
    """
    tests = python_changes(evidence, tests=True)
    support = (c for c in python_changes(evidence, tests=False) if is_test_support(c.path))
    for change, found in added((*tests, *support), _effects, moves=False):
        if found.what == _FIXTURE_FOR_ALL and evidence.task_type in MAY_EDIT_TESTS:
            continue
        yield objection(
            "test-import-effect", found.what, path=change.path, line=found.line,
            excerpt=found.excerpt,
        )  # fmt: skip


def _effects(tree: ast.Module, path: str) -> Iterator[Sign]:
    yield from _at_import(tree.body)
    yield from _lasting_patches(tree)
    yield from _hooks(tree, path)
    foreign = _Foreign(tree)
    for node in ast.walk(tree):
        what = _effect(node, foreign)
        if what:
            yield sign(what, node)


def _at_import(body: list[ast.stmt]) -> Iterator[Sign]:
    """Statements that run while the file is imported and do more than define."""
    for node in without_docstring(body):
        match node:
            case ast.ClassDef():
                yield from _at_import(node.body)
            case ast.If() if _is_main(node):
                yield from _at_import(node.orelse)
            case ast.If() | ast.Try() | ast.TryStar() | ast.For() | ast.While() | ast.With():
                for inner in _blocks(node):
                    yield from _at_import(inner)
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Expr(value=value) if not _is_harmless(called(value)):
                yield sign("this runs as soon as the tests are imported", node)
            case ast.Delete() | ast.Raise() | ast.AugAssign():
                yield sign("this runs as soon as the tests are imported", node)
            case _:
                pass


def _is_harmless(name: str) -> bool:
    return name in _HARMLESS_AT_IMPORT or name.rpartition(".")[2] in _FOR_TYPE_CHECKERS


def _lasting_patches(tree: ast.Module) -> Iterator[Sign]:
    """Patches that are made while the file is imported, or started by hand, by whichever name."""
    origins = {name: things[-1].replace(":", ".") for name, things in bindings_of(tree).items()}
    is_definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    made = [part for node in tree.body if not isinstance(node, is_definition)
            for part in ast.walk(node)]  # fmt: skip
    started = [node.func.value for node in ast.walk(tree)
               if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
               and node.func.attr == "start"]  # fmt: skip
    for node in (*made, *started):
        head, dot, rest = called(node).partition(".")
        if "mock.patch" in f"{origins.get(head, head)}{dot}{rest}":
            yield sign("a patch lasts beyond the test", node)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(node, field, [])
    for handler in getattr(node, "handlers", []):
        yield handler.body


def _is_main(node: ast.If) -> bool:
    return ast.unparse(node.test) in ("__name__ == '__main__'", "TYPE_CHECKING")


_FIXTURE_FOR_ALL = "a fixture that all tests of the folder get unasked"


def _hooks(tree: ast.Module, path: str) -> Iterator[Sign]:
    for node in ast.walk(tree):
        if is_function(node):
            name = getattr(node, "name", "")
            if name.startswith("pytest_") and (name != _MAY_BE_DEFINED or is_conftest(path)):
                yield sign(f"{name} hooks into the test runner", node)
            if (is_conftest(path) or is_test_support(path)) and _is_autouse(node):
                yield sign(_FIXTURE_FOR_ALL, node)
        elif isinstance(node, ast.ClassDef):
            yield from _soft_methods(node)
        elif isinstance(node, ast.Name) and node.id in _PLUGS and isinstance(node.ctx, ast.Store):
            yield sign(f"{node.id} is set", node)


def _soft_methods(owner: ast.ClassDef) -> Iterator[Sign]:
    """Methods that take the place of those by which a `unittest.TestCase` runs and demands."""
    for node in owner.body:
        name = getattr(node, "name", "")
        is_own = name in _OF_TEST_CASES and (name.startswith("assert") or name in _RUNS_A_CASE)
        if is_function(node) and is_own and not _can_fail(node):
            yield sign(f"{name} takes the place of that of unittest", node)


def _can_fail(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Assert | ast.Raise)
        or called(part) == "super"
        or "assert" in called(part)
        or called(part).endswith(".fail")
        for part in ast.walk(node)
    )


def _is_autouse(node: ast.AST) -> bool:
    return any(
        isinstance(mark, ast.Call) and any(word.arg == "autouse" for word in mark.keywords)
        for mark in getattr(node, "decorator_list", [])
    )


class _Foreign:
    """Which names of a file stand for things that others share: what it imports, what it gets out
    of those, and builtins.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._names = {"__builtins__"} | {
            alias.asname or alias.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if self.owns(value):
                    self._names.add(name)

        self.changing = frozenset(
            str(getattr(node, "name", "")) for node in ast.walk(tree) if _changes_arguments(node)
        )

    def owns(self, node: ast.AST) -> bool:
        """Whether changing the node would change something foreign."""
        root = root_of(node)
        if isinstance(root, ast.Name):
            return root.id in self._names
        is_fetched = called(root).rpartition(".")[2] in _LOADERS
        return is_fetched or called(root) == "type"


def _changes_arguments(function: ast.AST) -> bool:
    """Whether the function sets an attribute or an item of what it is given."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    given = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    return any(
        isinstance(node, ast.Attribute | ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and getattr(root_of(node), "id", "") in given
        for node in ast.walk(function)
    )


def _effect(node: ast.AST, foreign: _Foreign) -> str:
    match node:
        case (
            ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del())
        ):
            return _stored(node, foreign)
        case ast.Call():
            return _called(node, foreign)
        case ast.ImportFrom(module=str(module)) if module.split(".")[0] == "_pytest":
            part = ([*module.split("."), ""])[1]
            return "" if part in _OPEN_PARTS_OF_PYTEST else "the inside of the runner is imported"
        case ast.Attribute() if dotted(node) in _OF_THE_SESSION:
            return f"{dotted(node)} belongs to the runner"
        case ast.Attribute(attr="__dict__", value=value) if foreign.owns(value):
            return "the inside of what is imported is reached"
        case ast.Attribute(attr=name) if name in _RUNNERS_OWN:
            return f"{name} belongs to the runner"
        case ast.Constant(value=str(text)) if any(word in text for word in _OWN_ACCOUNT):
            return "this is about the engine's own account of the tests"
        case ast.Global():
            return ""
        case _:
            return ""


def _stored(node: ast.Attribute | ast.Subscript, foreign: _Foreign) -> str:
    if dotted(getattr(node, "value", node)) == "os.environ" and isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else "AIO_"
        is_private = str(key).startswith(_PRIVATE_VARIABLES)
        return "a variable of the runner is set" if is_private else ""
    if isinstance(node, ast.Attribute) and node.attr.startswith("__"):
        return f"{ast.unparse(node)} is changed for all tests"
    if foreign.owns(node.value):
        return f"{ast.unparse(node)} is changed for all tests"
    return ""


def _is_a_definition(node: ast.Call) -> bool:
    """Whether a written text that reaches for nothing is run in a namespace of its own."""
    text = text_of(node.args[0]) if len(node.args) > 1 else ""
    is_own = all(isinstance(argument, ast.Name | ast.Dict) for argument in node.args[1:])
    return bool(text) and is_own and not _REACHES_OUT.search(text)


def _called(node: ast.Call, foreign: _Foreign) -> str:
    name = called(node)
    if name == "exec" and _is_a_definition(node):
        return ""
    if name in _DANGEROUS_CALLS or getattr(node.func, "attr", "") in _INNER_SETTERS:
        return f"{ast.unparse(node.func)}() reaches beyond the test"
    if name == "vars" and node.args and foreign.owns(node.args[0]):
        return "the inside of what is imported is reached"
    if name in foreign.changing and any(foreign.owns(argument) for argument in node.args):
        return f"{name}() changes what is imported"
    if name in _SETTERS and node.args and (foreign.owns(node.args[0]) or len(node.args) < 2):
        return f"{name}() changes {ast.unparse(node.args[0])} for all tests"
    if isinstance(node.func, ast.Attribute):
        if node.func.attr == "start" and "patch" in ast.unparse(node.func.value):
            return "a patch is started that lasts beyond the test"
        if node.func.attr in ("update", "pop", "clear", "setdefault", "__setitem__") and (
            "__dict__" in ast.unparse(node.func.value)
            or called(node.func.value) in ("vars", "globals")
        ):
            return "the inside of an object is changed for all tests"
    return ""


def conftest_stays(evidence: Evidence) -> Iterator[Ground]:
    """A conftest.py reaches every test below it, so only a task about tests may add or edit one."""
    if evidence.task_type in MAY_EDIT_TESTS:
        return
    for change in evidence.changes:
        if not is_conftest(change.path) or _says_the_same(change):
            continue
        message = "a conftest.py reaches every test below it; put fixtures into the new test file"
        rule = "runner-shadowed" if change.before is None else "test-edited"
        yield objection(rule, message, path=change.path)


def _says_the_same(change: FileChange) -> bool:
    before, after = tree_of(change.before), tree_of(change.after)
    return (
        change.before is not None
        and change.after is not None
        and units_of(before) == units_of(after)
        and bindings_of(before) == bindings_of(after)
    )
