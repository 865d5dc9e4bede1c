"""The statements that must stay flat use their indexes, and starting stays cheap."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.state import TaskState
from engine.domain.work import MergeState
from engine.ports.store import TaskQuery
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.connection import connect
from engine.store.sqlite.queue import choice_sql
from engine.store.sqlite.reading import SqliteReader
from tests.contract.stores import take, task
from tests.support.clock import FakeClock


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database with a few tasks that nobody has open."""
    path = tmp_path / "work.db"
    store = await SqliteStore.open(path, clock=FakeClock())
    await store.write(lambda tx: tx.add_tasks([task("a"), task("b", "a")]))
    await store.close()
    return path


def plan(path: Path, statement: str, *values: object) -> list[str]:
    connection = connect(path, read_only=True, busy_timeout_s=1)
    try:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    finally:
        connection.close()
    return [str(row[3]) for row in rows]


def test_claim_of_all_projects_searches_the_ready_index_project_by_project(path: Path) -> None:
    steps = plan(path, choice_sql(by_project=False), "", "w", "")
    tables = [step for step in steps if "work_items" in step]
    assert sum("INDEX work_items_ready (project=?" in step for step in tables) == 1
    assert sum("INDEX work_items_ready (project>?" in step for step in tables) == 1
    assert not any(step.startswith("SCAN work_items") and "USING" not in step for step in tables)


def test_claim_in_a_project_searches_that_project_only(path: Path) -> None:
    steps = plan(path, choice_sql(by_project=True), "", "w", "", "shop")
    assert any(
        "SEARCH work_items USING" in step and "INDEX work_items_ready (project=?" in step
        for step in steps
    )
    assert not any("TEMP B-TREE" in step for step in steps)


@pytest.mark.parametrize(
    "query",
    [TaskQuery(), TaskQuery(project="shop"), TaskQuery(states=frozenset({TaskState.WAITING}))],
)
def test_list_reads_in_index_order(path: Path, query: TaskQuery) -> None:
    steps = plan(path, asked(path, lambda reader: reader.tasks(query)))
    assert any("INDEX work_items_attention" in step for step in steps)
    assert not any("TEMP B-TREE" in step for step in steps)


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: reader.merge_counts("shop"),
        lambda reader: reader.tasks(TaskQuery(merge_states=frozenset({MergeState.QUEUED}))),
    ],
    ids=["counted", "listed"],
)
def test_verified_work_is_no_look_at_all_tasks(
    path: Path, ask: Callable[[SqliteReader], object]
) -> None:
    tables = [step for step in plan(path, asked(path, ask)) if "work_items" in step]
    assert len(tables) == 1
    assert "INDEX work_items_merge" in tables[0]


def asked(path: Path, ask: Callable[[SqliteReader], object]) -> str:
    """The one statement with which the store is asked."""
    statements: list[str] = []
    connection = connect(path, read_only=True, busy_timeout_s=1)
    try:
        connection.set_trace_callback(statements.append)
        ask(SqliteReader(connection, FakeClock().now()))
    finally:
        connection.close()
    (statement,) = statements
    return statement


async def test_sleeping_tasks_are_not_looked_at_by_claims(path: Path) -> None:
    """Whatever sleeps is outside the index that a claim reads."""
    clock = FakeClock()
    later = clock.now().replace(year=2030)
    store = await SqliteStore.open(path, clock=clock)
    try:
        await store.write(lambda tx: tx.update_task(task("a").task_id, not_before=later))
        assert await store.write(take) is None
    finally:
        await store.close()
    connection = connect(path, read_only=True, busy_timeout_s=1)
    ready = connection.execute(
        "SELECT count(*) FROM work_items INDEXED BY work_items_ready"
        " WHERE state = 'queued' AND unmet_dependencies = 0 AND wakes_at IS NULL"
    ).fetchone()
    connection.close()
    assert ready == (0,)


OPEN = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from engine.store.sqlite import SqliteStore

class Clock:
    def now(self):
        return datetime.now(UTC)

async def main():
    store = await SqliteStore.open(Path(sys.argv[1]), clock=Clock())
    await store.write(lambda tx: tx.claim("w", lease=__import__("datetime").timedelta(1)))
    await store.close()
    print(sorted({"sqlite_utils", "watchfiles", "numpy", "textual"} & set(sys.modules)))

asyncio.run(main())
"""


def test_opening_what_is_there_imports_nothing_heavy(path: Path) -> None:
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", OPEN, str(path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[]\n"
