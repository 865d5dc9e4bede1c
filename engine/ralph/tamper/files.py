"""Files that decide what a green light means, and whose content nobody could read."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.verdict import Reason
from engine.domain.work import TaskType
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_check_config, is_packaging_file, is_run_before_tests
from engine.ralph.wording import named

MAY_EDIT_TESTS = frozenset({TaskType.TEST_FIX, TaskType.TEST})


def _unseen(evidence: Evidence) -> frozenset[str]:
    """Changed paths of which the content is not known, or not whole."""
    seen = {change.path for change in evidence.changes if not change.is_cut}
    return frozenset(evidence.changed_files) - seen


def tests_are_untouched(evidence: Evidence) -> Iterator[Ground]:
    """An existing test file whose content cannot be compared may only be edited by a task about
    tests.
    """
    if evidence.task_type in MAY_EDIT_TESTS:
        return
    unseen = _unseen(evidence)
    edited = evidence.base_test_files & unseen
    if edited:
        message = f"existing test files were edited: {named(edited)}; put new tests into new files"
        yield Ground(Reason(rule="test-edited", message=message))
    started = {path for path in unseen if is_run_before_tests(path)} - edited
    if started:
        message = f"{named(started)} would run before the existing tests; leave it out"
        yield Ground(Reason(rule="test-edited", message=message))


def configuration_is_untouched(evidence: Evidence) -> Iterator[Ground]:
    """What decides how checks behave, and cannot be compared, stays as it is."""
    edited = [
        path
        for path in sorted(_unseen(evidence))
        if is_check_config(path) and not _is_their_business(path, evidence.task_type)
    ]
    if edited:
        message = f"files that decide how checks behave were edited: {named(edited)}"
        yield Ground(Reason(rule="check-config-edited", message=message))


def _is_their_business(path: str, task_type: TaskType) -> bool:
    if task_type is TaskType.FEATURE:
        return is_packaging_file(path)
    return task_type in MAY_EDIT_TESTS and path.rsplit("/", 1)[-1] == "conftest.py"
