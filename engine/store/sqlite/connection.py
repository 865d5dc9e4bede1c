"""Connections to the database file, all with the same settings."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from engine.domain.errors import StoreError
from engine.store.sqlite.guard import GuardedConnection, TextGuard

_CACHE_KIB = 8192
_LOOK_AGAIN_S = 0.01
_WAL_KEPT_BYTES = 16 * 1024 * 1024


def prepare_file(path: Path) -> None:
    """Make sure that folder and file exist and that only their owner can read the file.

    A folder that is there already keeps its mode: it may hold more than the database.

    Raises:
        StoreError: the file is there but may not be written.
        OSError: they cannot be made.
    """
    if not path.parent.is_dir():
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    if path.stat().st_mode & 0o077:
        with suppress(PermissionError):
            path.chmod(0o600)
    # Asked, not tried: closing a file drops the locks this process holds on it.
    if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise StoreError(
            f"database {path} cannot be written", hint="give your user write permission on it"
        )


def connect(
    path: Path, *, read_only: bool, busy_timeout_s: float, guard: TextGuard | None = None
) -> sqlite3.Connection:
    """A connection that leaves transactions to its user and may change threads.

    Raises:
        StoreError: `read_only`, and there is no file.
        sqlite3.Error: SQLite refuses.
    """
    if read_only and not path.is_file():
        raise StoreError(
            f"database {path} does not exist", hint="create it with 'aio-tui init' or a first task"
        )
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    connection = sqlite3.connect(
        uri,
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        factory=GuardedConnection,
    )
    try:
        _configure(connection, read_only=read_only, busy_timeout_s=busy_timeout_s)
        if guard is not None:
            connection.guarded_by(guard)
    except BaseException:
        connection.close()
        raise
    return connection


def _configure(connection: sqlite3.Connection, *, read_only: bool, busy_timeout_s: float) -> None:
    # The schema is read first, so that a file that is no database is told from a locked one.
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not read_only:
        _use_write_ahead_log(connection, busy_timeout_s)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.create_function("folded", 1, str.casefold, deterministic=True)


def _use_write_ahead_log(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    """SQLite does not wait by itself while another connection makes the same change."""
    patience = time.monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(_LOOK_AGAIN_S)
        else:
            return
