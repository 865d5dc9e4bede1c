"""What doctor wants to know of a database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from engine.ports.store import StoreInfo
from engine.store.sqlite.reading import SqliteReader

_TABLES = (
    "work_items",
    "checkpoints",
    "events",
    "escalations",
    "orders",
    "usage",
    "notes",
    "merges",
)
_SYNCHRONOUS = {0: "off", 1: "normal", 2: "full", 3: "extra"}


def inspect(reader: SqliteReader, path: Path) -> StoreInfo:
    """Look at everything; `integrity` is `ok`, or the first thing that quick_check found."""
    return StoreInfo(
        path=str(path),
        schema_version=int(str(reader.pragma("user_version"))),
        journal_mode=str(reader.pragma("journal_mode")),
        synchronous=_SYNCHRONOUS[int(str(reader.pragma("synchronous")))],
        size_bytes=_size_bytes(path),
        integrity=str(reader.pragma("quick_check(1)")),
        counts={table: reader.row_count(table) for table in _TABLES},
    )


def _size_bytes(path: Path) -> int:
    """Of the database together with what is not yet moved into it."""
    total = 0
    for part in (path, path.with_name(f"{path.name}-wal")):
        with suppress(FileNotFoundError):
            total += part.stat().st_size
    return total
