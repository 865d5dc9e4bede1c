"""Rules about tests in TypeScript and JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.domain.change import FileChange
from engine.domain.work import TaskType
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.typescript_edited import (
    RUNNER_MODULES,
    edited_support,
    edited_tests,
    replaced_subjects,
)
from engine.ralph.tamper.typescript_followed import followed
from engine.ralph.tamper.typescript_mocks import mocks_in_existing, mocks_in_new, mocks_in_support
from engine.ralph.tamper.typescript_new import empty_new_tests
from engine.ralph.tamper.typescript_source import (
    is_installed,
    is_script,
    parse,
    script_changes,
    tokens,
)
from engine.ralph.tamper.typescript_tests import ScriptTests, read_tests
from engine.ralph.tamper.typescript_weaker import Edit, lost_tests, weaker_tests

if TYPE_CHECKING:
    from tree_sitter import Node

_MAY_EDIT_TESTS = frozenset({TaskType.TEST_FIX, TaskType.TEST})


def scripts_can_be_read(evidence: Evidence) -> Iterator[Ground]:
    """TypeScript and JavaScript can be read whole, or could not be read before either."""
    for change in evidence.changes:
        if not is_script(change.path) or change.after is None or change.is_submodule:
            continue
        if is_installed(change.path):
            continue
        before, after = _both(change)
        was_readable = before is None or not before.has_error
        if change.is_cut or after is None or (after.has_error and was_readable):
            message = "cannot be read as TypeScript or JavaScript, so nothing is known about it"
            yield objection("source-unreadable", message, path=change.path)


def script_tests_keep_their_meaning(evidence: Evidence) -> Iterator[Ground]:
    """Existing TypeScript and JavaScript tests stay, run, and demand what they demanded.

    A task about tests may change what they expect, and nothing else of this.
    """
    may_edit = evidence.task_type in _MAY_EDIT_TESTS
    for change in script_changes(evidence.changes):
        was = change.before if may_edit else followed(change, evidence.changes)
        before, after = parse(change.path, was), parse(change.path, change.after)
        if before is None:
            continue
        old = read_tests(before)
        if old.tests or is_test_file(change.path):
            found = _edits(change.path, (before, old), after, may_edit=may_edit)
            yield from _grounds(change.path, found)


def _edits(
    path: str, was: tuple[Node, ScriptTests], after: Node | None, *, may_edit: bool
) -> Iterator[Edit]:
    before, old = was
    if after is None:
        yield from _removed(old)
        return
    if tokens(before) == tokens(after):
        return
    new = read_tests(after)
    yield from lost_tests(old, new)
    yield from weaker_tests(old, new)
    if may_edit:
        yield from replaced_subjects(old, new, after)
    else:
        yield from edited_tests(old, new)
    if not may_edit and is_test_file(path):
        yield from edited_support(old, new, after)


def _removed(old: ScriptTests) -> Iterator[Edit]:
    names = [test.name for test in old.tests.values()]
    what = f"with {len(names)} tests, '{names[0]}' among them" if names else "that tests rest on"
    message = f"a file {what} was removed"
    yield Edit(rule="test-removed", message=message, line=1)


def new_script_tests_prove_something(evidence: Evidence) -> Iterator[Ground]:
    """A new TypeScript or JavaScript test looks at the product and can fail."""
    for change in script_changes(evidence.changes):
        before, after = _both(change)
        if after is None or not is_test_file(change.path):
            continue
        old = read_tests(before) if before else None
        yield from _grounds(change.path, empty_new_tests(old, read_tests(after)))


def scripts_mock_no_subject(evidence: Evidence) -> Iterator[Ground]:
    """No stand-in takes the place of the module that TypeScript or JavaScript tests are about."""
    for change in script_changes(evidence.changes):
        before, after = _both(change)
        if after is None:
            continue
        tests = read_tests(after)
        if not tests.tests and not is_test_file(change.path):
            prepares = any(module in RUNNER_MODULES for module, _ in tests.imports.values())
            if before is not None and prepares:
                yield from _grounds(change.path, mocks_in_support(before, after))
            continue
        if before is None:
            found = mocks_in_new(change.path, after, tests)
        else:
            found = mocks_in_existing(before, after, tests)
        yield from _grounds(change.path, found)


def _both(change: FileChange) -> tuple[Node | None, Node | None]:
    return parse(change.path, change.before), parse(change.path, change.after)


def _grounds(path: str, edits: Iterable[Edit]) -> Iterator[Ground]:
    told = set[tuple[str, int]]()
    for edit in edits:
        if (edit.rule, edit.line) not in told:
            told.add((edit.rule, edit.line))
            yield objection(
                edit.rule, edit.message, path=path, line=edit.line, excerpt=edit.excerpt
            )
