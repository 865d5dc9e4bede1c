"""Existing Python tests, and what stands beside them, demand all that they did."""

from __future__ import annotations

import ast
import builtins
import unittest
from collections.abc import Iterator

from engine.domain.change import FileChange
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_support
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_edits import Edit, objection_to, weakenings
from engine.ralph.tamper.python_hollow import swallows
from engine.ralph.tamper.python_skips import skips
from engine.ralph.tamper.python_source import (
    added,
    called,
    dotted,
    excerpt,
    is_function,
    parse,
    python_changes,
    tree_of,
)
from engine.ralph.tamper.python_triviality import examinations
from engine.ralph.tamper.python_units import Unit, Units, bindings_of, units_of, used_names

_STARTERS = (
    "setup",
    "teardown",
    "setUp",
    "tearDown",
    "asyncSetUp",
    "asyncTearDown",
    "__",
    "pytest_",
)
_OF_TEST_CASES = frozenset(dir(unittest.TestCase))
_BUILTINS = frozenset(dir(builtins))
_FOR_ALL = frozenset({"pytestmark", "load_tests", "collect_ignore", "collect_ignore_glob"})


def python_is_readable(evidence: Evidence) -> Iterator[Ground]:
    """What cannot be read cannot be judged: changed Python has to parse."""
    for change in python_changes(evidence):
        if change.after is None or parse(change.after) is not None:
            continue
        if change.before is not None and parse(change.before) is None:
            step = "run the engine with a Python that understands the repository's source"
            message = f"{change.path} is not Python as this interpreter knows it, before or after"
            ground = objection("source-unreadable", message)
            yield Ground(ground.reason, next_step=step)
        else:
            message = "this is not Python as the engine's interpreter knows it"
            yield objection("source-unreadable", message, path=change.path)


def python_tests_demand_as_much(evidence: Evidence) -> Iterator[Ground]:
    """An existing test, fixture or function beside them says what it said, or demands more."""
    may_edit = evidence.task_type in MAY_EDIT_TESTS
    for change in python_changes(evidence, tests=True):
        if change.before is None:
            continue
        for edit in _edits(change, may_edit=may_edit):
            yield objection(
                edit.rule, edit.message, path=change.path, line=edit.line, excerpt=edit.excerpt
            )


def support_demands_as_much(evidence: Evidence) -> Iterator[Ground]:
    """What a product ships for tests, and asserts in their place, asserts all that it did."""
    for change in python_changes(evidence, tests=False):
        if change.before is None or not is_test_support(change.path):
            continue
        old, new = units_of(tree_of(change.before)), units_of(tree_of(change.after))
        for edit in _less_asserted(old, new):
            yield objection(
                edit.rule, edit.message, path=change.path, line=edit.line, excerpt=edit.excerpt
            )


def _less_asserted(old: Units, new: Units) -> Iterator[Edit]:
    for name, units in old.items():
        if not any(examinations(units[-1].node, is_helper=lambda _: False)):
            continue
        now = new.get(name, ())
        if now and now[-1].shape != units[-1].shape:
            edit = objection_to(units[-1].node, now[-1].node)
            if edit:
                yield edit


def _edits(change: FileChange, *, may_edit: bool) -> Iterator[Edit]:
    if change.after is None:
        if not may_edit:
            yield Edit("test-removed", "an existing test file was removed", 1)
        return
    before, after = tree_of(change.before), tree_of(change.after)
    old, new = units_of(before), units_of(after)
    if may_edit:
        yield from _weakened(old, new)
        yield from _replaced(before, old, new)
        yield from _swallowing(old, new)
        return
    yield from _gone_or_changed(old, new)
    yield from _overshadowing(before, old, new)
    yield from _rebound(before, after)


def _weakened(old: Units, new: Units) -> Iterator[Edit]:
    for name, units in old.items():
        for was, now in zip(units, new.get(name, ()), strict=False):
            if was.shape != now.shape:
                yield from weakenings(was.node, now.node)


def _replaced(before: ast.Module, old: Units, new: Units) -> Iterator[Edit]:
    """What tests import is now made by their own file, or their own file wraps them."""
    imported = bindings_of(before).keys()
    for name, units in new.items():
        unit = units[-1]
        if name not in old and name.removesuffix(".#class") in imported:
            message = f"{name} is what the tests are about, and is replaced"
            yield Edit("mock-of-subject", message, unit.line, excerpt(unit.node))
        known = {dotted_mark for was in old.get(name, ()) for dotted_mark in _marks(was)}
        own = [mark for mark in _marks(unit) if mark in new and mark not in known]
        if name in old and own:
            message = f"{own[0]}() of the same file takes the place of the test"
            yield Edit("assertion-weakened", message, unit.line, excerpt(unit.node))


