# ruff: noqa: ASYNC240  nothing else runs on the loop of a test that looks at a file
"""What can be wrong with a database file: one clear line each, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engine.domain.errors import StoreError
from engine.domain.ids import TaskId
from engine.ports.store import Transaction
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.queue import QueueWrites
from engine.store.sqlite.schema import APPLICATION_ID, MIGRATIONS
from tests.contract.stores import task
from tests.support.clock import FakeClock

A = TaskId("a")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "work.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """With the task `a` in it; waits a tenth of a second for a lock."""
    store = await SqliteStore.open(path, clock=FakeClock(), busy_timeout_s=0.1)
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    yield store
    await store.close()


def sql(tx: Transaction, statement: str) -> None:
    """Reach through to the connection, to bring about what only a fault could."""
    assert isinstance(tx, QueueWrites)
    tx._connection.execute(statement)


async def notes_in(path: Path) -> list[str]:
    store = await SqliteStore.open(path, clock=FakeClock())
    try:
        return await store.read(lambda reader: reader.notes(A))
    finally:
        await store.close()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_only_the_owner_can_read_anything(store: SqliteStore, path: Path) -> None:
    assert mode_of(path.parent) == 0o700
    files = sorted(file.name for file in path.parent.iterdir())
    assert files == ["work.db", "work.db-shm", "work.db-wal"]
    assert {mode_of(file) for file in path.parent.iterdir()} == {0o600}


async def test_loose_file_is_tightened_and_a_folder_of_others_is_left_alone(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o755)
    path = tmp_path / "work.db"
    path.touch(mode=0o644)
    await (await SqliteStore.open(path, clock=FakeClock())).close()
    assert (mode_of(path), mode_of(tmp_path)) == (0o600, 0o755)


async def test_settings_are_durable_ones(store: SqliteStore, path: Path) -> None:
    info = await store.info()
    assert (info.path, info.journal_mode, info.integrity) == (str(path), "wal", "ok")
    assert info.counts["work_items"] == info.counts["events"] == 1
    assert info.size_bytes > 0
    seen: list[object] = []
    await store.write(lambda tx: seen.append(_pragma(tx, "synchronous")))
    await store.write(lambda tx: seen.append(_pragma(tx, "foreign_keys")))
    assert seen == [2, 1]


def _pragma(tx: Transaction, name: str) -> object:
    assert isinstance(tx, QueueWrites)
    return tx.pragma(name)


async def test_foreign_lock_ends_in_an_error_while_reads_go_on(
    store: SqliteStore, path: Path
) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    writing = asyncio.gather(store.write(lambda tx: tx.add_note(A, "late")), return_exceptions=True)
    assert await store.read(lambda reader: reader.notes(A)) == []
    assert not writing.done()
    (error,) = await writing
    assert isinstance(error, StoreError)
    assert "is locked by another program" in str(error)
    holder.execute("ROLLBACK")
    holder.close()
    await store.write(lambda tx: tx.add_note(A, "now"))
    assert await store.read(lambda reader: reader.notes(A)) == ["now"]


async def test_write_that_is_cancelled_while_it_waits_never_happens(
    store: SqliteStore, path: Path
) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    blocked = asyncio.gather(
        store.write(lambda tx: tx.add_note(A, "blocked")), return_exceptions=True
    )
    await store.read(lambda reader: reader.last_seq())
    waiting = asyncio.gather(store.write(lambda tx: tx.add_note(A, "given up")))
    await store.read(lambda reader: reader.last_seq())
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    holder.close()
    await blocked
    await store.write(lambda tx: tx.add_note(A, "last"))
    assert "given up" not in await store.read(lambda reader: reader.notes(A))


async def test_file_that_is_no_database_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"tasks: []\n" * 500)
    with pytest.raises(StoreError, match="is not a database"):
        await SqliteStore.open(path, clock=FakeClock())
    assert path.read_bytes() == b"tasks: []\n" * 500


async def test_damaged_database_is_named_as_such(store: SqliteStore, path: Path) -> None:
    await store.close()
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged") as caught:
        await SqliteStore.open(path, clock=FakeClock())
    assert "restore a backup" in caught.value.hint
    assert path.read_bytes() == content


@pytest.mark.parametrize("read_only", [True, False])
async def test_newer_version_is_refused_and_untouched(
    store: SqliteStore, path: Path, read_only: bool
) -> None:
    await store.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(
        StoreError, match=f"has schema version 99, this program knows up to {len(MIGRATIONS)}"
    ):
        await SqliteStore.open(path, clock=FakeClock(), read_only=read_only)


async def test_database_of_another_program_is_refused(tmp_path: Path) -> None:
    for statement in ("CREATE TABLE mine (x)", "PRAGMA application_id = 77"):
        path = tmp_path / f"{len(statement)}.db"
        connection = sqlite3.connect(path)
        connection.execute(statement)
        connection.commit()
        connection.close()
        with pytest.raises(StoreError, match="belongs to another program"):
            await SqliteStore.open(path, clock=FakeClock())


async def test_fresh_database_bears_our_mark(store: SqliteStore) -> None:
    seen: list[object] = []
    await store.write(lambda tx: seen.append(_pragma(tx, "application_id")))
    assert seen == [APPLICATION_ID]


@pytest.fixture
def as_plain_user() -> Iterator[Path]:
    """A folder that belongs to a user without privileges, and that user's rights."""
    folder = Path(tempfile.mkdtemp())
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)


