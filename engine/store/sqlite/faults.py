"""What SQLite reports, as the one line an operator gets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engine.domain.errors import StoreError

_FAULTS: Mapping[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: (
        "is locked by another program",
        "close the program that holds it, or wait until it is done, and try again",
    ),
    sqlite3.SQLITE_LOCKED: ("is locked by another statement", "try again"),
    sqlite3.SQLITE_PERM: ("may not be opened", "give your user read and write permission on it"),
    sqlite3.SQLITE_READONLY: (
        "cannot be written",
        "give your user write permission on the file and its folder",
    ),
    sqlite3.SQLITE_IOERR: (
        "could not be read or written by the disk",
        "look at the system's log for disk errors, then try again",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "restore a backup that lies beside it, or move it away to begin anew",
    ),
    sqlite3.SQLITE_FULL: ("has no room left on its disk", "free some space, then try again"),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "check that its folder exists and that your user may write there",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a database",
        "move the file away to begin anew, or restore a backup",
    ),
}


def store_error(path: Path, exc: sqlite3.Error) -> StoreError:
    """The clear line for `exc`; SQLite's own words stand in it."""
    code = getattr(exc, "sqlite_errorcode", None)
    what, hint = _FAULTS.get(
        (code or 0) & 0xFF, ("refused the work", "run 'aio-tui doctor' to look at it")
    )
    return StoreError(f"database {path} {what} ({exc})", hint=hint)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into `StoreError`."""
    try:
        yield
    except sqlite3.Error as exc:
        raise store_error(path, exc) from exc
    except OSError as exc:
        raise StoreError(
            f"database {path} cannot be opened ({exc.strerror or exc})",
            hint="check that its folder exists and that your user may write there",
        ) from exc
