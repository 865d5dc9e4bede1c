"""`aio-tui escalations ...`: the inbox as commands."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, print_table
from aio_tui.cli.session import engine_of, give
from aio_tui.wording import age, cost, verb, wish
from engine.app.engine import Engine
from engine.domain.errors import StateError, UnknownEscalationError
from engine.domain.escalation import ApprovalScope, Escalation, EscalationState
from engine.domain.ids import EscalationId
from engine.domain.orders import AcknowledgeEscalation, ApproveEscalation, DenyEscalation
from engine.domain.usage import Usage


async def show_list(args: argparse.Namespace) -> Exit:
    """The open ones, most severe first; with --all every one."""
    states = frozenset() if args.all else frozenset({EscalationState.OPEN})
    async with engine_of(args) as engine:
        found = await engine.escalations(states=states)
    if args.json:
        print_json([as_document(escalation) for escalation in found])
    elif found:
        header = ("ID", "TASK", "SEVERITY", "STATE", "STOPPED BY", "WANTS TO")
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
    print_lines(lines_of(escalation, usage, datetime.now(UTC)))  # noqa: TID251  shown, not decided by
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


def lines_of(asked: Escalation, usage: Usage, now: datetime) -> list[str]:
    """Everything known about it, in the words and the order of the inbox."""
    is_open = asked.state is EscalationState.OPEN
    waits = f"{age(asked.raised_at, now)}, since " if is_open else ""
    facts = [
        ("task", f"{asked.task_id}, iteration {asked.iteration}"),
        ("waits" if is_open else "asked", f"{waits}{asked.raised_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("cost", f"{cost(usage)} so far"),
        ("wants to", verb(asked.action.kind)),
        *(("", f"  {line}") for line in asked.action.target.splitlines()),
        *(("", f"  {line}") for line in (asked.diff or asked.action.detail).splitlines()),
        ("effect", asked.effect),
        *(("foreseen", line) for line in asked.foreseen),
        *([("risk", asked.risk)] if asked.risk else []),
        ("stopped by", asked.rule),
        ("why", asked.why),
        *(("it said", line) for line in asked.wanted.splitlines() if line.strip()),
        *_seen(asked),
        *([("instead", asked.edited)] if asked.edited else []),
        *([("answer", _answer(asked))] if asked.answered_by else []),
    ]
    head = f"{asked.escalation_id}  {asked.state}  ({asked.severity})"
    return [head, *(f"{name + ':' if name else '':<12} {text}" for name, text in facts)]


def _answer(asked: Escalation) -> str:
    return f"{asked.state} by {asked.answered_by}: {asked.reason or 'no reason given'}"


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


def _seen(asked: Escalation) -> list[tuple[str, str]]:
    if asked.acknowledged_at is None:
        return []
    return [("seen", f"by {asked.acknowledged_by}, {asked.acknowledged_at:%H:%M} UTC")]


def _row(escalation: Escalation) -> tuple[str, ...]:
    return (
        escalation.escalation_id,
        escalation.task_id,
        escalation.severity,
        escalation.state,
        escalation.rule,
        wish(escalation)[:80],
    )
