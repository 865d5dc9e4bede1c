"""Rows of the tables as values of the domain, and back."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sized
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

from engine.domain.action import Action, ActionKind, Severity
from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.facts import JournalEntry
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.orders import OrderRecord, OrderStatus
from engine.domain.state import SEED_STATUS, TaskState
from engine.domain.usage import Usage
from engine.domain.verdict import VerdictKind
from engine.domain.work import AgentRole, MergeState, TaskType, Team, WorkItem
from engine.store import codec
from engine.store.rules import ATTENTION
from engine.store.sqlite.guard import Document, Exact, Packed, Prose

Row = tuple[Any, ...]

_MOST_KNOWN = 4096
_known: dict[str, tuple[Row, WorkItem]] = {}
"""Of each task the row that was read last: most that are read again have not changed. Their values
are then the same objects, which also compare equal at once. Several threads read and write it.
"""

_TASK_FIELDS = tuple(field.name for field in fields(WorkItem))
_values_of = attrgetter(*_TASK_FIELDS)

_STATES: Mapping[str, TaskState] = {state.value: state for state in TaskState}
_TYPES: Mapping[str, TaskType] = {kind.value: kind for kind in TaskType}
_ROLES: Mapping[str, AgentRole] = {role.value: role for role in AgentRole}
_VERDICTS: Mapping[str | None, VerdictKind | None] = {
    None: None,
    **{kind.value: kind for kind in VerdictKind},
}
_MERGE_STATES: Mapping[str | None, MergeState | None] = {
    None: None,
    **{state.value: state for state in MergeState},
}
_TEAMS: Mapping[str, Team] = {team.value: team for team in Team}

TASK_COLUMNS = (
    "id, project, description, type, agent, team, branch, priority, state, created_at, updated_at,"
    " depends_on, unmet_dependencies, files, tests, backend, max_iterations, complexity,"
    " estimated_value_usd, metadata, iteration_count, iterations_granted, retry_count,"
    " interruptions, error_log, base_commit, head_commit, session_ref, orchestrator_id, fence,"
    " lease_expires_at, is_pause_requested, not_before, last_verdict, merge_state, merged_commit,"
    " taken_by, model, max_cost_cents, max_tokens, branched_from, branched_at"
)


def task_from_row(row: Row) -> WorkItem:
    """The item in a row of `TASK_COLUMNS`."""
    known = _known.get(row[0])
    if known is not None and known[0] == row:
        return known[1]
    item = _task_in(row)
    if len(_known) >= _MOST_KNOWN:
        for task_id in list(_known)[: _MOST_KNOWN // 4]:
            _known.pop(task_id, None)
    _known[row[0]] = (row, item)
    return item


def _task_in(row: Row) -> WorkItem:
    return WorkItem(
        task_id=row[0],
        project=row[1],
        description=row[2],
        type=_TYPES[row[3]],
        role=_ROLES[row[4]],
        team=_TEAMS[row[5]],
        branch=row[6],
        priority=row[7],
        state=_STATES[row[8]],
        created_at=datetime.fromisoformat(row[9]),
        updated_at=datetime.fromisoformat(row[10]),
        depends_on=cast("tuple[TaskId, ...]", codec.strings(row[11])),
        unmet_dependencies=row[12],
        files=codec.strings(row[13]),
        tests=codec.strings(row[14]),
        backend=row[15],
        max_iterations=row[16],
        complexity=row[17],
        estimated_value_usd=row[18],
        metadata=codec.mapping(row[19]),
        iteration_count=row[20],
        iterations_granted=row[21],
        retry_count=row[22],
        interruptions=row[23],
        error_log=row[24],
        base_commit=row[25],
        head_commit=row[26],
        session_ref=row[27],
        orchestrator_id=row[28],
        fence=row[29],
        lease_expires_at=codec.from_stamp(row[30]),
        is_pause_requested=bool(row[31]),
        not_before=codec.from_stamp(row[32]),
        last_verdict=_VERDICTS[row[33]],
        merge_state=_MERGE_STATES[row[34]],
        merged_commit=row[35],
        taken_by=row[36],
        model=row[37],
        max_cost_cents=row[38],
        max_tokens=row[39],
        branched_from=row[40],
        branched_at=row[41],
    )


def task_fields(item: WorkItem) -> dict[str, Any]:
    """All fields with their values; `dataclasses.replace` takes three times as long."""
    return dict(zip(_TASK_FIELDS, _values_of(item), strict=True))


def _plain(value: Any) -> Any:
    return value


def _stamp_or_none(at: datetime | None) -> str | None:
    return None if at is None else codec.to_stamp(at)


_COLUMN_OF_FIELD: Mapping[str, str] = {"task_id": "id", "role": "agent"}
_WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "description": Prose,
    "error_log": Prose,
    "files": lambda names: Exact(codec.to_json(names)),
    "tests": lambda names: Exact(codec.to_json(names)),
    "depends_on": codec.to_json,
    "metadata": lambda values: Document(codec.to_json(values)),
    "created_at": codec.to_stamp,
    "updated_at": codec.to_stamp,
    "lease_expires_at": _stamp_or_none,
    "not_before": _stamp_or_none,
    "last_verdict": lambda kind: None if kind is None else kind.value,
    "merge_state": lambda state: None if state is None else state.value,
    "is_pause_requested": int,
    **dict.fromkeys(("state", "type", "role", "team"), attrgetter("value")),
}


def is_open(state: TaskState) -> bool:
    """Whether the task is not over yet."""
    return ATTENTION[state] != ATTENTION[TaskState.COMPLETED]


def task_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns with their SQL values for fields of a WorkItem; state brings `status`, `attention`
    and `is_open` with it, and `not_before` brings `wakes_at`.
    """
    columns = {
        _COLUMN_OF_FIELD.get(name, name): _WRITERS.get(name, _plain)(value)
        for name, value in values.items()
    }
    if "state" in values:
        columns["status"] = SEED_STATUS[values["state"]]
        columns["attention"] = ATTENTION[values["state"]]
        columns["is_open"] = int(is_open(values["state"]))
    if "not_before" in columns:
        columns["wakes_at"] = columns["not_before"]
    return columns


