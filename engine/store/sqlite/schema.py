"""The tables and indexes. Migration 1 makes them; a later change is a further migration."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

Migration = Callable[[sqlite3.Connection], None]

APPLICATION_ID = 0x61_69_6F_31
"""Stored in the file's header: tells the engine's database from any other."""

BEGUN = "(iteration_count > 0 OR interruptions > 0)"
READY = "state = 'queued' AND unmet_dependencies = 0 AND wakes_at IS NULL"
DELAYED = "state = 'queued' AND unmet_dependencies = 0 AND wakes_at IS NOT NULL"
OPEN, OVER = "is_open = 1", "is_open = 0"
TOUCHED = f"{OPEN} AND state <> 'queued'"
VERIFIED = "merge_state IS NOT NULL"
RESERVE_BYTES = 64
"""A new row keeps this room for what the first claim writes into it. Without it the rows of a full
page grow at claims and SQLite splits the page: two pages to flush in place of one.
"""


# Each index that a claim or a move changes is a page to write and to flush. So what lists need of
# queued tasks lies in `work_items_open`, which names no column that a claim or a move sets, and
# `work_items_attention` holds the few tasks that somebody has touched.
_INDEXES = f"""
CREATE UNIQUE INDEX work_items_id ON work_items (id);
CREATE INDEX work_items_ready
    ON work_items (project, {BEGUN} DESC, priority, number) WHERE {READY};
CREATE INDEX work_items_delayed ON work_items (wakes_at) WHERE {DELAYED};
CREATE INDEX work_items_open ON work_items (priority, number, project) WHERE {OPEN};
CREATE INDEX work_items_over ON work_items (priority, number, state, project) WHERE {OVER};
CREATE INDEX work_items_attention
    ON work_items (attention, priority, number, state, project) WHERE {TOUCHED};
