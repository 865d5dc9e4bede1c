"""Writes down what happens in a run of pytest while it happens, one JSON line per event.

A line is on disk before the next step begins, so a crash or a hang still tells which test was
running. Every line carries the key of the run and its number: lines of others are noticed, and
lines that are missing.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, Callable, Iterator  # noqa: UP035  no generics in collections.abc in 3.8

import pytest

_IDS_PER_LINE = 500
_FIRST_DESCRIPTOR = 200
_MESSAGE_CHARS = 500
_WORKERS = "::workers"
_PASSED = [("setup", "passed"), ("call", "passed"), ("teardown", "passed")]


def open_log(path: str, key: str) -> Callable[..., None]:
    """A function that appends an event: its name, perhaps a test, and any more fields.

    It holds what it needs in itself, before code under test could replace it. Tests may close or
    reuse all descriptors: the file is opened anew when its descriptor leads elsewhere. Children
    that a test forked live on in a copy of this process and write nothing.
    """
    dumps, quoted, write = json.dumps, json.encoder.encode_basestring_ascii, os.write
    fstat, getpid, open_file = os.fstat, os.getpid, os.open
    own_pid = getpid()
    number = 0

    def opened() -> int:
        descriptor = open_file(path, os.O_WRONLY | os.O_APPEND)
        try:
            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_DESCRIPTOR)
        except OSError:
            return descriptor
        os.close(descriptor)
        return high

    descriptor = opened()
    own = fstat(descriptor)

    def is_own() -> bool:
        try:
            found = fstat(descriptor)
        except OSError:
            return False
        return found.st_ino == own.st_ino and found.st_dev == own.st_dev

    def append(event: str, test: str = "", **more: Any) -> None:
        nonlocal descriptor, number
        if getpid() != own_pid:
            return
        if not is_own():
            descriptor = opened()
        rest = f", {dumps(more)[1:-1]}" if more else ""
        head = f'{{"key": "{key}", "number": {number}, "event": "{event}", "id": {quoted(test)}'
        number += 1
        write(descriptor, f"{head}{rest}}}\n".encode("ascii"))

    return append


class Recorder:
    """Hooks of the process that hears of all outcomes.

    `plan` is that of `aio_pytest_mark`; `foreign_modules` gives what this process imported from the
    operator's checkout.
    """

    def __init__(
        self,
        append: Callable[..., None],
        plan: dict[str, Any],
        foreign_modules: Callable[[], list[str]],
    ) -> None:
        self._append = append
        self._plan = plan
        self._tree = str(plan["tree"])
        self._foreign_modules = foreign_modules
        self._phases: dict[str, list[tuple[str, str]]] = {}
        self._foreign: set[str] = set()
        self._has_collected = False

    @pytest.hookimpl(hookwrapper=True)
    def pytest_load_initial_conftests(self, early_config: Any) -> Iterator[None]:
        """Tell which conftest.py is being imported, and which one cannot be: pytest gives up before
        it collects anything.
        """
        self._announce_conftests(early_config.pluginmanager)
        outcome: Any = yield
        fault = (outcome.excinfo or (None, None))[1]
        if type(fault).__name__ == "ConftestImportFailure":
            file = self._relative(str(getattr(fault, "path", self._tree)))
            message = _last_line(str(getattr(fault, "cause", fault)))
            self._append("uncollected", path=file, message=message)

    def _announce_conftests(self, plugins: Any) -> None:
        load = getattr(plugins, "_importconftest", None)
        if load is None:
            return

        def announced(path: Any, *arguments: Any, **options: Any) -> Any:
            self._append("importing", path=self._relative(str(path)))
            module = load(path, *arguments, **options)
            self._append("imported")
            return module

        plugins._importconftest = announced  # noqa: SLF001  no hook tells of a beginning import

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self._tree).replace(os.sep, "/")

    def pytest_collectstart(self, collector: Any) -> None:
        if collector.nodeid and "::" not in collector.nodeid:
            self._append("importing", path=collector.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            message = _last_line(str(report.longrepr))
            self._append("uncollected", path=report.nodeid, message=message)
        if report.nodeid and "::" not in report.nodeid:
            self._append("imported")

    def pytest_collection_finish(self, session: Any) -> None:
        self._collected([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Any) -> None:
        self._append("imported")
        self._has_collected = True
        self._collected(list(ids))

    def _collected(self, ids: list[str]) -> None:
        for start in range(0, len(ids), _IDS_PER_LINE):
            self._append("collected", ids=ids[start : start + _IDS_PER_LINE])

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if not self._has_collected:  # a worker that takes the place of a crashed one starts late
            self._append("importing", path=_WORKERS)
        node.workerinput["aio_plan"] = dict(self._plan)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", None) or {}
        self._foreign.update(output.get("aio_foreign", ()))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._phases[nodeid] = []
        self._append("started", nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        outcome = _outcome(report)
        if outcome in ("failed", "forged"):
            self._append(outcome, report.nodeid, **self._place(report))
        elif "context" not in report.__dict__:  # a subtest counts for its test only if it fails
            self._phases.setdefault(report.nodeid, []).append((str(report.when), outcome))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        phases = self._phases.pop(nodeid, [])
        if phases == _PASSED:
            self._append("passed", nodeid)
        else:
            self._append("ended", nodeid, phases=phases)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self._foreign.update(self._foreign_modules())
        self._append("finished", foreign=sorted(self._foreign))

    def _place(self, report: Any) -> dict[str, Any]:
        """File, line and last words of a failure, as far as the report tells them."""
        file, line = _location(report)
        crash: Any = getattr(report.longrepr, "reprcrash", None)
        if crash is None:
            message = _last_line(str(report.longrepr or ""))
        else:
            message = str(crash.message).split("\n", 1)[0]
            at = self._relative(str(Path(self._tree, crash.path)))
            if not at.startswith(".."):
                file, line = at, int(crash.lineno)
        return {"path": file, "line": line, "when": str(report.when), "message": _safe(message)}


def _outcome(report: Any) -> str:
    """The report's outcome as this account counts it."""
    known = report.__dict__
    if report.outcome == "passed":
        if known.get("aio_raised") is not False and "context" not in known:
            return "forged"
        return "xpassed" if "wasxfail" in known else "passed"
    return "xfailed" if report.outcome == "skipped" and "wasxfail" in known else str(report.outcome)


def _location(report: Any) -> tuple[str, int | None]:
    file, line, _ = report.location
    return str(file or "").replace(os.sep, "/"), None if line is None else line + 1


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return _safe(lines[-1]) if lines else ""


def _safe(text: str) -> str:
    """Without lone surrogates, which no reader of JSON has to accept."""
    return text.strip()[:_MESSAGE_CHARS].encode("utf-8", "replace").decode("utf-8")
