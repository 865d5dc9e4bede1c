"""Pytest plugin that writes down what happens while it happens, one JSON line per event.

It runs in the target's interpreter and imports nothing of the engine: Python 3.8 and pytest 6 are
enough. A line is on disk before the next step begins, so a crash or a hang still tells which test
was running. Every write opens and closes the file: tests may close all descriptors.

AIO_PROBE_FILE is the file to append to. AIO_PROBE_REPO and AIO_PROBE_TREE are the operator's
checkout and the tree under test: a module that was imported from the one although the other holds
it too is reported, because such a test run says nothing about the tree.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035  collections.abc.Iterator is no generic in 3.8

import pytest

_FILE = os.environ.get("AIO_PROBE_FILE", "")
_REPO = os.environ.get("AIO_PROBE_REPO", "")
_TREE = os.environ.get("AIO_PROBE_TREE", "")
_OWN_PID = os.getpid()
_IDS_PER_LINE = 500


def _write(event: str, **fields: Any) -> None:
    if os.getpid() != _OWN_PID:
        return  # a child that a test forked lives on in a copy of this process
    line = json.dumps({"event": event, **fields}) + "\n"
    descriptor = os.open(_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode("ascii"))
    finally:
        os.close(descriptor)


def _is_worker(config: Any) -> bool:
    """Whether this is a process of pytest-xdist that reports to another one."""
    return hasattr(config, "workerinput")


class _Recorder:
    """Hooks that only the process which hears of all outcomes uses."""

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            _write("uncollected", path=report.nodeid)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        _write("started", id=nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        is_part = hasattr(report, "context")  # a subtest: only its failure counts for the test
        if report.failed or (not is_part and (report.skipped or _is_passed_call(report))):
            _write("outcome", id=report.nodeid, outcome=report.outcome)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        _write("ended", id=nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        _write("finished", foreign=_foreign_modules())


def _is_passed_call(report: Any) -> bool:
    return bool(report.passed and report.when == "call")


def _foreign_modules() -> list[str]:
    """Modules of the operator's checkout that the tree has as well, as relative paths."""
    found = []
    for module in list(sys.modules.values()):
        file = getattr(module, "__dict__", {}).get("__file__")  # getattr would load lazy modules
        path = os.path.realpath(file) if isinstance(file, str) else ""
        if not path.startswith(_REPO + os.sep) or path.startswith(_TREE + os.sep):
            continue
        relative = os.path.relpath(path, _REPO)
        twin = Path(_TREE, relative)
        if twin.exists() and os.path.realpath(twin) != path:
            found.append(relative)
    return sorted(found)


@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Tell which conftest.py cannot be imported: pytest gives up before it collects anything."""
    outcome: Any = yield
    fault = (outcome.excinfo or (None, None))[1]
    if type(fault).__name__ == "ConftestImportFailure":
        _write("uncollected", path=os.path.relpath(str(getattr(fault, "path", _TREE)), _TREE))


def pytest_configure(config: Any) -> None:
    """Listen, in the process that hears of all outcomes."""
    if not _is_worker(config):
        config.pluginmanager.register(_Recorder(), "aio-recorder")


def pytest_collection_finish(session: Any) -> None:
    """Write down what was collected; under pytest-xdist only the workers know."""
    ids = [item.nodeid for item in session.items]
    for start in range(0, len(ids), _IDS_PER_LINE):
        _write("collected", ids=ids[start : start + _IDS_PER_LINE])
