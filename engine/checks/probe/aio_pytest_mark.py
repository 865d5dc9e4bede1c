"""Plugin for every process that runs tests, those of pytest-xdist included; it holds no secret.

PYTEST_DONT_REWRITE: it is imported before pytest could rewrite it.

The plan says which tests to run. `done`: ids to leave out. `only`: ids, files and folders, relative
to the tree; empty: everything. `is_part`: whether thresholds for the whole suite make no sense.
`repo` and `tree` are the operator's checkout and the tree under test.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035  collections.abc.Iterator is no generic in 3.8

import pytest

plan: dict[str, Any] = {"done": [], "only": [], "is_part": False, "repo": "", "tree": ""}


def pytest_configure(config: Any) -> None:
    """A worker learns the plan from the process that started it."""
    plan.update(getattr(config, "workerinput", {}).get("aio_plan", {}))
    if plan["is_part"] and hasattr(config.option, "cov_fail_under"):
        config.option.cov_fail_under = 0


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Leave out what is not asked for."""
    done, only = frozenset(plan["done"]), frozenset(plan["only"])
    if not done and not only:
        return
    kept = [
        item
        for item in items
        if item.nodeid not in done and (not only or not only.isdisjoint(_names(item.nodeid)))
    ]
    if len(kept) < len(items):
        chosen = {id(item) for item in kept}
        config.hook.pytest_deselected(items=[item for item in items if id(item) not in chosen])
        items[:] = kept


def _names(test: str) -> list[str]:
    """Everything by which `test` can be asked for: itself, its function, classes, file, folders."""
    file, *inner = test.split("[", 1)[0].split("::")
    folders = file.split("/")
    names = [test, "."]
    names += ["/".join(folders[:end]) for end in range(1, len(folders) + 1)]
    names += ["::".join([file, *inner[:end]]) for end in range(1, len(inner) + 1)]
    return names


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_makereport(call: Any) -> Iterator[None]:
    """Note on the report whether the phase raised, next to the test and before anybody else."""
    outcome: Any = yield
    if outcome.excinfo is None:
        outcome.get_result().aio_raised = call.excinfo is not None


def pytest_sessionfinish(session: Any) -> None:
    """A worker tells its starter what it imported from where it should not."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["aio_foreign"] = foreign_modules()


def foreign_modules() -> list[str]:
    """Modules of the operator's checkout that the tree has as well, as relative paths: a run that
    imported them says nothing about the tree.
    """
    repo, tree = plan["repo"], plan["tree"]
    found = []
    folders: dict[str, str] = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__dict__", {}).get("__file__")  # getattr would load lazy modules
        path = _resolved(file, folders) if isinstance(file, str) else ""
        if not path.startswith(repo + os.sep) or path.startswith(tree + os.sep):
            continue
        relative = os.path.relpath(path, repo)
        twin = Path(tree, relative)
        if twin.exists() and os.path.realpath(str(twin)) != path:
            found.append(relative)
    return sorted(found)


def _resolved(file: str, folders: dict[str, str]) -> str:
    """The real path. `folders` remembers those of folders, which hundreds of files share."""
    folder, name = os.path.split(file)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    path = os.path.join(folders[folder], name)  # noqa: PTH118  as `os.path.realpath` has it
    return os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114
