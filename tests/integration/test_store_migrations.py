"""Older databases are brought up to date, each step whole or not at all, after a backup."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from aio_tui.ways import by_key
from engine.domain.errors import StoreError
from engine.domain.facts import OrderSettled
from engine.domain.ids import OrderId, TaskId
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.migrate import backup_path
from engine.store.sqlite.schema import MIGRATIONS
from tests.contract.stores import task
from tests.support.clock import FakeClock

NOW = len(MIGRATIONS)
"""The version that this program makes."""


def add_colour(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE work_items ADD COLUMN colour TEXT")


def paint(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE work_items SET colour = 'red'")


def fail_halfway(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE work_items SET colour = 'blue'")
    connection.execute("INSERT INTO nowhere VALUES (1)")


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database of the present version with one task."""
    path = tmp_path / "work.db"
    store = await SqliteStore.open(path, clock=FakeClock())
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    await store.close()
    return path


def look(path: Path, query: str) -> list[object]:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


async def test_missing_steps_run_in_order(path: Path) -> None:
    steps = (*MIGRATIONS, add_colour, paint)
    store = await SqliteStore.open(path, clock=FakeClock(), migrations=steps)
    assert (await store.info()).schema_version == NOW + 2
    assert (await store.read(lambda reader: reader.task(TaskId("a")))).task_id == "a"
    await store.close()
    assert look(path, "SELECT colour FROM work_items") == ["red"]


async def test_every_step_leaves_a_backup_from_before_it(path: Path) -> None:
    steps = (*MIGRATIONS, add_colour, paint)
    await (await SqliteStore.open(path, clock=FakeClock(), migrations=steps)).close()
    first, second = backup_path(path, NOW), backup_path(path, NOW + 1)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert look(first, "PRAGMA user_version") == [NOW]
    assert look(first, "SELECT id FROM work_items") == ["a"]
    assert look(second, "SELECT colour FROM work_items") == [None]


async def test_new_or_current_database_leaves_no_backup(path: Path) -> None:
    await (await SqliteStore.open(path, clock=FakeClock())).close()
    assert [file.name for file in path.parent.iterdir()] == ["work.db"]


async def test_failed_step_leaves_the_database_as_it_was_before_it(path: Path) -> None:
    steps = (*MIGRATIONS, add_colour, fail_halfway)
    with pytest.raises(StoreError, match="nowhere"):
        await SqliteStore.open(path, clock=FakeClock(), migrations=steps)
    assert look(path, "PRAGMA user_version") == [NOW + 1]
    assert look(path, "SELECT colour FROM work_items") == [None]
    steps = (*MIGRATIONS, add_colour, paint)
    await (await SqliteStore.open(path, clock=FakeClock(), migrations=steps)).close()
    assert look(path, "SELECT colour FROM work_items") == ["red"]


async def test_reader_never_migrates(path: Path) -> None:
    reading = await SqliteStore.open(
        path, clock=FakeClock(), read_only=True, migrations=(*MIGRATIONS, add_colour)
    )
    assert (await reading.info()).schema_version == NOW
    await reading.close()


async def test_many_can_make_the_same_database_at_once(tmp_path: Path) -> None:
    path = tmp_path / "state" / "work.db"
    stores = await asyncio.gather(*(SqliteStore.open(path, clock=FakeClock()) for _ in range(6)))
    for number, store in enumerate(stores):
        await store.write(lambda tx, n=number: tx.add_tasks([task(f"t{n}")]))  # type: ignore[misc]
    assert len(await stores[0].read(lambda reader: reader.facts_after(0))) == len(stores)
    for store in stores:
        await store.close()


async def test_an_outcome_of_an_older_version_is_told_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    older = await SqliteStore.open(path, clock=FakeClock(), migrations=MIGRATIONS[:9])
    await older.close()
    told = "everything is halted; 'aio-tui task resume --all' lets it go on"
    columns = "id, kind, payload, given_by, given_at, status, outcome, settled_at, before"
    at = "2026-01-02T03:04:05+00:00"
    values = ("ord-1", "halt_run", '{"reason":""}', "ada", at, told, at)
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            f"INSERT INTO orders ({columns}) VALUES (?,?,?,?,?,'applied',?,?,'{{}}')",  # noqa: S608
            values,
        )
        fact = (
            '{"order_id":"ord-1","order_kind":"halt_run","status":"applied",'
            '"outcome":"was so","by":"ada"}'
        )
        db.execute(
            "INSERT INTO events (at, kind, version, payload) VALUES (?, 'order_settled', 1, ?)",
            (at, fact),
        )
        db.commit()
    store = await SqliteStore.open(path, clock=FakeClock())
    try:
        record = await store.read(lambda reader: reader.order(OrderId("ord-1")))
        (entry,) = await store.read(lambda reader: reader.facts_after(0))
    finally:
        await store.close()
    assert (record.told(), record.told(by_key), record.next_step) == (told, told, None)
    assert entry.fact == OrderSettled(
        order_id="ord-1", order_kind="halt_run", status="applied", outcome="was so", by="ada"
    )
