"""Which demo `aio-tui demo` goes on with."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from aio_tui.demo import prepare_demo
from aio_tui.demo.opening import demo_left
from engine.app.configuration import load_settings
from engine.app.lock import EngineLock

_HOLDER = """
import sys
from pathlib import Path
from engine.app.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]))
lock.take()
lock.tell(run=sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "aio-tui-demo-one"
    prepare_demo(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("run", "is_left"), [("running", True), ("stopped", False)])
def test_one_that_was_killed_at_work_is_gone_on_with(demo: Path, run: str, is_left: bool) -> None:
    assert demo_left() is None
    state = load_settings(demo).state
    words = [sys.executable, "-c", _HOLDER, str(state), run]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "held\n"
        assert demo_left() == demo
        assert not EngineLock(state).was_cut_off()
        one.send_signal(signal.SIGKILL)
    assert EngineLock(state).was_cut_off() is is_left
    assert demo_left() == (demo if is_left else None)