def _swallowing(old: Units, new: Units) -> Iterator[Edit]:
    """The file gets a context that drops what tests raise."""
    for name, units in new.items():
        if name not in old and swallows(units[-1].node):
            message = "errors of tests are dropped here"
            yield Edit("assertion-weakened", message, units[-1].line, excerpt(units[-1].node))


def _marks(unit: Unit) -> frozenset[str]:
    marks = getattr(unit.node, "decorator_list", [])
    return frozenset(called(mark) or dotted(mark) for mark in marks)


def _gone_or_changed(old: Units, new: Units) -> Iterator[Edit]:
    for name, units in old.items():
        now = new.get(name, ())
        if not now:
            yield _gone(units[0])
        elif len(now) != len(units):
            message = f"{units[0].own_name} is defined once more or once less than before"
            yield Edit("test-edited", message, now[-1].line, excerpt(now[-1].node))
        for was, unit in zip(units, now, strict=False):
            edit = objection_to(was.node, unit.node) if was.shape != unit.shape else None
            if edit:
                yield edit


def _gone(unit: Unit) -> Edit:
    if unit.name.endswith(".#class"):
        what = f"class {unit.name.removesuffix('.#class')}"
    else:
        what = unit.own_name if not unit.own_name.startswith("#") else "a statement"
    is_test = unit.own_name.startswith("test") or unit.name.endswith(".#class")
    rule = "test-removed" if is_test else "test-edited"
    return Edit(rule, f"{what} was here and is gone", unit.line, excerpt(unit.node))


def _overshadowing(before: ast.Module, old: Units, new: Units) -> Iterator[Edit]:
    """New definitions that existing tests would meet without having been changed."""
    taken = used_names(before) | bindings_of(before).keys() | _BUILTINS
    classes = {name.removesuffix(".#class") for name in old if name.endswith(".#class")}
    for name, units in new.items():
        if name in old:
            continue
        unit = units[0]
        owner = name.rpartition(".")[0]
        if not name.endswith(".#class") and owner in classes:
            reaches = _reaches_class(unit)
        elif "." in name.removesuffix(".#class") and not unit.own_name.startswith("#"):
            reaches = False
        else:
            bound = name.removesuffix(".#class")
            reaches = bound in taken or _reaches_module(unit)
        if reaches:
            message = "this reaches tests that were here before; put it into a new file"
            yield Edit("test-edited", message, unit.line, excerpt(unit.node))


def _reaches_class(unit: Unit) -> bool:
    name = unit.own_name
    if name.startswith("test") and is_function(unit.node):
        return False
    return (
        not is_function(unit.node)
        or name.startswith(_STARTERS)
        or name in _OF_TEST_CASES
        or (bool(getattr(unit.node, "decorator_list", [])))
    )


def _reaches_module(unit: Unit) -> bool:
    name = unit.own_name
    is_start = is_function(unit.node) and name.startswith(_STARTERS)
    is_dunder = name.startswith("__") and not name.startswith("#")
    return is_start or is_dunder or name in _FOR_ALL or _is_autouse(unit.node)


def _is_autouse(node: ast.stmt) -> bool:
    return any(
        called(mark).endswith("fixture")
        and isinstance(mark, ast.Call)
        and any(word.arg in ("autouse", "name", None) for word in mark.keywords)
        for mark in getattr(node, "decorator_list", [])
    )


def _rebound(before: ast.Module, after: ast.Module) -> Iterator[Edit]:
    """Names that existing tests use and that now mean another thing."""
    old, new = bindings_of(before), bindings_of(after)
    used = used_names(after)
    defined = units_of(before).keys()
    for name, things in old.items():
        now = new.get(name)
        if now is None and name not in used and name != "*":
            continue
        if now is None or now[-1] != things[-1]:
            yield Edit("test-edited", f"{name} now comes from elsewhere", 1, f"{things} -> {now}")
    for name in new.keys() - old.keys():
        if name == "*" or name in _BUILTINS or name in defined or f"{name}.#class" in defined:
            message = f"importing {name} hides what existing tests use"
            yield Edit("test-edited", message, 1, ", ".join(new[name]))


def python_tests_are_not_left_out(evidence: Evidence) -> Iterator[Ground]:
    """No switch that leaves whole files or classes out of the collection is added anywhere."""
    switches = ("__test__ is set", "collect_ignore is set", "collect_ignore_glob is set")
    for change, sign in added(python_changes(evidence), skips):
        if sign.what not in switches:
            continue
        node_path = change.path
        yield objection(
            "test-skipped", sign.what, path=node_path, line=sign.line, excerpt=sign.excerpt
        )
