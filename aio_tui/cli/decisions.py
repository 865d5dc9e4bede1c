"""`aio-tui decisions ...`: the audit trail."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import operator
from aio_tui.cli.output import print_json, print_lines, warn
from aio_tui.cli.session import engine_of
from engine.app.engine import Engine
from engine.domain.audit import AuditReport, NewBeginning
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import InputError
from engine.domain.ids import parse_task_id


async def show(args: argparse.Namespace) -> Exit:
    """Who decided what, when and why: of one task, or of all."""
    task_id = parse_task_id(args.task_id) if args.task_id else None
    async with engine_of(args) as engine:
        decisions, warnings = await engine.decisions(task_id)
    for warning in warnings:
        warn(warning)
    decisions = _chosen(decisions, args)
    if args.json:
        print_json([document(decision) for decision in decisions])
    elif decisions:
        print_lines([_line(decision) for decision in decisions])
    else:
        print_lines(["no decisions are recorded"])
    return Exit.DONE


async def verify(args: argparse.Namespace) -> Exit:
    """Whether every line of the audit trail is as it was written."""
    async with engine_of(args) as engine:
        report = await engine.audit()
        unknown = await _unknown(engine, args.holds)
    faults = report.faults
    if args.json:
        print_json(_report(report) | {"not_held": unknown})
    elif faults:
        print_lines([str(fault) for fault in faults])
    else:
        count = f"{report.decisions} decisions in {report.files} files"
        print_lines([f"the audit trail is intact: {count}, the newest {report.newest[:16]}"])
    if report.beginning is not None and not args.json:
        print_lines([_begun_anew(report.beginning)])
    for digest in unknown:
        warn(f"no decision has the hash {digest}: what ended in it was cut off or written anew")
    if not report.anchors:
        warn("nothing outside of the decisions folder remembers its newest decision yet")
    if faults and not args.json:
        warn("if this is known and right, say so: aio-tui decisions begin-anew --reason WHY")
    return Exit.FAILED if faults or unknown else Exit.DONE


async def begin_anew(args: argparse.Namespace) -> Exit:
    """Put away what is left of a log with faults, and go on without it; this is recorded."""
    async with engine_of(args) as engine:
        beginning = await engine.begin_decisions_anew(args.reason, by=operator())
    if args.json:
        print_json({"first": beginning.first_seq, "was": json.loads(beginning.decision.value)})
    else:
        print_lines([_begun_anew(beginning)])
    return Exit.DONE


async def _unknown(engine: Engine, digests: list[str]) -> list[str]:
    """Those of the hashes, or beginnings of hashes, that no decision has."""
    if not digests:
        return []
    held = await engine.decision_hashes()
    return [one for one in digests if not any(each.startswith(one.lower()) for each in held)]


def _begun_anew(beginning: NewBeginning) -> str:
    made = beginning.decision
    return (
        f"begun anew with decision {beginning.first_seq} on {made.at:%Y-%m-%d %H:%M} UTC"
        f" by {made.approver}: {made.reason}"
    )


async def archive(args: argparse.Namespace) -> Exit:
    """Move what is complete into the archive; the chains go on."""
    task_ids = [parse_task_id(one) for one in args.task_ids]
    async with engine_of(args) as engine:
        moved = await engine.archive_decisions(task_ids, by=operator())
    if args.json:
        print_json({"archived": moved})
    else:
        print_lines([f"archived {name}" for name in moved] or ["nothing to archive"])
    return Exit.DONE


def _chosen(decisions: list[Decision], args: argparse.Namespace) -> list[Decision]:
    kinds = {_kind(word) for word in args.kind}
    since = None if args.since is None else _moment(args.since)
    if args.limit is not None and args.limit < 1:
        raise InputError(f"--limit is {args.limit}", hint="use 1 or more")
    chosen = [
        one
        for one in decisions
        if (not kinds or one.kind in kinds)
        and args.by in (None, one.approver)
        and (since is None or one.at >= since)
    ]
    return chosen if args.limit is None else chosen[-args.limit :]


def _kind(word: str) -> DecisionKind:
    try:
        return DecisionKind(word.upper())
    except ValueError:
        known = ", ".join(DecisionKind)
        raise InputError(f"kind {word[:80]!r} is unknown", hint=f"use one of {known}") from None


def _moment(word: str) -> datetime:
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        raise InputError(
            f"--since {word[:80]!r} is no date or time", hint="use one such as 2026-01-31T22:00"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _report(report: AuditReport) -> dict[str, object]:
    return {
        "is_intact": not report.faults,
        "problems": [str(fault) for fault in report.faults],
        "faults": [{"file": one.file, "line": one.line, "what": one.what} for one in report.faults],
        "decisions": report.decisions,
        "lines": report.lines,
        "files": report.files,
        "newest": report.newest,
        "begun_anew": _beginning(report.beginning),
        "anchors": [{"source": one.source, "seq": one.seq} for one in report.anchors],
    }


def _beginning(beginning: NewBeginning | None) -> dict[str, object] | None:
    if beginning is None:
        return None
    return {"first": beginning.first_seq, **document(beginning.decision)}


def _line(decision: Decision) -> str:
    about = decision.task_id or "the run"
    return (
        f"{decision.at:%Y-%m-%d %H:%M:%S}  {about}  {decision.kind}  {decision.decision}"
        f"  {' '.join(decision.value.split())[:80]}  by {decision.approver}"
        + (f": {decision.reason}" if decision.reason else "")
    )


def document(decision: Decision) -> dict[str, object]:
    """The decision as it is printed with --json."""
    return {
        "timestamp": decision.at,
        "kind": decision.kind,
        "task_id": decision.task_id,
        "repo": decision.repo,
        "decision": decision.decision,
        "value": decision.value,
        "confidence": decision.confidence,
        "severity": decision.severity,
        "approver": decision.approver,
        "reason": decision.reason,
        "ref": decision.ref or None,
    }
