"""Group commit: writes that wait together share one transaction and one disk flush."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.ports.clock import Clock
from engine.store.sqlite.faults import store_error
from engine.store.sqlite.lane import Job
from engine.store.sqlite.records import SqliteTransaction

GROUP_SIZE = 64
"""Most writes in one transaction; it bounds how long the first of them waits for the last."""


class GroupWriter:
    """Runs batches of jobs on its connection. To be used by one thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock

    def run(self, jobs: list[Job]) -> int:
        """Give each job a value that is durable, or its error; the journal's newest number, or 0
        if nothing was committed. Never raises.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            newest = self._run_each(jobs)
            self._connection.execute("COMMIT")
        except (sqlite3.Error, _TransactionLostError) as exc:
            self._fail(jobs, exc)
            return 0
        return newest

    def _run_each(self, jobs: list[Job]) -> int:
        transaction = SqliteTransaction(self._connection, self._clock.now())
        for job in jobs:
            if job.future is not None and job.future.cancelled():
                continue  # nobody would learn of it: a claim made now would have no worker
            self._connection.execute("SAVEPOINT job")
            try:
                job.value = job.work(transaction)
            except BaseException as exc:  # noqa: BLE001  it is passed on to whoever gave the job
                self._undo(exc)
                job.error = self._passed_on(exc)
            self._connection.execute("RELEASE job")
        return transaction.last_seq()

    def _undo(self, exc: BaseException) -> None:
        """Roll back to the savepoint; a full disk may have rolled back the whole group before."""
        if not self._connection.in_transaction:
            raise _TransactionLostError from exc
        self._connection.execute("ROLLBACK TO job")

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