async def test_folder_that_cannot_be_written_is_one_clear_error(as_plain_user: Path) -> None:
    as_plain_user.chmod(0o500)
    for path in (as_plain_user / "work.db", as_plain_user / "state" / "work.db"):
        with pytest.raises(StoreError, match=r"cannot be opened \(Permission denied\)") as caught:
            await SqliteStore.open(path, clock=FakeClock())
        assert "your user may write there" in caught.value.hint


async def test_file_that_cannot_be_written_is_one_clear_error(as_plain_user: Path) -> None:
    path = as_plain_user / "work.db"
    store = await SqliteStore.open(path, clock=FakeClock())
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    await store.close()
    path.chmod(0o400)
    with pytest.raises(StoreError, match="cannot be written"):
        await SqliteStore.open(path, clock=FakeClock())
    reading = await SqliteStore.open(path, clock=FakeClock(), read_only=True)
    assert await reading.read(lambda reader: reader.last_seq()) == 1
    await reading.close()


async def test_missing_database_cannot_be_read(path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        await SqliteStore.open(path, clock=FakeClock(), read_only=True)
    assert not path.parent.exists()


async def test_reading_store_reads_and_refuses_to_write(store: SqliteStore, path: Path) -> None:
    reading = await SqliteStore.open(path, clock=FakeClock(), read_only=True)
    try:
        assert (await reading.read(lambda reader: reader.task(A))).task_id == A
        with pytest.raises(StoreError, match="open for reading only"):
            await reading.write(lambda tx: tx.add_note(A, "x"))
        await store.write(lambda tx: tx.add_note(A, "x"))
        assert await reading.read(lambda reader: reader.notes(A)) == ["x"]
    finally:
        await reading.close()


async def test_full_disk_fails_what_did_not_fit_and_leaves_a_usable_store(
    store: SqliteStore,
) -> None:
    await store.write(lambda tx: tx.add_note(A, "before"))
    await store.write(lambda tx: sql(tx, "PRAGMA max_page_count = 1"))  # no page more than now
    with pytest.raises(StoreError, match="has no room left on its disk") as caught:
        await store.write(lambda tx: tx.add_note(A, "x" * 1_000_000))
    assert "free some space" in caught.value.hint
    assert await store.read(lambda reader: reader.notes(A)) == ["before"]
    await store.write(lambda tx: sql(tx, "PRAGMA max_page_count = 1000000"))
    await store.write(lambda tx: tx.add_note(A, "after"))
    assert await store.read(lambda reader: reader.notes(A)) == ["before", "after"]


async def test_failed_commit_fails_its_whole_group_and_nothing_after_it(
    store: SqliteStore,
) -> None:
    def break_commit(tx: Transaction) -> None:
        sql(tx, "PRAGMA defer_foreign_keys = ON")
        sql(tx, "INSERT INTO dependencies (task_id, depends_on) VALUES ('ghost', 'ghost')")

    def add_note(tx: Transaction) -> None:
        tx.add_note(A, "one")

    outcomes = await asyncio.gather(
        *(store.write(work) for work in (add_note, break_commit, add_note)),
        return_exceptions=True,
    )
    # The first may have been alone in its group; the second and third met in one.
    assert all(isinstance(outcome, StoreError) for outcome in outcomes[1:])
    acknowledged = [outcome for outcome in outcomes if outcome is None]
    await store.write(add_note)
    notes = await store.read(lambda reader: reader.notes(A))
    assert notes == ["one"] * (len(acknowledged) + 1)


async def test_error_of_sqlite_inside_a_write_fails_that_write_alone(store: SqliteStore) -> None:
    def collide(tx: Transaction) -> None:
        sql(tx, "INSERT INTO control (number, is_paused) VALUES (1, 0)")

    outcomes = await asyncio.gather(
        store.write(lambda tx: tx.add_note(A, "one")),
        store.write(collide),
        store.write(lambda tx: tx.add_note(A, "two")),
        return_exceptions=True,
    )
    assert [outcomes[0], outcomes[2]] == [1, 2]
    assert isinstance(outcomes[1], StoreError)
    assert await store.read(lambda reader: reader.notes(A)) == ["one", "two"]


async def test_log_cut_at_any_byte_opens_to_a_committed_prefix(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    checkpointer = sqlite3.connect(path)
    checkpointer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    checkpointer.close()
    written = [str(n) * 300 for n in range(12)]
    for note in written:
        await store.write(lambda tx, text=note: tx.add_note(A, text))  # type: ignore[misc]
    whole = path.with_name("work.db-wal").read_bytes()
    lengths = [0, 17, 32, *range(1000, len(whole), 4999), len(whole) - 1, len(whole)]
    found = []
    for length in lengths:
        copy = tmp_path / f"cut-{length}" / "work.db"
        copy.parent.mkdir()
        shutil.copyfile(path, copy)
        copy.with_name("work.db-wal").write_bytes(whole[:length])
        found.append(await notes_in(copy))
    assert all(notes == written[: len(notes)] for notes in found)
    counts = [len(notes) for notes in found]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(written))


async def test_text_that_utf8_cannot_hold_is_stored_visibly(store: SqliteStore) -> None:
    await store.write(lambda tx: tx.add_note(A, "caf\udce9"))
    assert await store.read(lambda reader: reader.notes(A)) == ["caf\\udce9"]
