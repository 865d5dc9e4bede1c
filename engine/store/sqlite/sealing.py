"""Sealing what a database holds in plain text, from before its texts were sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from engine.store.sqlite.connection import connect
from engine.store.sqlite.faults import translated
from engine.store.sqlite.guard import Document, Exact, Packed, Prose, TextGuard

GUARDED: Mapping[str, Mapping[str, type]] = {
    "work_items": {
        "description": Prose,
        "error_log": Prose,
        "files": Exact,
        "tests": Exact,
        "metadata": Document,
    },
    "checkpoints": {"evidence": Document, "decision": Prose, "session_zlib": Packed},
    "notes": {"note": Prose},
    "escalations": {
        "action_target": Prose,
        "action_detail": Prose,
        "why": Prose,
        "effect": Prose,
        "reason": Prose,
        **dict.fromkeys(("wanted", "risk", "diff", "edited"), Prose),
        "foreseen": Document,
    },
    "orders": {
        "payload": Document,
        "outcome": Prose,
        "before": Document,
        "next_step": Document,
    },
    "control": {"halted": Prose},
    "merges": {"reason": Prose},
    "events": {"payload": Document},
}
"""Tables, and what of their columns goes through the guard."""

_WAIT_S = 5.0


def plain_texts(path: Path) -> int:
    """How many guarded values are in plain text; claims, which hold no prose, do not count."""
    with translated(path):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            return sum(
                connection.execute(
                    f"SELECT count(*) FROM {table} WHERE {_is_plain(column)}"  # noqa: S608  constants
                ).fetchone()[0]
                for table, column in _columns_of(connection)
            )
        finally:
            connection.close()


def seal_database(path: Path, guard: TextGuard) -> int:
    """Seal each guarded value that is in plain text, all or none, and leave no trace of it in the
    file; how many there were.

    Raises:
        StoreError: it cannot be done; the database is as it was.
    """
    with translated(path):
        connection = connect(path, read_only=False, busy_timeout_s=_WAIT_S)
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN EXCLUSIVE")
            count = sum(_seal(connection, guard, *place) for place in _columns_of(connection))
            connection.execute("COMMIT")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return count
        finally:
            connection.close()


def _columns_of(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Those that are there: a backup may be of an older schema."""
    return [
        (table, column)
        for table, columns in GUARDED.items()
        for (_, column, *_) in connection.execute(f"PRAGMA table_info({table})")
        if column in columns
    ]


def _is_plain(column: str) -> str:
    """Values without prose stay in plain text: `''`, `[]`, `{}`, and the fact of a claim."""
    return (
        f"substr(CAST({column} AS TEXT), 1, 11) <> 'aio-sealed:'"
        f" AND CAST({column} AS TEXT) NOT IN ('', '[]', '{{}}')"
        + (' AND payload NOT LIKE \'%"trigger":"claim"%\'' if column == "payload" else "")
    )


def _seal(connection: sqlite3.Connection, guard: TextGuard, table: str, column: str) -> int:
    mark = GUARDED[table][column]
    found = connection.execute(
        f"SELECT rowid, {column} FROM {table} WHERE {_is_plain(column)}"  # noqa: S608  constants
    ).fetchall()
    connection.executemany(
        f"UPDATE {table} SET {column} = ? WHERE rowid = ?",  # noqa: S608  constants
        ((guard.kept(mark(value)), row) for row, value in found),
    )
    return len(found)
