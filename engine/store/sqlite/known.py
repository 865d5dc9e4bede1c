# ruff: noqa: S608  names in statements are constants of this package; values are bound
"""Open questions that were read before: of a thousand, mostly none has changed."""

from __future__ import annotations

import sqlite3
from typing import Any

from engine.domain.escalation import Escalation, EscalationState
from engine.store.sqlite import rows

_CHANGES = "acknowledged_at, told_at, times_told"
"""All that changes in a question while it is open."""
_MOST_MISSING = 200

Key = tuple[Any, ...]


class KnownQuestions:
    """For a connection that reads what is committed, and nothing else."""

    def __init__(self) -> None:
        self._known: dict[Key, Escalation] = {}

    def open_ones(self, connection: sqlite3.Connection, order: str, limit: int) -> list[Escalation]:
        """All open questions in this order; only those that are new or changed are read whole."""
        keys: list[Key] = rows.run(
            connection,
            f"SELECT id, {_CHANGES} FROM escalations WHERE state = ? ORDER BY {order} LIMIT ?",
            (EscalationState.OPEN.value, limit),
        ).fetchall()
        missing = [key[0] for key in keys if key not in self._known]
        found = {one.escalation_id: one for one in _read(connection, missing)}
        self._known = {key: self._known.get(key) or found[key[0]] for key in keys}
        return list(self._known.values())


def _read(connection: sqlite3.Connection, ids: list[str]) -> list[Escalation]:
    found: list[Escalation] = []
    for first in range(0, len(ids), _MOST_MISSING):
        some = ids[first : first + _MOST_MISSING]
        rows_of = rows.run(
            connection,
            f"SELECT {rows.ESCALATION_COLUMNS} FROM escalations"
            f" WHERE id IN ({rows.marks_for(some)})",
            tuple(some),
        )
        found += map(rows.escalation_from_row, rows_of)
    return found
