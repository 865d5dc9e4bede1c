"""Resident memory of the whole program after a day's worth of events at full speed.

`aio-tui run` on a real repository, in a pty, with the output of its task in sight. What its agent
runs prints as many lines as an agent says in a day at 20 a second; meanwhile another process
appends as many facts as come in a day at one a second. The first figure is taken after one tenth of
the lines. Run: python -m benchmarks soak
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.apps import CHILDREN
from benchmarks.terminal import ROOT, Terminal, program
from tests.support.crash import Job, Story, write_story

FACTS, LINES, PARTS = 86_400, 1_728_000, 10
WITHIN_S = 400.0
GOAL_MB = 150.0
CHILDREN["run"] = """
import os, sys
from aio_tui.cli.main import main
sys.exit(main(["run", "--repo", os.environ["BENCH_REPO"]]))
"""
_TALKER = """
import asyncio, sys
from pathlib import Path
from engine.app.system import SystemClock
from engine.domain.facts import TaskChanged
from engine.domain.ids import TaskId
from engine.store.sqlite.store import SqliteStore

async def main():
    store = await SqliteStore.open(Path(sys.argv[1]), clock=SystemClock())
    for number in range(int(sys.argv[2])):
        fact = TaskChanged(what="priority", value=str(number % 9))
        await store.write(lambda tx: tx.append_facts(fact, task_id=TaskId(f"other-{number % 500}")))
    await store.close()

asyncio.run(main())
"""


def talkative(folder: Path) -> Story:
    """A story whose agent runs one command after another that prints a lot."""
    story = write_story(folder, Job(name="T-1"))
    lines = LINES // PARTS
    steps = [{"bash": f"seq -f 'said %g' {lines}"} for _ in range(PARTS)]
    steps.append({"bash": "sleep 1000"})
    path = story.repo / ".aibrain" / "script.json"
    script = json.loads(path.read_text("utf-8"))
    script["tasks"] = {"T-1": {"iterations": [{"steps": steps}]}}
    path.write_text(json.dumps(script), encoding="utf-8")
    return story


def commands_done(story: Story) -> int:
    """How many of the agent's commands have come to their end."""
    path = story.repo / ".aibrain" / "state" / "transcripts" / "T-1" / "1.jsonl"
    return path.read_bytes().count(b'"tool"') if path.exists() else 0


def wait_for(terminal: Terminal, story: Story, commands: int) -> None:
    began = time.perf_counter()
    while commands_done(story) < commands:
        terminal.drain(0.5)
        terminal.output.clear()
        if time.perf_counter() - began > WITHIN_S:
            raise TimeoutError(f"{commands_done(story)} of {commands} commands were run")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        story = talkative(Path(name))
        database = str(story.repo / ".aibrain" / "state" / "work.db")
        os.environ["BENCH_REPO"] = str(story.repo)
        with program("run") as terminal:
            terminal.read_until(b"for you", limit_s=60)
            os.write(terminal.fd, b"2")
            wait_for(terminal, story, 2)
            first_mb, cpu_s, began = terminal.resident_mb(), terminal.cpu_s(), time.perf_counter()
            talker = subprocess.Popen(
                [sys.executable, "-c", _TALKER, database, str(FACTS)], cwd=ROOT
            )
            wait_for(terminal, story, PARTS // 2)
            half_mb = terminal.resident_mb()
            wait_for(terminal, story, PARTS + 1)
            while talker.poll() is None:
                terminal.drain(0.5)
                terminal.output.clear()
            terminal.drain(3.0)
            last_mb, took_s = terminal.resident_mb(), time.perf_counter() - began
            cpu_s = terminal.cpu_s() - cpu_s
    print(f"  {LINES:,} lines and {FACTS:,} facts in {took_s:.0f} s, {cpu_s:.0f} s of them CPU")
    print(f"  resident MB: {first_mb:.0f} at first, {half_mb:.0f} half-way, {last_mb:.0f} at last")
    print(f"  goal: below {GOAL_MB:.0f} MB: {'reached' if last_mb < GOAL_MB else 'MISSED'}")


if __name__ == "__main__":
    main()
