"""The store on SQLite: WAL, synchronous FULL, one writing and one reading thread."""

from engine.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
