"""`aio-tui replay`: what happened as lines, and how all stood at a moment."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from aio_tui.cli.main import main
from engine.domain.run import RunEnd
from tests.support.engines import Bench, cure, make_bench, say, worsen

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A run that is over: one task, red at the first try and green at the second."""
    tries = [[worsen("add", "kept"), say("I tried.")], [cure("add"), say()]]
    bench = make_bench(tmp_path, {"add": tries})

    async def work() -> None:
        await bench.add("add")
        assert await bench.run() is RunEnd.DRAINED

    asyncio.run(work())
    return bench


def test_the_run_is_told_in_its_order_and_as_it_stood(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*words: str, code: int = 0) -> list[str]:
        assert main(["replay", *words, "--repo", str(bench.repo)]) == code
        return capsys.readouterr().out.splitlines()

    whole = told()
    assert "the run begins" in whole[0]
    assert "the run ends" in whole[-1]
    assert [line.split("add: ")[1][:17] for line in told("--only", "verdict")] == [
        "iteration 1 FAIL:", "iteration 2 PASS:",
    ]  # fmt: skip
    facts = [json.loads(line) for line in told("add", "--json")]
    assert facts[0]["kind"] == "task_added"
    assert [fact["seq"] for fact in facts] == sorted(fact["seq"] for fact in facts)
    assert {fact["task_id"] for fact in facts} == {"add"}
    (run,) = json.loads("\n".join(told("--list", "--json")))
    assert (run["is_open"], run["last"] - run["first"] + 1) == (False, len(whole))

    first_verdict = next(fact for fact in facts if fact["landmark"] == "verdict")
    moment = json.loads("\n".join(told("--at", first_verdict["at"], "--json")))
    (task,) = moment["tasks"]
    assert (task["iteration"], task["recorded"], task["is_live"]) == (1, 1, False)
    assert "I tried." in "".join(entry["text"] for entry in task["said"])
    assert "verdict" in [fact["landmark"] for fact in moment["facts"][-3:]]
    assert "had said:" in "\n".join(told("add", "--at", first_verdict["at"]))

    assert told("--speed", "1e6") == whole
    for typed, count in ((b"\n\nq\n", 2), (b"\n", 1)):
        reading, writing = os.pipe()
        os.write(writing, typed)
        os.close(writing)
        with os.fdopen(reading) as keys:
            monkeypatch.setattr(sys, "stdin", keys)
            assert told("--step") == whole[:count]

    for words in (("ghost",), ("2",), ("--at", "noon")):
        assert told(*words, code=2) == []
