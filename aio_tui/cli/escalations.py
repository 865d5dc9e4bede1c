"""`aio-tui escalations ...`: the inbox as commands."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, print_table
from aio_tui.cli.session import engine_of, give
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.ids import EscalationId
from engine.domain.orders import ApproveEscalation, DenyEscalation


async def show_list(args: argparse.Namespace) -> Exit:
    """The open ones, most severe first; with --all every one."""
    states = frozenset() if args.all else frozenset({EscalationState.OPEN})
    async with engine_of(args) as engine:
        found = await engine.escalations(states=states)
    if args.json:
        print_json([as_document(escalation) for escalation in found])
    elif found:
        header = ("ID", "TASK", "SEVERITY", "STATE", "RULE", "ACTION")
        print_table(header, [_row(escalation) for escalation in found])
    else:
        print_lines(["nothing waits for an answer"])
    return Exit.DONE


async def show(args: argparse.Namespace) -> Exit:
    """One with its evidence."""
    async with engine_of(args) as engine:
        escalation = await engine.escalation(EscalationId(args.escalation_id))
    if args.json:
        print_json(as_document(escalation))
        return Exit.DONE
    print_lines(
        [
            f"{escalation.escalation_id}  {escalation.state}  ({escalation.severity})",
            f"task:    {escalation.task_id}, iteration {escalation.iteration}",
            f"rule:    {escalation.rule}",
            f"why:     {escalation.why}",
            f"effect:  {escalation.effect}",
            f"raised:  {escalation.raised_at:%Y-%m-%d %H:%M:%S} UTC",
            f"action:  {escalation.action.kind}",
            *(f"    {line}" for line in escalation.action.target.splitlines()),
            *(f"    {line}" for line in escalation.action.detail.splitlines()),
        ]
    )
    if escalation.answered_by:
        print_lines(
            [
                f"answer:  {escalation.state} by {escalation.answered_by}: "
                f"{escalation.reason or 'no reason given'}"
            ]
        )
    return Exit.DONE


async def approve(args: argparse.Namespace) -> Exit:
    """Let the action happen, once or for its whole task."""
    scope = ApprovalScope.TASK if args.for_task else ApprovalScope.ONCE
    escalation_id = EscalationId(args.escalation_id)
    order = ApproveEscalation(escalation_id=escalation_id, scope=scope, reason=args.reason)
    return await give(args, order)


async def deny(args: argparse.Namespace) -> Exit:
    """Refuse the action; the reason reaches the agent."""
    escalation_id = EscalationId(args.escalation_id)
    return await give(args, DenyEscalation(escalation_id=escalation_id, reason=args.reason))


def as_document(escalation: Escalation) -> dict[str, object]:
    """The escalation for --json."""
    return {
        "id": escalation.escalation_id,
        "task_id": escalation.task_id,
        "project": escalation.project,
        "iteration": escalation.iteration,
        "state": escalation.state,
        "severity": escalation.severity,
        "rule": escalation.rule,
        "why": escalation.why,
        "effect": escalation.effect,
        "action": escalation.action.kind,
        "target": escalation.action.target,
        "detail": escalation.action.detail,
        "raised_at": escalation.raised_at,
        "answered_at": escalation.answered_at,
        "answered_by": escalation.answered_by or None,
        "scope": escalation.scope,
        "reason": escalation.reason or None,
        "consumed_at": escalation.consumed_at,
    }


def _row(escalation: Escalation) -> tuple[str, ...]:
    return (
        escalation.escalation_id,
        escalation.task_id,
        escalation.severity,
        escalation.state,
        escalation.rule,
        " ".join(escalation.action.target.split())[:80],
    )
