"""A moment of a run of 1,000,000 facts, beside one of 1,000: `python -m benchmarks replay`.

Each is opened at its end, at random times, and searched for the only error in it. The peer is
reading the whole journal. Prints one JSON document; ratios are of medians of one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measure import WallClock
from engine.app.replay import moments, moves, scopes
from engine.domain.facts import Landmark, RunStarted, TaskMoved, WarningRaised
from engine.ports.store import FactQuery, Reader
from engine.store.codec import encode_fact, to_stamp
from engine.store.sqlite import SqliteStore

FACTS, FEW, TASKS = 1_000_000, 1_000, 300
GOAL = 2.5
_BEGAN = datetime(2026, 1, 5, 20, 0, tzinfo=UTC)
_INSERT = (
    "INSERT INTO events (at, task_id, project, kind, version, payload, landmark)"
    " VALUES (?, ?, 'bench', ?, ?, ?, ?)"
)
Look = Callable[[Reader], object]


async def fill(path: Path, facts: int) -> None:
    """A night's run of so many facts; its only error is the second one."""
    await (await SqliteStore.open(path, clock=WallClock())).close()
    begun = encode_fact(RunStarted(worker="w", parallel=3))
    warned = encode_fact(WarningRaised(text="slow disk"))
    moved = encode_fact(TaskMoved(before="queued", after="running", trigger="start"))
    step = timedelta(hours=8) / facts
    rows = [
        (to_stamp(_BEGAN), None, *begun, "run"),
        (to_stamp(_BEGAN), None, *warned, "error"),
        *(
            (to_stamp(_BEGAN + step * n), f"task-{n % TASKS}", *moved, None)
            for n in range(2, facts)
        ),
    ]
    with sqlite3.connect(path) as database:
        database.executemany(_INSERT, rows)


def looks(seed: int) -> dict[str, Look]:
    """What is measured."""
    chance = random.Random(seed)  # noqa: S311  no secret

    def opened(reader: Reader) -> object:
        scope = scopes.found(reader, "last")
        moments.marks(reader, scope)
        return moments.moment(reader, scope, scopes.end(scope))

    def at_random(reader: Reader) -> object:
        scope = scopes.found(reader, "last")
        at = scope.began_at + timedelta(seconds=chance.random() * scope.lasted_s)
        return moments.moment(reader, scope, moves.at_time(reader, scope, at))

    def with_all_tasks(reader: Reader) -> object:
        scope = scopes.found(reader, "last")
        return moments.whole_moment(reader, scope, scopes.end(scope))

    def error_before(reader: Reader) -> object:
        scope = scopes.found(reader, "last")
        move = moves.jumped(Landmark.ERROR, -1)
        return moments.moment(reader, scope, move(reader, scope, scopes.end(scope)))

    return {
        "open": opened,
        "random time": at_random,
        "all tasks": with_all_tasks,
        "error before": error_before,
    }


def whole(reader: Reader) -> int:
    """Read all of it, as a replay that folds the journal would."""
    seq = 0
    while page := reader.facts(FactQuery(after=seq)):
        seq = page[-1].seq
    return seq


async def median_ms(store: SqliteStore, look: Look, runs: int) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        await store.read(look)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


async def measure(folder: Path, facts: int, runs: int) -> dict[str, object]:
    paths = {"many": folder / "many.db", "few": folder / "few.db"}
    await fill(paths["many"], facts)
    await fill(paths["few"], FEW)
    stores = {name: await SqliteStore.open(path, clock=WallClock()) for name, path in paths.items()}
    told: dict[str, object] = {"facts": facts, "beside": FEW, "goal_ratio": GOAL}
    for name, look in looks(7).items():
        many, few = [await median_ms(stores[size], look, runs) for size in ("many", "few")]
        told[name] = {"ms": round(many, 2), "ratio": round(many / few, 2)}
    whole_ms = await median_ms(stores["many"], whole, 1)
    told["whole journal ms"] = round(whole_ms)
    for store in stores.values():
        await store.close()
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=41)
    parser.add_argument("--facts", type=int, default=FACTS)
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(measure(Path(folder), options.facts, options.runs))
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