CREATE INDEX dependencies_depends_on ON dependencies (depends_on, task_id);
CREATE INDEX events_task ON events (task_id, seq) WHERE task_id IS NOT NULL;
CREATE INDEX orders_pending ON orders (number) WHERE status = 'pending';
CREATE INDEX escalations_task ON escalations (task_id);
CREATE INDEX escalations_state ON escalations (state);
CREATE INDEX usage_task ON usage (task_id);
CREATE INDEX notes_unread ON notes (task_id, number) WHERE read_at IS NULL;
"""

_USAGE_COLUMNS = {
    "input_tokens": int,
    "output_tokens": int,
    "cache_read_tokens": int,
    "cache_write_tokens": int,
    "calls": int,
    "cost_units": int,
    "unpriced_calls": int,
}


def create_schema(connection: sqlite3.Connection) -> None:
    """Migration 1: everything, in an empty database."""
    from sqlite_utils import Database

    db = Database(connection)
    _create_work_items(db)
    _create_records(db)
    _create_questions(db)
    _create_journal(db)
    _create_control(db)
    for statement in filter(str.strip, _INDEXES.split(";")):
        db.execute(statement)


def _create(
    db: Database,
    name: str,
    columns: Mapping[str, type],
    *,
    pk: str | tuple[str, ...],
    nullable: Sequence[str] = (),
    has_parent: bool = False,
) -> None:
    """One table; only `nullable` columns may be NULL. With a parent, `task_id` names a task."""
    keys = {pk} if isinstance(pk, str) else set()
    required = columns.keys() - set(nullable) - keys
    parents = [("task_id", "work_items", "id")] if has_parent else []
    db.create_table(name, dict(columns), pk=pk, not_null=sorted(required), foreign_keys=parents)


def _create_work_items(db: Database) -> None:
    nullable = {
        "orchestrator_id": str,
        "session_ref": str,
        "last_verdict": str,
        "complexity": str,
        "estimated_value_usd": float,
        "backend": str,
        "max_iterations": int,
        "base_commit": str,
        "head_commit": str,
        "lease_expires_at": str,
        "not_before": str,
        "wakes_at": str,
        "reserve": bytes,
    }
    columns = {
        "number": int,
        **dict.fromkeys(("id", "project", "status", "state", "type", "branch", "agent"), str),
        **dict.fromkeys(("team", "description", "created_at", "updated_at", "error_log"), str),
        **dict.fromkeys(("depends_on", "files", "tests", "metadata"), str),
        **dict.fromkeys(("attention", "priority", "unmet_dependencies", "iteration_count"), int),
        **dict.fromkeys(("iterations_granted", "retry_count", "interruptions", "fence"), int),
        **dict.fromkeys(("is_pause_requested", "is_open"), int),
        **nullable,
    }
    _create(db, "work_items", columns, pk="number", nullable=list(nullable))
    db.execute(
        "CREATE TABLE dependencies (task_id TEXT NOT NULL REFERENCES work_items (id),"
        " depends_on TEXT NOT NULL REFERENCES work_items (id),"
        " PRIMARY KEY (task_id, depends_on)) WITHOUT ROWID"
    )


def _create_records(db: Database) -> None:
    checkpoint = {
        **dict.fromkeys(("task_id", "project", "verdict", "timestamp", "session_ref"), str),
        **dict.fromkeys(("session_sha256", "commit_id", "diff_sha256", "agent"), str),
        **dict.fromkeys(("decision", "evidence"), str),
        "iteration_count": int,
        "has_signal": int,
        "duration_s": float,
        **_USAGE_COLUMNS,
        "session_zlib": bytes,
    }
    _create(db, "checkpoints", checkpoint, pk=("task_id", "iteration_count"), has_parent=True)
    used = {
        "number": int,
        **dict.fromkeys(("task_id", "project", "at", "agent", "model"), str),
        "iteration": int,
        **_USAGE_COLUMNS,
    }
    _create(db, "usage", used, pk="number", has_parent=True)
    note = {"number": int, "task_id": str, "at": str, "note": str, "read_at": str}
    _create(db, "notes", note, pk="number", nullable=["read_at"], has_parent=True)


def _create_questions(db: Database) -> None:
    escalation = {
        "number": int,
        **dict.fromkeys(("id", "task_id", "project", "action_kind", "action_target"), str),
        **dict.fromkeys(("action_detail", "rule", "why", "effect", "severity", "state"), str),
        **dict.fromkeys(("raised_at", "answered_at", "answered_by", "scope", "reason"), str),
        "consumed_at": str,
        "iteration": int,
    }
    unanswered = ["answered_at", "scope", "consumed_at"]
    _create(db, "escalations", escalation, pk="number", nullable=unanswered, has_parent=True)
    db.execute("CREATE UNIQUE INDEX escalations_id ON escalations (id)")
    order = {
        "number": int,
        **dict.fromkeys(("id", "kind", "payload", "given_by", "given_at", "status"), str),
        **dict.fromkeys(("outcome", "settled_at"), str),
    }
    _create(db, "orders", order, pk="number", nullable=["settled_at"])
    db.execute("CREATE UNIQUE INDEX orders_id ON orders (id)")


def _create_journal(db: Database) -> None:
    """Rows are never deleted, so the next `seq` is always above every one before."""
    event = {
        "seq": int,
        **dict.fromkeys(("at", "task_id", "project", "kind", "payload"), str),
        "version": int,
    }
    nullable = ["task_id", "project"]
    _create(db, "events", event, pk="seq", nullable=nullable)


def _create_control(db: Database) -> None:
    control = {"number": int, "is_paused": int, "parallel": int}
    _create(db, "control", control, pk="number", nullable=["parallel"])
    db.execute("INSERT INTO control (number, is_paused, parallel) VALUES (1, 0, NULL)")


def add_merging(connection: sqlite3.Connection) -> None:
    """Migration 2: where the branch of verified work is on its way into the main branch."""
    connection.execute("ALTER TABLE work_items ADD COLUMN merge_state TEXT")
    connection.execute("ALTER TABLE work_items ADD COLUMN merged_commit TEXT")


def add_merges(connection: sqlite3.Connection) -> None:
    """Migration 3: attempts to merge, each written down before anything moves."""
    from sqlite_utils import Database

    db = Database(connection)
    names = ("task_id", "project", "at", "step", "base_branch", "head", "was", "onto", "result")
    columns = {
        "number": int,
        **dict.fromkeys((*names, "tip", "tag", "reason", "undo", "given_by"), str),
    }
    _create(db, "merges", columns, pk="number", has_parent=True)
    db.execute("CREATE INDEX merges_task ON merges (task_id)")
    db.execute("CREATE INDEX merges_step ON merges (step)")


def add_evidence(connection: sqlite3.Connection) -> None:
    """Migration 4: what an operator is shown of a question, and who was told or has seen it."""
    for name in ("wanted", "risk", "diff", "edited", "acknowledged_by"):
        connection.execute(f"ALTER TABLE escalations ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE escalations ADD COLUMN foreseen TEXT NOT NULL DEFAULT '[]'")
    connection.execute("ALTER TABLE escalations ADD COLUMN times_told INTEGER NOT NULL DEFAULT 0")
    for name in ("acknowledged_at", "told_at"):
        connection.execute(f"ALTER TABLE escalations ADD COLUMN {name} TEXT")


def add_steering(connection: sqlite3.Connection) -> None:
    """Migration 5: an emergency stop, who works on a task by hand, a task's own limits and model,
    what an order can be undone to, and which notes are urgent.
    """
    for table, column in (
        ("control", "halted TEXT NOT NULL DEFAULT ''"),
        ("control", "halted_by TEXT NOT NULL DEFAULT ''"),
        ("work_items", "taken_by TEXT NOT NULL DEFAULT ''"),
        ("work_items", "model TEXT"),
        ("work_items", "max_cost_cents INTEGER"),
        ("work_items", "max_tokens INTEGER"),
        ("orders", "before TEXT NOT NULL DEFAULT '{}'"),
        ("notes", "is_urgent INTEGER NOT NULL DEFAULT 0"),
    ):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def add_audit_end(connection: sqlite3.Connection) -> None:
    """Migration 6: the newest line of the decision log that was there at a commit."""
    connection.execute(
        "CREATE TABLE audit_end (number INTEGER PRIMARY KEY, seq INTEGER NOT NULL,"
        " digest TEXT NOT NULL)"
    )
    connection.execute("INSERT INTO audit_end (number, seq, digest) VALUES (1, 0, '')")


def add_landmarks(connection: sqlite3.Connection) -> None:
    """Migration 7: what one looks for in a long journal has an index of its own. Of what is sealed
    already it cannot be told whether a move was a bad end.
    """
    connection.execute("ALTER TABLE events ADD COLUMN landmark TEXT")
    connection.execute(
        "UPDATE events SET landmark = CASE kind WHEN 'iteration_finished' THEN 'verdict'"
        " WHEN 'escalation_raised' THEN 'escalation' WHEN 'run_started' THEN 'run'"
        " ELSE 'error' END WHERE kind IN ('iteration_finished', 'escalation_raised',"
        " 'run_started', 'iteration_abandoned', 'warning_raised', 'merge_refused',"
        " 'merge_reverted', 'run_halted') OR kind = 'task_moved'"
        """ AND (payload LIKE '%"after":"blocked"%' OR payload LIKE '%"after":"failed"%')"""
    )
    connection.execute(
        "CREATE INDEX events_landmark ON events (landmark, seq) WHERE landmark IS NOT NULL"
    )


def add_branches(connection: sqlite3.Connection) -> None:
    """Migration 8: which tasks began at a checkpoint of another one."""
    connection.execute("ALTER TABLE work_items ADD COLUMN branched_from TEXT")
    connection.execute("ALTER TABLE work_items ADD COLUMN branched_at INTEGER")
    connection.execute(
        "CREATE INDEX work_items_branched ON work_items (branched_from, number)"
        " WHERE branched_from IS NOT NULL"
    )


def add_merge_index(connection: sqlite3.Connection) -> None:
    """Migration 9: verified work is found and counted by how far it has come, not by a look at all
    that is over. Only a change of that costs a page.
    """
    connection.execute(
        f"CREATE INDEX work_items_merge ON work_items (merge_state, project) WHERE {VERIFIED}"
    )


def add_next_steps(connection: sqlite3.Connection) -> None:
    """Migration 10: what can be done about the outcome of an order. Where an order was settled
    before, its outcome tells that as well.
    """
    connection.execute("ALTER TABLE orders ADD COLUMN next_step TEXT NOT NULL DEFAULT '{}'")


MIGRATIONS: tuple[Migration, ...] = (
    create_schema,
    add_merging,
    add_merges,
    add_evidence,
    add_steering,
    add_audit_end,
    add_landmarks,
    add_branches,
    add_merge_index,
    add_next_steps,
)
"""Number n of this list leads from schema version n-1 to n. Only ever appended to."""
