"""New tests that prove nothing, whichever file they are in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_edited import RUNNER_MODULES
from engine.ralph.tamper.typescript_expects import Strength, expectations
from engine.ralph.tamper.typescript_reach import calls_in, declared_names, used_names
from engine.ralph.tamper.typescript_reached import is_reached
from engine.ralph.tamper.typescript_source import text_of
from engine.ralph.tamper.typescript_tests import (
    ScriptTest,
    ScriptTests,
    body_statements,
    parameters_of,
)
from engine.ralph.tamper.typescript_weaker import Edit

if TYPE_CHECKING:
    from tree_sitter import Node

_OF_THE_RUNNER = frozenset({"expect", "task", "skip", "signal", "annotate", "onTestFailed"})


def empty_new_tests(before: ScriptTests | None, after: ScriptTests) -> Iterator[Edit]:
    """New tests whose assertions hold whatever happens, or which look at nothing of the product.

    `before` is None for a new file.
    """
    outer = _names_around(after)
    for key, test in after.tests.items():
        is_old = before is not None and key in before.tests
        if is_old or not body_statements(test) or "todo" in test.marks:
            continue
        for statement in body_statements(test):
            for expectation in expectations(statement):
                if expectation.strength is Strength.NOTHING:
                    message = f"an assertion of new test '{test.name}' holds whatever happens"
                    excerpt = text_of(expectation.node)
                    yield Edit(
                        rule="assertion-trivial",
                        message=message,
                        line=expectation.line,
                        excerpt=excerpt,
                    )
        if "fails" in test.marks:
            message = f"new test '{test.name}' is green while what it says is wrong"
            yield Edit(rule="assertion-trivial", message=message, line=test.line)
        elif not _can_fail(test):
            message = f"no assertion of new test '{test.name}' is reached, or can make it fail"
            yield Edit(rule="assertion-trivial", message=message, line=test.line)
        elif not _looks_at_something(test, outer):
            message = f"new test '{test.name}' looks at nothing outside of itself"
            yield Edit(rule="assertion-trivial", message=message, line=test.line)


def _can_fail(test: ScriptTest) -> bool:
    """Whether an assertion of it counts. A test without any may yet throw."""
    found = [one for statement in body_statements(test) for one in expectations(statement)]
    body = test.body
    return not found or body is None or any(is_reached(one.node, body) for one in found)


def _names_around(file: ScriptTests) -> set[str]:
    """What tests of the file can reach, except for the runner."""
    names = {bound for bound, origin in file.imports.items() if origin[0] not in RUNNER_MODULES}
    return names.union(*(declared_names(part.node) for part in file.support))


def _looks_at_something(test: ScriptTest, outer: set[str]) -> bool:
    given = parameters_of(test)
    fixtures = used_names(given) - _OF_THE_RUNNER if given and not test.rows else set()
    if fixtures:
        return True
    for statement in body_statements(test):
        if used_names(statement) & outer or any(_loads(call) for call in calls_in(statement)):
            return True
    return False


def _loads(call: Node) -> bool:
    return text_of(call.child_by_field_name("function")) in ("import", "require")
