"""Group commit: writes that wait together share one transaction and one disk flush."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from engine.ports.clock import Clock
from engine.ports.store import Transaction
from engine.store.sqlite.faults import store_error
from engine.store.sqlite.lane import Job
from engine.store.sqlite.records import SqliteTransaction

GROUP_SIZE = 64
"""Most writes in one transaction; it bounds how long the first of them waits for the last."""


_COMMITS_PER_TIDYING = 150
"""At five pages each they stay below the 1000 at which SQLite tidies within a commit."""


class GroupWriter:
    """Runs batches of jobs on its connection. To be used by one thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock
        self._untidied_commits = 0
        self.before_commit: Callable[[Transaction], None] | None = None
        """Adds to each transaction what is to be durable with it, whoever began it."""

    def run(self, jobs: list[Job]) -> int:
        """Give each job a value that is durable, or its error; the newest journal number that they
        appended, or 0 if they did not. Never raises.
        """
        wanted = [job for job in jobs if not job.is_given_up]
        try:
            return self._run_together(wanted) if wanted else 0
        except (sqlite3.Error, _TransactionLostError) as exc:
            self._fail(wanted, exc)
            return 0

    def tidy(self) -> None:
        """Now and then, move the log into the file: to be called when nobody waits for an answer.

        What cannot be moved now stays in the log, as durable as before.
        """
        if self._untidied_commits >= _COMMITS_PER_TIDYING:
            self._untidied_commits = 0
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _run_together(self, jobs: list[Job]) -> int:
        """A savepoint takes as long as a claim, and few jobs fail. So all run without, and only if
        one fails they run again, each within its own.
        """
        transaction = self._begin()
        for job in jobs:
            if job.is_given_up:  # while the lock was waited for
                continue
            try:
                job.value = job.work(transaction)
            except BaseException as exc:  # noqa: BLE001  it is passed on to whoever gave the job
                self._check_open(exc)
                self._connection.execute("ROLLBACK")
                if len(jobs) > 1:
                    return self._run_one_by_one(jobs)
                job.error = self._passed_on(exc)
                return 0
        return self._commit(transaction)

    def _run_one_by_one(self, jobs: list[Job]) -> int:
        transaction = self._begin()
        for job in jobs:
            if not job.is_given_up:
                self._run_in_savepoint(job, transaction)
        return self._commit(transaction)

    def _commit(self, transaction: SqliteTransaction) -> int:
        if self.before_commit is not None:
            self.before_commit(transaction)
        self._connection.execute("COMMIT")
        self._untidied_commits += 1
        return transaction.newest

    def _begin(self) -> SqliteTransaction:
        self._connection.execute("BEGIN IMMEDIATE")
        return SqliteTransaction(self._connection, self._clock.now())

    def _run_in_savepoint(self, job: Job, transaction: SqliteTransaction) -> None:
        before = transaction.newest
        self._connection.execute("SAVEPOINT job")
        try:
            job.value = job.work(transaction)
        except BaseException as exc:  # noqa: BLE001  it is passed on to whoever gave the job
            self._check_open(exc)
            self._connection.execute("ROLLBACK TO job")
            job.error = self._passed_on(exc)
            transaction.newest = before
        self._connection.execute("RELEASE job")

    def _check_open(self, exc: BaseException) -> None:
        """A full disk may have made SQLite roll back the whole group."""
        if not self._connection.in_transaction:
            raise _TransactionLostError from exc

    def _passed_on(self, exc: BaseException) -> BaseException:
        if not isinstance(exc, sqlite3.Error):
            return exc
        error = store_error(self._path, exc)
        error.__cause__ = exc
        return error

    def _fail(self, jobs: list[Job], exc: BaseException) -> None:
        """Nothing of the group remains: whoever has no error of his own gets this one."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        cause = exc.__cause__ if isinstance(exc, _TransactionLostError) else exc
        error = self._passed_on(cause or exc)
        for job in jobs:
            job.value, job.error = None, job.error or error


class _TransactionLostError(Exception):
    """SQLite rolled the group back by itself; the cause says why."""
