"""Tests that do or expect something else than they did, and changes to the code beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_expects import Expectation, expectations
from engine.ralph.tamper.typescript_reach import (
    callee_of,
    calls_in,
    declared_names,
    mocked_modules,
    own_names,
    stand_ins,
    used_names,
    written_members,
)
from engine.ralph.tamper.typescript_source import Tokens, descendants, line_of, text_of, tokens
from engine.ralph.tamper.typescript_tests import ScriptTest, ScriptTests, Support, body_statements
from engine.ralph.tamper.typescript_weaker import ENDS, Edit

if TYPE_CHECKING:
    from tree_sitter import Node

RUNNER_MODULES = frozenset(
    {"vitest", "@jest/globals", "node:test", "bun:test", "mocha", "chai", "@playwright/test"}
)
_STRICTER = frozenset(
    {
        ("toEqual", "toStrictEqual"), ("toBeTruthy", "toBe"), ("toBeFalsy", "toBe"),
        ("toBeDefined", "toBe"), ("toBeDefined", "toEqual"), ("toBeDefined", "toStrictEqual"),
        ("toThrow", "toThrow"), ("toHaveBeenCalled", "toHaveBeenCalledWith"),
        ("toHaveBeenCalled", "toHaveBeenCalledTimes"), ("toMatchObject", "toEqual"),
        ("toMatchObject", "toStrictEqual"),
    }
)  # fmt: skip


def edited_tests(before: ScriptTests, after: ScriptTests) -> Iterator[Edit]:
    """Tests that do or expect something else than they did, even if it is as much."""
    for key, old in before.tests.items():
        new = after.tests.get(key)
        if new is None or not body_statements(new):
            continue
        if not set(old.rows) <= set(new.rows):
            message = f"cases of test '{old.name}' were changed or are gone"
            yield Edit(rule="parameters-removed", message=message, line=new.line)
        if not set(old.options) <= set(new.options):
            message = f"the options of test '{old.name}' were changed"
            yield Edit(rule="test-edited", message=message, line=new.line)
        yield from _edited_body(old, new)


def _edited_body(old: ScriptTest, new: ScriptTest) -> Iterator[Edit]:
    kept = iter(body_statements(old))
    waiting = next(kept, None)
    added: list[Node] = []
    values = _named_values(old, new)
    for statement in body_statements(new):
        if waiting is not None and (
            _says_as_much(waiting, statement) or _with_values(statement, values) == tokens(waiting)
        ):
            waiting = next(kept, None)
        else:
            added.append(statement)
    if waiting is not None:
        yield _changed(old, new, waiting)
        return
    names = set().union(*(used_names(statement) for statement in body_statements(old)))
    for statement in added:
        yield from _harm(statement, names, f"test '{old.name}'", is_in_test=True)


def _named_values(old: ScriptTest, new: ScriptTest) -> dict[str, Tokens]:
    """What the test newly gives a name to."""
    known = set().union(*(used_names(statement) for statement in body_statements(old)))
    found: dict[str, Tokens] = {}
    for statement in body_statements(new):
        for node in statement.named_children if statement.type == "lexical_declaration" else ():
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None and text_of(name) not in known:
                found[text_of(name)] = tokens(value)
    return found


def _with_values(statement: Node, values: dict[str, Tokens]) -> Tokens:
    """What the statement says with the values in the place of their names."""
    return tuple(part for token in tokens(statement) for part in values.get(token, (token,)))


def _says_as_much(old: Node, new: Node) -> bool:
    if tokens(old) == tokens(new):
        return True
    was, is_now = _only_expectation(old), _only_expectation(new)
    if was is None or is_now is None or was.about != is_now.about:
        return False
    if was.is_negated or is_now.is_negated or (was.matcher, is_now.matcher) not in _STRICTER:
        return False
    return is_now.strength > was.strength or _arguments(was) == _arguments(is_now)


def _only_expectation(statement: Node) -> Expectation | None:
    found = list(expectations(statement))
    is_alone = statement.type == "expression_statement" and len(found) == 1
    return found[0] if is_alone else None


def _arguments(expectation: Expectation) -> tuple[Tokens, ...]:
    return tuple(tokens(given) for given in expectation.arguments)


def _changed(old: ScriptTest, new: ScriptTest, statement: Node) -> Edit:
    """In which way the first statement that is not there any more was changed."""
    excerpt = text_of(statement)
    now = [e for node in body_statements(new) for e in expectations(node)]
    for was in expectations(statement):
        for candidate in now:
            if candidate.about == was.about and candidate.matcher == was.matcher:
                message = f"test '{old.name}' expects something else than it did"
                excerpt = f"{excerpt}\n{text_of(candidate.node)}"
                return Edit(
                    rule="expected-value-changed",
                    message=message,
                    line=candidate.line,
                    excerpt=excerpt,
                )
    message = f"a statement of test '{old.name}' was changed or is gone"
    return Edit(rule="test-edited", message=message, line=new.line, excerpt=excerpt)


def replaced_subjects(before: ScriptTests, after: ScriptTests, root: Node) -> Iterator[Edit]:
    """Names that came from a module and are now made by the module of tests with that root."""
    declared = declared_names(root)
    for bound, origin in before.imports.items():
        if bound not in after.imports and bound in declared and origin[0].startswith("."):
            message = f"'{bound}' in a test file no longer is what '{origin[0]}' exports"
            yield Edit(rule="test-edited", message=message, line=1)


def edited_support(before: ScriptTests, after: ScriptTests, root: Node) -> Iterator[Edit]:
    """Imports, set-up and other code beside the tests of the module with that root, where it was
    changed or where what was added reaches into the existing tests.
    """
    yield from _edited_imports(before, after, root)
    names = used_names(root)
    left = Counter((part.titles, part.text) for part in after.support)
    for part in before.support:
        left[part.titles, part.text] -= 1
        if left[part.titles, part.text] < 0 and not _is_unused_now(part, names):
            excerpt = text_of(part.node)
            message = f"code that tests rest on was changed or is gone: {excerpt.splitlines()[0]}"
            yield Edit(
                rule="test-edited", message=message, line=line_of(part.node), excerpt=excerpt
            )
    yield from _added_support(before, after)


def _is_unused_now(part: Support, names: set[str]) -> bool:
    declared = declared_names(part.node) if "declaration" in part.node.type else set()
    return bool(declared) and not declared & names


def _added_support(before: ScriptTests, after: ScriptTests) -> Iterator[Edit]:
    known = Counter((part.titles, part.text) for part in before.support)
    used = {
        name
        for test in before.tests.values()
        for statement in body_statements(test)
        for name in used_names(statement)
    }
    for part in after.support:
        known[part.titles, part.text] -= 1
        reached = [old for old in before.tests.values() if _is_around(part.titles, old.titles)]
        if known[part.titles, part.text] < 0 and reached:
            yield from _harm(part.node, used, "existing tests", is_in_test=False)


def _is_around(scope: tuple[str, ...], titles: tuple[str, ...]) -> bool:
    return titles[: len(scope)] == scope


def _edited_imports(before: ScriptTests, after: ScriptTests, root: Node) -> Iterator[Edit]:
    names, declared = used_names(root), declared_names(root)
    for bound, origin in before.imports.items():
        now = after.imports.get(bound)
        of_runner = origin[0] in RUNNER_MODULES
        is_lost = bound in (declared if of_runner else names) if now is None else now != origin
        if is_lost and not (of_runner and now and now[0] in RUNNER_MODULES):
            message = f"'{bound}' in a test file no longer is what '{origin[0]}' exports"
            yield Edit(rule="test-edited", message=message, line=1)
    runner = {"expect", "it", "test", "describe", "vi", "jest", "assert", "beforeEach"}
    for bound, origin in after.imports.items():
        if bound not in before.imports and bound in runner and origin[0] not in RUNNER_MODULES:
            message = f"'{bound}' now comes from '{origin[0]}' and not from the test runner"
            yield Edit(rule="runner-shadowed", message=message, line=1)
    for module in after.effects:
        if module not in before.effects:
            message = f"an existing test file now runs '{module}' first"
            yield Edit(rule="test-edited", message=message, line=1)


def _harm(node: Node, names: set[str], whom: str, *, is_in_test: bool) -> Iterator[Edit]:
    """What code added around or into `whom`, which uses those names, would do to it."""
    excerpt = text_of(node)
    found = _kind_of_harm(node, names, is_in_test=is_in_test)
    if found:
        rule, what = found
        message = f"code added to {whom} {what}"
        yield Edit(rule=rule, message=message, line=line_of(node), excerpt=excerpt)


def _kind_of_harm(node: Node, names: set[str], *, is_in_test: bool) -> tuple[str, str] | None:
    declared = declared_names(node)
    if node.type in ENDS or any(_skips(call) for call in calls_in(node)):
        return "test-skipped", "ends it early or skips it"
    if (is_in_test and any(mocked_modules(node))) or any(stand_ins(node)):
        return "mock-added", "puts a stand-in in place of what it tests"
    own = own_names(node)
    if any(path.split(".")[0] not in own for _, path in written_members(node)):
        return "test-edited", "changes what it rests on"
    assigned = {
        text_of(part.child_by_field_name("left"))
        for part in descendants(node)
        if part.type == "assignment_expression"
    }
    if assigned & names or ("declaration" in node.type and declared & names):
        return "test-edited", "gives another meaning to a name that it uses"
    return None


def _skips(call: Node) -> bool:
    owner, name = callee_of(call)
    return name == "skip" or (owner, name) in {("process", "exit"), ("process", "abort")}
