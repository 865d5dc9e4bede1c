"""The store as the rest of the engine sees it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

from engine.domain.errors import StoreError
from engine.ports.clock import Clock
from engine.ports.store import Reader, StoreInfo, Transaction
from engine.store.sqlite.connection import connect, prepare_file
from engine.store.sqlite.faults import store_error, translated
from engine.store.sqlite.guard import TextGuard
from engine.store.sqlite.inspection import inspect
from engine.store.sqlite.known import KnownQuestions
from engine.store.sqlite.lane import Job, Lane, deliver, settlements_of
from engine.store.sqlite.migrate import check_version, migrate
from engine.store.sqlite.reading import SqliteReader
from engine.store.sqlite.schema import MIGRATIONS, Migration
from engine.store.sqlite.waiting import FileWatch, Waiters
from engine.store.sqlite.writer import GROUP_SIZE, GroupWriter

T = TypeVar("T")


class SqliteStore:
    """A durable queue in one file. Open it with `open`, close it with `close`.

    Coroutines of any event loop of this process may use it at the same time.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        reading: sqlite3.Connection,
        writing: sqlite3.Connection | None,
        *,
        group_size: int = GROUP_SIZE,
    ) -> None:
        self._path = path
        self._clock = clock
        self._reading = reading
        self._writing = writing
        self._known = KnownQuestions()
        self._waiters = Waiters()
        self._watch = FileWatch(path, self._look_for_facts)
        self._is_closed = False
        self._readers = Lane("store-read", self._run_reads, batch=1)
        self._writers: Lane | None = None
        if writing is not None:
            self._group = GroupWriter(writing, path, clock)
            self._writers = Lane("store-write", self._run_writes, batch=group_size)

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        read_only: bool = False,
        busy_timeout_s: float = 5.0,
        migrations: Sequence[Migration] = MIGRATIONS,
        group_size: int = GROUP_SIZE,
        guard: TextGuard | None = None,
    ) -> SqliteStore:
        """Open the database at `path`; unless `read_only`, make it or bring it up to date.

        Args:
            path: the file; its folder is made with mode 0700, the file gets 0600.
            clock: stamps every change.
            read_only: never writes, not even a migration.
            busy_timeout_s: how long a write waits for another process.
            migrations: all steps from an empty file to the newest schema.
            group_size: most writes that share one transaction.
            guard: what texts go through before they are written; None: they are as they are.

        Raises:
            StoreError: locked, read-only, damaged, not a database, or of a newer version.
        """

        def connect_both() -> tuple[sqlite3.Connection, sqlite3.Connection | None]:
            with translated(path):
                return _connect_both(path, read_only, busy_timeout_s, migrations, guard)

        reading, writing = await asyncio.to_thread(connect_both)
        return cls(path, clock, reading, writing, group_size=group_size)

    def accompany(self, before_commit: Callable[[Transaction], None]) -> None:
        """Let every transaction of this store end with `before_commit`, which must not fail."""
        if self._writers is not None:
            self._group.before_commit = before_commit

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """See `engine.ports.store.Store.write`."""
        self._check_open()
        if self._writers is None:
            raise StoreError(
                f"database {self._path} is open for reading only",
                hint="open it for writing, or give the order to the engine that runs",
            )
        return cast("T", await self._writers.submit(work))

    async def read(self, query: Callable[[Reader], T]) -> T:
        """See `engine.ports.store.Store.read`."""
        self._check_open()
        return cast("T", await self._readers.submit(query))

    async def wait_for_facts(self, seq: int) -> int:
        """See `engine.ports.store.Store.wait_for_facts`."""
        self._check_open()
        waiter = self._waiters.add(seq)
        try:
            if not waiter.done():
                self._watch.start()
                self._note(await self.read(lambda reader: reader.last_seq()))
            return await waiter
        finally:
            self._waiters.drop(waiter)

    async def info(self) -> StoreInfo:
        """Version, settings, size, integrity and row counts. Reads the whole file.

        Raises:
            StoreError: the database cannot be read.
        """
        path = self._path
        return await self.read(lambda reader: inspect(cast("SqliteReader", reader), path))

    async def close(self) -> None:
        """Finish what was asked for, then release the file. A second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        await asyncio.to_thread(self._shut)
        error = StoreError(f"database {self._path} was closed", hint="open it again")
        deliver(self._waiters.give_up(error))

    def _shut(self) -> None:
        self._watch.stop()
        for lane in filter(None, (self._writers, self._readers)):
            lane.stop()
            lane.join()
        # The writer goes last: it moves the WAL into the file.
        for connection in filter(None, (self._reading, self._writing)):
            connection.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreError(f"database {self._path} is closed", hint="open it again")

    def _run_writes(self, jobs: list[Job]) -> None:
        newest = self._group.run(jobs)
        deliver(settlements_of(jobs) + self._waiters.due(newest))
        self._group.tidy()

    def _run_reads(self, jobs: list[Job]) -> None:
        for job in jobs:
            try:
                self._reading.execute("BEGIN")
                job.value = job.work(SqliteReader(self._reading, self._clock.now(), self._known))
            except sqlite3.Error as exc:
                job.error = store_error(self._path, exc)
            except BaseException as exc:  # noqa: BLE001  it is passed on to whoever asked
                job.error = exc
            if self._reading.in_transaction:
                self._reading.execute("ROLLBACK")
        deliver(settlements_of(jobs))

    def _note(self, newest: int) -> None:
        deliver(self._waiters.due(newest))

    def _look_for_facts(self) -> None:
        """Called by the watch's thread: let the reading thread look, on its long-lived connection.

        A new connection would touch the WAL and so wake the watch for ever.
        """
        self._readers.post(lambda reader: self._note(reader.last_seq()))


def _connect_both(
    path: Path,
    read_only: bool,
    busy_timeout_s: float,
    migrations: Sequence[Migration],
    guard: TextGuard | None,
) -> tuple[sqlite3.Connection, sqlite3.Connection | None]:
    if not read_only:
        prepare_file(path)
    first = connect(path, read_only=read_only, busy_timeout_s=busy_timeout_s, guard=guard)
    try:
        if read_only:
            check_version(first, path, len(migrations))
            return first, None
        migrate(first, path, migrations)
        reading = connect(path, read_only=False, busy_timeout_s=busy_timeout_s, guard=guard)
    except BaseException:
        first.close()
        raise
    reading.execute("PRAGMA query_only = ON")
    return reading, first
