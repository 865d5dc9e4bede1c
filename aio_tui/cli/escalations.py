"""`aio-tui escalations ...`: the inbox as commands."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, print_table
from aio_tui.cli.session import engine_of, give
from aio_tui.wording import age, cost
from engine.app.engine import Engine
from engine.domain.errors import StateError, UnknownEscalationError
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.ids import EscalationId
from engine.domain.orders import AcknowledgeEscalation, ApproveEscalation, DenyEscalation


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
        escalation = await engine.escalation(await _asked(engine, args.escalation_id))
        usage = await engine.usage_of(escalation.task_id)
    if args.json:
        print_json(as_document(escalation) | {"task_cost_usd": usage.cost_usd})
        return Exit.DONE
    print_lines(
        [
            f"{escalation.escalation_id}  {escalation.state}  ({escalation.severity})",
            f"task:    {escalation.task_id}, iteration {escalation.iteration}",
            f"rule:    {escalation.rule}",
            f"why:     {escalation.why}",
            f"effect:  {escalation.effect}",
            *([f"risk:    {escalation.risk}"] if escalation.risk else []),
            *(f"would:   {line}" for line in escalation.foreseen),
            f"raised:  {escalation.raised_at:%Y-%m-%d %H:%M:%S} UTC",
            f"waits:   {age(escalation.raised_at, datetime.now(UTC))}, cost so far {cost(usage)}"  # noqa: TID251  shown, not decided by
            if escalation.state is EscalationState.OPEN
            else f"cost:    {cost(usage)} so far",
            *_seen(escalation),
            *(f"said:    {line}" for line in escalation.wanted.splitlines() if line.strip()),
            f"action:  {escalation.action.kind}",
            *(f"    {line}" for line in escalation.action.target.splitlines()),
            *(f"    {line}" for line in (escalation.diff or escalation.action.detail).splitlines()),
        ]
    )
    if escalation.edited:
        print_lines([f"instead: {escalation.edited}"])
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
    escalation_id = await _named(args)
    if args.always:
        return await _approve_always(args, escalation_id)
    scope = ApprovalScope.TASK if args.for_task else ApprovalScope.ONCE
    order = ApproveEscalation(
        escalation_id=escalation_id, scope=scope, reason=args.reason, edited=args.edit or ""
    )
    return await give(args, order)


async def _approve_always(args: argparse.Namespace, escalation_id: EscalationId) -> Exit:
    """Show the rule; save it only with --yes."""
    async with engine_of(args) as engine:
        rule = await engine.always_rule(escalation_id)
    if not args.yes:
        if args.json:
            print_json({"id": escalation_id, "rule": rule, "is_saved": False})
        else:
            print_lines(["this would be added to the contract:", *rule.splitlines()])
            print_lines(["say it again with --yes to save it and approve"])
        return Exit.WAITING
    order = ApproveEscalation(
        escalation_id=escalation_id,
        scope=ApprovalScope.ALWAYS,
        reason=args.reason,
        shown_rule=rule,
    )
    return await give(args, order)


async def deny(args: argparse.Namespace) -> Exit:
    """Refuse the action; the reason reaches the agent."""
    order = DenyEscalation(escalation_id=await _named(args), reason=args.reason, pauses=args.pause)
    return await give(args, order)


async def acknowledge(args: argparse.Namespace) -> Exit:
    """Say that it is seen: no more reminders."""
    return await give(args, AcknowledgeEscalation(escalation_id=await _named(args)))


async def _named(args: argparse.Namespace) -> EscalationId:
    async with engine_of(args) as engine:
        return await _asked(engine, args.escalation_id)


async def _asked(engine: Engine, name: str) -> EscalationId:
    """The question of this id, or the one that the task of this id asks.

    Raises:
        UnknownEscalationError: neither is known.
        StateError: the task asks nothing, or more than one question.
    """
    try:
        return (await engine.escalation(EscalationId(name))).escalation_id
    except UnknownEscalationError:
        if not any(str(item.task_id) == name for item in (await engine.overview()).tasks):
            raise
    asked = [
        str(one.escalation_id)
        for one in await engine.escalations(states=frozenset({EscalationState.OPEN}))
        if str(one.task_id) == name
    ]
    if len(asked) == 1:
        return EscalationId(asked[0])
    if asked:
        raise StateError(
            f"{name} asks {len(asked)} questions", hint=f"name one: {', '.join(asked)}"
        )
    raise StateError(
        f"{name} asks nothing", hint="'aio-tui escalations list' has the open questions"
    )


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
        "edited": escalation.edited or None,
        "wanted": escalation.wanted,
        "risk": escalation.risk,
        "foreseen": list(escalation.foreseen),
        "diff": escalation.diff,
        "acknowledged_at": escalation.acknowledged_at,
        "acknowledged_by": escalation.acknowledged_by or None,
        "times_told": escalation.times_told,
        "consumed_at": escalation.consumed_at,
    }


def _seen(escalation: Escalation) -> list[str]:
    if escalation.acknowledged_at is None:
        return []
    return [f"seen:    by {escalation.acknowledged_by}, {escalation.acknowledged_at:%H:%M} UTC"]


def _row(escalation: Escalation) -> tuple[str, ...]:
    return (
        escalation.escalation_id,
        escalation.task_id,
        escalation.severity,
        escalation.state,
        escalation.rule,
        " ".join(escalation.action.target.split())[:80],
    )
