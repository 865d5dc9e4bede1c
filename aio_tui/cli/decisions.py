"""`aio-tui decisions ...`: the audit trail."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, warn
from aio_tui.cli.session import engine_of
from engine.domain.decision import Decision
from engine.domain.ids import parse_task_id


async def show(args: argparse.Namespace) -> Exit:
    """Who decided what, when and why: of one task, or of all."""
    task_id = parse_task_id(args.task_id) if args.task_id else None
    async with engine_of(args) as engine:
        decisions, warnings = await engine.decisions(task_id)
    for warning in warnings:
        warn(warning)
    if args.json:
        print_json([_document(decision) for decision in decisions])
    elif decisions:
        print_lines([_line(decision) for decision in decisions])
    else:
        print_lines(["no decisions are recorded"])
    return Exit.DONE


async def verify(args: argparse.Namespace) -> Exit:
    """Whether every line of the audit trail is as it was written."""
    async with engine_of(args) as engine:
        problems = await engine.audit_problems()
    if args.json:
        print_json({"is_intact": not problems, "problems": problems})
    elif problems:
        print_lines(problems)
    else:
        print_lines(["the audit trail is intact"])
    return Exit.FAILED if problems else Exit.DONE


def _line(decision: Decision) -> str:
    about = decision.task_id or "the run"
    return (
        f"{decision.at:%Y-%m-%d %H:%M:%S}  {about}  {decision.kind}  {decision.decision}"
        f"  {' '.join(decision.value.split())[:80]}  by {decision.approver}"
        + (f": {decision.reason}" if decision.reason else "")
    )


def _document(decision: Decision) -> dict[str, object]:
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
