"""What all tiers share: how hypothesis searches, what of memory is looked through again, and what
of its process no test leaves to the next; their order is another one in every run.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_ON_A_BUSY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("search", _ON_A_BUSY_MACHINE)
settings.register_profile("repeatable", _ON_A_BUSY_MACHINE, derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "search")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first: else one may go on alone when all others are done."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """The thousands of tests and all that they import stay for good. To look through them for
    garbage again and again took 3 in 10 of the processor time of the screens' tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How a test failed that passed when tried once more: a defect, its own or the program's."""
    failed = {report.nodeid for report in terminalreporter.getreports("failed")}
    for report in terminalreporter.getreports("rerun"):
        if report.nodeid in failed:
            continue
        terminalreporter.write_sep("=", f"UNSTEADY {report.nodeid}", yellow=True)
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test writes into the home of whoever runs it, or goes by the clock on his wall."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    """A program that a test ran in here with other keys leaves them to no test after it."""
    yield
    keyboard = sys.modules.get("aio_tui.keyboard")
    if keyboard is not None:
        keyboard.rebind({})


_SIGNALS = (
    signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP, signal.SIGCONT,
    signal.SIGPIPE, signal.SIGCHLD, signal.SIGWINCH, signal.SIGXFSZ,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_process() -> Iterator[None]:
    """Environment, folder and signal handlers are after each test as they were before it."""
    environment, folder = _environment(), Path.cwd()
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    yield
    left = _environment()
    if left != environment:
        for name in set(left) - set(environment):
            del os.environ[name]
        os.environ.update(environment)
    os.chdir(folder)
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)


def _environment() -> dict[str, str]:
    """Without what pytest itself writes there."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
