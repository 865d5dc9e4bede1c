"""Where a task stands is called by the one word of its row, whoever tells it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aio_tui.fact_words import told
from aio_tui.widgets.replay_tasks import sign_of as replayed_sign
from aio_tui.wording import sign_of
from engine.app.replay import moments, scopes
from engine.app.system import SystemClock
from engine.domain.facts import MergeMoved, TaskMoved
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import Trigger
from engine.domain.work import MergeState
from engine.ports.store import FactQuery, Reader, Transaction
from engine.store.sqlite import SqliteStore
from tests.support.cli import Cli
from tests.support.engines import Bench, make_bench

pytestmark = pytest.mark.slow

_VERIFIED = (Trigger.START, Trigger.VERIFY, Trigger.PASS)
ROADS: dict[str, tuple[tuple[Trigger, dict[str, Any]], ...]] = {
    "mean": ((Trigger.COMPLETE, {"merge_state": MergeState.WAITING}),),
    "mode": (
        (Trigger.COMPLETE, {"merge_state": MergeState.WAITING}),
        (Trigger.MERGE, {}),
    ),
    "scale": (
        (Trigger.COMPLETE, {"merge_state": MergeState.QUEUED}),
        (Trigger.MERGE, {}),
        (Trigger.LAND, {"merge_state": MergeState.MERGED, "merged_commit": "c" * 40}),
    ),
    "least": ((Trigger.BLOCK, {"error_log": "no server"}),),
    "most": ((Trigger.CANCEL, {"error_log": "not wanted"}),),
    "add": ((Trigger.COMPLETE, {"merge_state": MergeState.WAITING}),),
}
WORDS = {
    "mean": "to merge",
    "mode": "merging",
    "scale": "merged",
    "least": "blocked",
    "most": "cancelled",
    "add": "in line",
}


def _walk(tx: Transaction, name: str) -> None:
    task_id = TaskId(name)
    claim = tx.claim(WorkerId("w"), lease=timedelta(hours=9), only=task_id)
    assert claim is not None
    begins = _VERIFIED if ROADS[name][0][0] is Trigger.COMPLETE else (Trigger.START,)
    for trigger in begins:
        tx.move(task_id, trigger)
    for trigger, changes in ROADS[name]:
        if trigger is Trigger.MERGE:
            tx.update_task(task_id, merge_state=MergeState.QUEUED)
        tx.move(task_id, trigger, changes=changes)
    if name == "add":
        tx.update_task(task_id, merge_state=MergeState.QUEUED)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = make_bench(tmp_path)

    async def work() -> None:
        await bench.add(*ROADS)
        store = await SqliteStore.open(bench.brain / "state" / "work.db", clock=SystemClock())
        for name in ROADS:
            await store.write(partial(_walk, name=name))
        await store.close()

    asyncio.run(work())
    return bench


async def _rows(bench: Bench) -> dict[str, set[str]]:
    """What the row of the cockpit, its replay and the log of the last move say of each task."""
    async with bench.engine(takes_work=False) as engine:
        overview = await engine.overview()

        def look(reader: Reader) -> tuple[Any, ...]:
            scope = scopes.everything(reader)
            end = scopes.end(scope)
            both = (
                moments.moment(reader, scope, end),
                moments.whole_moment(reader, scope, end),
            )
            return both, reader.facts(FactQuery(limit=1000))

        both, entries = await engine.read(look)
    said: dict[str, set[str]] = {item.task_id: {sign_of(item).word} for item in overview.tasks}
    for moment in both:
        for then in moment.tasks:
            said[then.task_id].add(replayed_sign(then).word)
    moves = [entry for entry in entries if isinstance(entry.fact, TaskMoved | MergeMoved)]
    for entry in {entry.task_id: entry for entry in moves}.values():
        said[str(entry.task_id)].add(told(entry.fact))
    return said


def test_every_surface_calls_it_the_same(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    cli = Cli(bench.repo, capsys)
    assert asyncio.run(_rows(bench)) == {name: {word} for name, word in WORDS.items()}
    tables = [
        cli("task", "list").out,
        cli("replay", "all", "--at", "9999-01-01").out,
    ]
    found = cli("search", "Mend").out
    for name, word in WORDS.items():
        for table in tables:
            (row,) = (
                line for line in table.splitlines() if line.split()[:1] in ([name], [name + ":"])
            )
            assert word in row.split("; ")[0]
        assert f"{name}, {word}" in found
        assert f"{name}  {word}  (" in cli("task", "show", name).out
        assert cli("decisions", "replay", name).out.splitlines()[-1] == f"now: {word}"
        last_move = [line for line in cli("replay", name).out.splitlines() if " → " in line][-1]
        assert last_move.split(" → ")[1].split(":")[0] == word
    merges = cli("merge", "list").out
    for name in ("mean", "mode", "scale", "add"):
        assert WORDS[name] in merges.split(name, 1)[1].split("\n")[0]
    counts = "4 verified (1 merging, 1 merged, 1 in line, 1 to merge), 1 blocked, 1 cancelled"
    assert counts in cli("status").out
    assert counts in tables[1]
    bench.configure(more='[keys]\nmerge = ["f9"]')
    assert "merge it: F9, or aio-tui merge approve mean" in cli("report").out
    report = cli("report").out.lower()
    for title in (
        "verified and merged (1)",
        "verified, in line or merging (2)",
        "verified, waiting for you to merge (1)",
        "blocked on you (1)",
        "cancelled (1)",
    ):
        assert title in report
