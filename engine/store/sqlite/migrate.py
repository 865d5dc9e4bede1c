"""From any older schema to the present one, forward only, with a backup before each step."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine.domain.errors import StoreError
from engine.store.sqlite.schema import APPLICATION_ID, Migration


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that was applied; 0 in an empty file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def check_version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    """The schema version, if this program can work with it.

    Raises:
        StoreError: the file is another program's, or of a newer version.
    """
    version = schema_version(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise StoreError(
            f"database {path} belongs to another program",
            hint="move it away; aio-tui makes its own",
        )
    if version > known:
        raise StoreError(
            f"database {path} has schema version {version}, this program knows up to {known}",
            hint="run the newer aio-tui that wrote it",
        )
    return version


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Apply what is missing, each step in one transaction; all of them in one to an empty file.

    Costs two statements when nothing is missing.

    Raises:
        StoreError: see `check_version`.
        sqlite3.Error: a step failed; the database is as it was before that step.
    """
    version = check_version(connection, path, len(migrations))
    if version == 0:
        _apply(connection, path, migrations, slice(0, len(migrations)))
        version = schema_version(connection)
    while version < len(migrations):
        back_up(connection, path, version)
        _apply(connection, path, migrations, slice(version, version + 1))
        version = schema_version(connection)


def _apply(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration], steps: slice
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done these while this one waited for the lock.
        if check_version(connection, path, len(migrations)) == steps.start:
            for migration in migrations[steps]:
                migration(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {steps.stop}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def backup_path(path: Path, version: int) -> Path:
    """Where the copy from before the migration of `version` lies."""
    return path.with_name(f"{path.stem}.v{version}.backup{path.suffix}")


def back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """A whole copy beside the database, readable for its owner only and flushed to disk.

    It gets its name when it is whole: several processes may bring one database up to date at once.
    """
    copy = backup_path(path, version)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{copy.name}.")
    os.close(descriptor)
    unfinished = Path(name)
    try:
        connection.execute("VACUUM INTO ?", (name,))
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(copy)
    finally:
        unfinished.unlink(missing_ok=True)
    return copy
