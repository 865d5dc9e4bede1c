"""In a real terminal: back to a checkpoint of a run that is over, and another way from there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.domain.run import RunEnd
from tests.acceptance.program import AIO_TUI, surroundings
from tests.support.engines import cure, make_bench, say, worsen
from tests.support.terminal import NARROW, terminal

pytestmark = pytest.mark.slow


def test_another_way_from_a_moment_of_the_past(tmp_path: Path) -> None:
    tries = [[worsen("add", "kept"), say("I tried.")], [cure("add"), say()]]
    bench, home = make_bench(tmp_path, {"add": tries}), tmp_path / "home"
    home.mkdir()

    async def work() -> None:
        await bench.add("add")
        assert await bench.run() is RunEnd.DRAINED

    asyncio.run(work())
    command = [AIO_TUI, "--repo", str(bench.repo)]
    with terminal(command, folder=home, environment=surroundings(home), size=NARROW) as screen:
        screen.wait_for("add", "iteration 2 of")
        screen.send("P")
        screen.wait_for("Cockpit > Replay  add", "■ end", "iteration 2 PASS")
        screen.send("g")
        screen.wait_for("‖ held", "no iteration had begun")
        screen.send("r")
        screen.wait_for("iteration 1 FAIL", "add  iteration 1  ■ over")
        screen.send("y")
        screen.wait_for("Branch add after iteration 1")
        screen.send("s")
        screen.wait_for("What shall be done otherwise?")
        screen.type("mind the sign")
        screen.send("Enter")
        screen.wait_for("otherwise: mind the sign")
        screen.send("y")
        screen.wait_for("add-at1 is queued")
        screen.send("W")
        screen.wait_for("Compare  add · add-at1", "add, iteration 1", "From the end of add")
        screen.send("q")
        assert screen.wait_for_exit() == 0
    assert asyncio.run(bench.item("add-at1")).description.endswith("mind the sign")