USAGE_COLUMNS = (
    "input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, calls, cost_units,"
    " unpriced_calls"
)


def usage_row(usage: Usage) -> Row:
    """The values of `USAGE_COLUMNS`."""
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.calls,
        codec.to_cost_units(usage.cost_usd),
        usage.unpriced_calls,
    )


def usage_from_row(row: Row) -> Usage:
    """The usage in a row of `USAGE_COLUMNS`."""
    return Usage(
        input_tokens=row[0],
        output_tokens=row[1],
        cache_read_tokens=row[2],
        cache_write_tokens=row[3],
        calls=row[4],
        cost_usd=codec.from_cost_units(row[5]),
        unpriced_calls=row[6],
    )


CHECKPOINT_COLUMNS = (
    "task_id, project, iteration_count, timestamp, verdict, evidence, session_ref, session_sha256,"
    f" session_zlib, commit_id, diff_sha256, has_signal, agent, duration_s, decision,"
    f" {USAGE_COLUMNS}"
)
_ZLIB_LEVEL = 1
"""Level 6 takes twice the time for a twentieth less space."""


def checkpoint_row(checkpoint: Checkpoint) -> Row:
    """The values of `CHECKPOINT_COLUMNS`."""
    text = checkpoint.session_text.encode("utf-8", "surrogatepass")
    return (
        checkpoint.task_id,
        checkpoint.project,
        checkpoint.iteration_count,
        codec.to_stamp(checkpoint.timestamp),
        checkpoint.verdict.kind,
        Document(codec.to_json(checkpoint.verdict)),
        checkpoint.session_ref,
        checkpoint.session_sha256,
        Packed(zlib.compress(text, _ZLIB_LEVEL)),
        checkpoint.commit,
        checkpoint.diff_sha256,
        int(checkpoint.has_signal),
        checkpoint.agent,
        checkpoint.duration_s,
        Prose(checkpoint.decision),
        *usage_row(checkpoint.usage),
    )


def checkpoint_from_row(row: Row) -> Checkpoint:
    """The checkpoint in a row of `CHECKPOINT_COLUMNS`."""
    return Checkpoint(
        task_id=row[0],
        project=row[1],
        iteration_count=row[2],
        timestamp=datetime.fromisoformat(row[3]),
        verdict=codec.verdict_from_json(row[5]),
        session_ref=row[6],
        session_sha256=row[7],
        session_text=zlib.decompress(row[8]).decode("utf-8", "surrogatepass"),
        commit=row[9],
        diff_sha256=row[10],
        has_signal=bool(row[11]),
        agent=row[12],
        duration_s=row[13],
        decision=row[14],
        usage=usage_from_row(row[15:]),
    )


ESCALATION_COLUMNS = (
    "id, task_id, project, iteration, action_kind, action_target, action_detail, rule, why, effect,"
    " severity, state, raised_at, answered_at, answered_by, scope, reason, consumed_at, wanted,"
    " risk, diff, foreseen, edited, acknowledged_at, acknowledged_by, told_at, times_told"
)


def escalation_row(escalation: Escalation) -> Row:
    """The values of `ESCALATION_COLUMNS`."""
    return (
        escalation.escalation_id,
        escalation.task_id,
        escalation.project,
        escalation.iteration,
        escalation.action.kind,
        Prose(escalation.action.target),
        Prose(escalation.action.detail),
        escalation.rule,
        Prose(escalation.why),
        Prose(escalation.effect),
        escalation.severity,
        escalation.state,
        codec.to_stamp(escalation.raised_at),
        _stamp_or_none(escalation.answered_at),
        escalation.answered_by,
        escalation.scope,
        Prose(escalation.reason),
        _stamp_or_none(escalation.consumed_at),
        Prose(escalation.wanted),
        Prose(escalation.risk),
        Prose(escalation.diff),
        Document(codec.to_json(escalation.foreseen)),
        Prose(escalation.edited),
        _stamp_or_none(escalation.acknowledged_at),
        escalation.acknowledged_by,
        _stamp_or_none(escalation.told_at),
        escalation.times_told,
    )


