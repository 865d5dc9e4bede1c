"""The way to the first true view of a store with 100,000 tasks and 1,000,000 events, beside an
empty one: `python -m benchmarks attach`.

The program is started in a pty, on one and on the other in turn, until the header shows counts that
were read from the store. Prints one JSON document; the ratio is of the medians of one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.terminal import program
from engine.app.configuration import load_settings
from engine.app.engine import open_engine
from engine.domain.ids import TaskId
from engine.domain.work import NewTask

TASKS, EVENTS = 100_000, 1_000_000
GOAL = 1.5
_AT_ONCE = 5_000
_READ = b"for you"
"""The header says it once the overview is read."""
_EVENT = (
    "INSERT INTO events (at, task_id, project, kind, payload, version)"
    " VALUES ('2026-01-01T00:00:00.000000+00:00', ?, ?, 'task_changed',"
    ' \'{"what":"priority","value":"5"}\', 1)'
)


def make_repo(repo: Path) -> None:
    """With one commit."""
    repo.mkdir()
    for command in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "begin")):
        identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
        subprocess.run(("git", *identity, *command), cwd=repo, check=True)


async def fill(repo: Path, tasks: int, events: int) -> None:
    """Let its queue have so many tasks, and its journal so many entries."""
    settings = load_settings(repo)
    async with open_engine(settings) as engine:
        for first in range(0, tasks, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, tasks))
            await engine.add_tasks([_task(number, settings.project) for number in numbers])
        there = await engine.last_seq()
    with sqlite3.connect(settings.state / "work.db") as database:
        more = range(there, events)
        rows = ((f"task-{number % max(tasks, 1)}", settings.project) for number in more)
        database.executemany(_EVENT, rows)


def _task(number: int, project: str) -> NewTask:
    return NewTask(
        task_id=TaskId(f"task-{number}"),
        project=project,
        description=f"mend function {number} of module {number % 77}",
    )


def seconds_to_view(repo: Path) -> float:
    os.environ["BENCH_REPO"] = str(repo)
    with program("program") as terminal:
        return terminal.read_until(_READ, limit_s=60)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder) / "empty", Path(folder) / "full"
        for repo, tasks, events in ((empty, 0, 0), (full, TASKS, EVENTS)):
            make_repo(repo)
            asyncio.run(fill(repo, tasks, events))
        times: dict[Path, list[float]] = {empty: [], full: []}
        for _ in range(options.runs):
            for repo, found in times.items():
                found.append(seconds_to_view(repo))
    medians = {repo.name: statistics.median(found) for repo, found in times.items()}
    ratio = medians["full"] / medians["empty"]
    report = {
        "tasks": TASKS,
        "events": EVENTS,
        "seconds": {name: round(value, 3) for name, value in medians.items()},
        "ratio": round(ratio, 2),
        "goal": GOAL,
        "reached": ratio <= GOAL,
    }
    print(json.dumps(report, indent=2))
    sys.exit(0 if ratio <= GOAL else 1)


if __name__ == "__main__":
    main()
