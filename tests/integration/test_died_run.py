"""What is said of a run whose engine was killed, until another one begins."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from engine.app.system import SystemClock
from engine.domain.facts import RunStarted
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import Trigger
from engine.ports.cockpit import RunState
from engine.ports.store import Transaction
from engine.store.sqlite import SqliteStore
from tests.support.cli import Cli, Said
from tests.support.engines import Bench, make_bench

pytestmark = pytest.mark.slow

_HOLDER = """
import sys
from pathlib import Path
from engine.app.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]))
lock.take()
lock.tell(run="running")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """With a run under way, as its store knows it: two of three tasks are at work."""
    bench = make_bench(tmp_path)

    def begin(tx: Transaction) -> None:
        tx.append_facts(RunStarted(worker="w", parallel=2), project="bench")
        for name in ("add", "mean"):
            tx.claim(WorkerId("w"), lease=timedelta(hours=9), only=TaskId(name))
            tx.move(TaskId(name), Trigger.START)

    async def work() -> None:
        await bench.add("add", "mean", "mode")
        store = await SqliteStore.open(bench.brain / "state" / "work.db", clock=SystemClock())
        await store.write(begin)
        await store.close()

    asyncio.run(work())
    return bench


async def _is_engine_lost(bench: Bench) -> bool:
    async with bench.engine(takes_work=False) as guest:
        overview = await guest.overview()
    assert overview.run is RunState.NO_ENGINE
    return overview.is_engine_lost


def _words_of(listed: Said) -> dict[str, str]:
    rows = [line.split("  ") for line in listed.out.splitlines()[1:]]
    return {row[0].strip(): next(filter(None, row[1:])).strip() for row in rows}


def test_a_run_that_was_killed_is_told_as_one_and_what_it_left_is_no_longer_at_work(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = Cli(bench.repo, capsys)
    words = [sys.executable, "-c", _HOLDER, str(bench.settings.state)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "held\n"
        assert _words_of(cli("task", "list")) == {
            "add": "running", "mean": "running", "mode": "ready",
        }  # fmt: skip
        assert "running (pid" in cli("status").out
        assert cli("status", "--json").document["cut_off"] is None
        assert "it is at work" in cli("report").out
        one.send_signal(signal.SIGKILL)
    assert asyncio.run(_is_engine_lost(bench))
    said = cli("status").out
    died = "the last run died (its engine is no more) while add and mean were at work"
    assert f"{died}; 'aio-tui run' goes on" in said
    assert cli("status", "--json").document["cut_off"] == ["add", "mean"]
    assert cli("status", "--json").document["working"] == 0
    assert _words_of(cli("task", "list")) == {
        "add": "cut off", "mean": "cut off", "mode": "ready",
    }  # fmt: skip
    assert "add  cut off  (" in cli("task", "show", "add").out
    report = cli("report").out
    assert "at work" not in report
    assert report.count("next: its engine died; a run goes on with it: start one: s, or") == 2
    assert cli("task", "pause", "mode").code == 0, "it puts back what the dead engine held"
    assert not asyncio.run(_is_engine_lost(bench))
    assert _words_of(cli("task", "list")) == {"add": "ready", "mean": "ready", "mode": "paused"}
    assert cli("status", "--json").document["cut_off"] is None
