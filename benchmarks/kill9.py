"""Fifty times `kill -9` at random moments of a run over ten tasks, with the default settings.

The program works with the real SDK against a local model server, is killed, and is started again
until fifty kills hit it; then it runs to its end. What the runs told their watcher is compared with
what is recorded.
Run: python -m benchmarks kill9
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.support.crash import Job, Story, model_server, problems, write_story

KILLS, TASKS, SEED = 50, 10, 2026
SHORTEST_S, LONGEST_S = 0.1, 6.0
WORD_PAUSE_S = 0.02
"""Of the model while it streams, so that kills hit it in the middle of a text."""

_STARTED = "SELECT at FROM events WHERE kind = 'iteration_started' ORDER BY seq"
_RECORDED = "SELECT task_id, iteration_count, session_sha256 FROM checkpoints"


def jobs() -> list[Job]:
    return [Job(name=f"T-{number}", iterations=1 + number % 3) for number in range(TASKS)]


def rows(story: Story, statement: str) -> list[tuple[str, ...]]:
    path = story.repo / ".aibrain" / "state" / "work.db"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def kill_often(story: Story) -> tuple[list[datetime], set[tuple[str, ...]]]:
    """When each run began; and what was recorded at any of the kills."""
    moments = random.Random(SEED)  # noqa: S311  the same moments in every run
    begun: list[datetime] = []
    recorded: set[tuple[str, ...]] = set()
    while len(begun) < KILLS:
        begun.append(datetime.now(UTC))
        if not story.run_killed_after(moments.uniform(SHORTEST_S, LONGEST_S)):
            begun.pop()
            break
        recorded.update(rows(story, _RECORDED))
    return begun, recorded


def resume_times(begun: list[datetime], started: list[datetime]) -> Iterator[float]:
    """Seconds from the start of each run to its first iteration, for runs that got so far."""
    for begin, end in zip(begun, [*begun[1:], datetime.now(UTC)], strict=True):
        first = next((at for at in started if begin < at < end), None)
        if first is not None:
            yield (first - begin).total_seconds()


def slow_down(story: Story) -> None:
    path = story.repo / ".aibrain" / "script.json"
    script = json.loads(path.read_text())
    script["faults"] = [{"request": 0, "delta_pause_s": WORD_PAUSE_S}]
    path.write_text(json.dumps(script))
    subprocess.run(["git", "-C", str(story.repo), "commit", "-qam", "slower"], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = write_story(Path(folder), *jobs(), backend="anthropic")
        slow_down(story)
        began = time.perf_counter()
        with model_server(story):
            story.environment = {**story.environment, "PYTHONDONTWRITEBYTECODE": ""}
            begun, at_kills = kill_often(story)
            code = story.run_to_the_end(patience_s=300.0)
        took_s = time.perf_counter() - began
        recorded = set(rows(story, _RECORDED))
        started = [datetime.fromisoformat(at) for (at,) in rows(story, _STARTED)]
        wrong = problems(story, acknowledged=story.told())
        resumed = list(resume_times(begun, started))
        told = story.told()
    for name, figure in {
        "kills": len(begun),
        "tasks completed": TASKS
        - sum("is queued" in line or "is blocked" in line for line in wrong),
        "exit code of the last run": code,
        "iterations recorded": len(recorded),
        "iterations told to the watcher": len(told),
        "iterations repeated": len(started) - len(recorded),
        "recorded at a kill and lost later": len(at_kills - recorded),
        "problems": len(wrong),
        "resume p50, s": f"{statistics.median(resumed):.3f}",
        "resume worst, s": f"{max(resumed):.3f}",
        "all of it took, s": f"{took_s:.0f}",
    }.items():
        print(f"  {name:36} {figure:>8}")
    for line in wrong:
        print(f"  {line}")


if __name__ == "__main__":
    main()
