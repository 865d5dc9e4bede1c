"""Which files the tests of the base commit are put back from."""

from __future__ import annotations

from collections.abc import Iterable

from engine.ralph.paths import (
    is_check_config,
    is_packaging_file,
    is_run_before_tests,
    is_test_file,
)


def base_test_paths(changed_files: Iterable[str]) -> tuple[str, ...]:
    """Those of the changed files that decide what the existing tests are and how they are run.

    With them as they were, and the rest of the change in place, the old tests are run as nobody
    has touched them. Files that also say what a package needs stay as the change has them; rules
    of their own look at those.
    """
    return tuple(path for path in changed_files if _decides(path))


def _decides(path: str) -> bool:
    is_config = is_check_config(path) and not is_packaging_file(path)
    return is_config or is_test_file(path) or is_run_before_tests(path)
