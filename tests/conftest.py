"""What all tiers share: how hypothesis searches, and what of memory is looked through again."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Iterator

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