def escalation_from_row(row: Row) -> Escalation:
    """The escalation in a row of `ESCALATION_COLUMNS`."""
    return Escalation(
        escalation_id=EscalationId(row[0]),
        task_id=TaskId(row[1]),
        project=row[2],
        iteration=row[3],
        action=Action(kind=ActionKind(row[4]), target=row[5], detail=row[6]),
        rule=row[7],
        why=row[8],
        effect=row[9],
        severity=Severity(row[10]),
        state=EscalationState(row[11]),
        raised_at=datetime.fromisoformat(row[12]),
        answered_at=codec.from_stamp(row[13]),
        answered_by=row[14],
        scope=None if row[15] is None else ApprovalScope(row[15]),
        reason=row[16],
        consumed_at=codec.from_stamp(row[17]),
        wanted=row[18],
        risk=row[19],
        diff=row[20],
        foreseen=codec.strings(row[21]),
        edited=row[22],
        acknowledged_at=codec.from_stamp(row[23]),
        acknowledged_by=row[24],
        told_at=codec.from_stamp(row[25]),
        times_told=row[26],
    )


ORDER_COLUMNS = (
    "id, kind, payload, given_by, given_at, status, outcome, settled_at, before, next_step"
)


def order_row(record: OrderRecord) -> Row:
    """The values of `ORDER_COLUMNS`."""
    return (
        record.order_id,
        record.order.kind,
        Document(codec.encode_order(record.order)[1]),
        record.by,
        codec.to_stamp(record.given_at),
        record.status,
        Prose(record.outcome),
        _stamp_or_none(record.settled_at),
        Document(codec.to_json(record.before)),
        Document(codec.to_json(record.next_step or {})),
    )


def order_from_row(row: Row) -> OrderRecord:
    """The order in a row of `ORDER_COLUMNS`."""
    return OrderRecord(
        order_id=OrderId(row[0]),
        order=codec.decode_order(row[0], row[1], row[2]),
        by=row[3],
        given_at=datetime.fromisoformat(row[4]),
        status=OrderStatus(row[5]),
        outcome=row[6],
        settled_at=codec.from_stamp(row[7]),
        before=codec.mapping(row[8]),
        next_step=codec.next_step(row[9]),
    )


MERGE_COLUMNS = (
    "task_id, project, at, step, base_branch, head, was, onto, result, tip, tag, reason, undo,"
    " given_by"
)


def merge_row(record: MergeRecord) -> Row:
    """The values of `MERGE_COLUMNS`."""
    return (
        record.task_id,
        record.project,
        codec.to_stamp(record.at),
        record.step,
        record.base_branch,
        record.head,
        record.was,
        record.onto,
        record.result,
        record.tip,
        record.tag,
        Prose(record.reason),
        record.undo,
        record.by,
    )


def merge_from_row(row: Row) -> MergeRecord:
    """The record in a row of `MERGE_COLUMNS` that begins with its number."""
    return MergeRecord(
        number=row[0],
        task_id=TaskId(row[1]),
        project=row[2],
        at=datetime.fromisoformat(row[3]),
        step=MergeStep(row[4]),
        base_branch=row[5],
        head=row[6],
        was=row[7],
        onto=row[8],
        result=row[9],
        tip=row[10],
        tag=row[11],
        reason=row[12],
        undo=row[13],
        by=row[14],
    )


EVENT_COLUMNS = "seq, at, task_id, project, kind, version, payload"


def entry_from_row(row: Row) -> JournalEntry:
    """The journal entry in a row of `EVENT_COLUMNS`."""
    return JournalEntry(
        seq=row[0],
        at=datetime.fromisoformat(row[1]),
        task_id=row[2],
        project=row[3],
        fact=codec.decode_fact(row[4], row[5], row[6]),
    )


def marks(columns: str) -> str:
    """A `?` for each of the columns, for an INSERT."""
    return ", ".join("?" * (columns.count(",") + 1))


def marks_for(values: Sized) -> str:
    """A `?` for each value, for an IN."""
    return ", ".join("?" * len(values))


def run(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
    """Execute; text that UTF-8 cannot hold is stored with its lone surrogates written as escapes.

    Nothing has been executed when SQLite refuses such a text, so the second attempt is the first.
    """
    try:
        return connection.execute(sql, values)
    except UnicodeEncodeError:
        return connection.execute(
            sql, tuple(codec.storable(v) if isinstance(v, str) else v for v in values)
        )
