"""`aio-tui contracts ...`: what agents may do on their own."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_json, print_lines, print_table, warn
from engine.app import policies
from engine.domain.action import Action, ActionKind, Outcome, Ruling
from engine.domain.containment import UNCONFINED
from engine.domain.errors import InputError
from engine.domain.work import AgentRole

if TYPE_CHECKING:
    from engine.app.policy_replay import PolicyChange


async def show_list(args: argparse.Namespace) -> Exit:
    """The contract in force for each role, in one line."""
    known = policies.policies_of(settings_of(args))
    views = [known.view(role) for role in AgentRole]
    if args.json:
        print_json([_document(view) for view in views])
    else:
        print_table(
            ("ROLE", "LEVEL", "ALLOW", "ASK", "DENY", "FROM"),
            [
                (
                    view.role,
                    view.level,
                    str(len(view.allow) + len(view.programs)),
                    str(len(view.ask) + len(view.protected)),
                    str(len(view.deny)),
                    ", ".join(view.sources),
                )
                for view in views
            ],
        )
    return Exit.DONE


async def show(args: argparse.Namespace) -> Exit:
    """All that holds for a role."""
    role = policies.parse_role(args.role)
    view = policies.policies_of(settings_of(args)).view(role)
    if args.json:
        print_json(_document(view))
    else:
        print_lines([f"{view.role} in {view.project}, from {', '.join(view.sources)}"])
        print_lines(view.words.splitlines())
    return Exit.DONE


async def check(args: argparse.Namespace) -> Exit:
    """Whether the files are sound; a problem names file, line and key."""
    states = policies.check(settings_of(args), tuple(args.files))
    problems = [state for state in states if state.problem]
    if args.json:
        files = [{"file": state.name, "problem": state.problem or None} for state in states]
        print_json({"is_valid": not problems, "files": files})
    else:
        if not states:
            print_lines(["no contract files: the built-in contracts hold"])
        print_lines([f"ok  {state.name}" for state in states if not state.problem])
        for state in problems:
            warn(state.problem)
    return Exit.USAGE if problems else Exit.DONE


async def explain(args: argparse.Namespace) -> Exit:
    """What would happen to a command, and by which rule."""
    if args.stdin is (args.action is not None):
        raise InputError(
            "contracts explain wants either a COMMAND or --stdin",
            hint="say 'aio-tui contracts explain BugFix \"git push\"'",
        )
    role = policies.parse_role(args.role)
    known = policies.policies_of(settings_of(args))
    held_by = UNCONFINED if args.no_sandbox else known.containment()
    judge = known.explainer(role, is_sandboxed=held_by.is_sandboxed)
    if args.stdin:
        return _explain_lines(judge)
    ruling = judge(policies.command(args.action))
    if args.json:
        print_json(_explained(ruling))
    else:
        print_lines(
            [
                f"{ruling.outcome}  rule {ruling.rule}, confidence {ruling.confidence:.2f}",
                f"effect: {ruling.effect}",
                f"why: {ruling.why}",
                f"contract: {', '.join(known.view(role).sources)}",
                f"sandbox: {held_by.warning or held_by.holder}",
            ]
        )
    return Exit.DONE


async def replay(args: argparse.Namespace) -> Exit:
    """What an edited contract would change in the past."""
    from engine.app.policy_replay import replay as judge_again  # late: `explain` starts fast

    told = await judge_again(settings_of(args), args.against)
    stricter = sum(change.is_stricter for change in told.changes)
    if args.json:
        print_json(
            {
                "actions": told.actions,
                "records": told.records,
                "unusable_records": told.unusable,
                "changed": len(told.changes),
                "stricter": stricter,
                "looser": len(told.changes) - stricter,
                "changes": [_change(change) for change in told.changes],
            }
        )
        return Exit.DONE
    for change in told.changes:
        past = change.past
        target = " ".join(past.action.target.split())
        what = "" if past.action.kind is ActionKind.RUN_COMMAND else f"{past.action.kind} "
        print_lines(
            [
                f"{change.before.outcome} -> {change.after.outcome}  {past.role}  {what}{target}",
                f"    {change.times} times in {', '.join(change.tasks)}; {change.before.rule} -> "
                f"{change.after.rule}: {change.after.why}",
            ]
        )
    print_lines(
        [
            f"{len(told.changes)} of {told.actions} past actions would be judged otherwise: "
            f"{stricter} more strictly, {len(told.changes) - stricter} less"
            + (f"; {told.unusable} records could not be judged" if told.unusable else "")
        ]
    )
    return Exit.DONE


def _change(change: PolicyChange) -> dict[str, object]:
    return {
        "role": change.past.role,
        "project": change.past.project,
        "kind": change.past.action.kind,
        "target": change.past.action.target,
        "times": change.times,
        "tasks": change.tasks,
        "before": _explained(change.before),
        "after": _explained(change.after),
    }


def _explain_lines(judge: Callable[[Action], Ruling]) -> Exit:
    """One answer for each line, at once. A line that is no JSON string is answered with a question,
    as everything that is not understood.
    """
    is_sound = True
    for line in sys.stdin.buffer:
        try:
            text = json.loads(line)
        except (ValueError, RecursionError):
            text = None
        if isinstance(text, str):
            answer = _explained(judge(policies.command(text)))
        else:
            is_sound, answer = False, _NO_STRING
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return Exit.DONE if is_sound else Exit.USAGE


_NO_STRING: dict[str, object] = {
    "outcome": Outcome.ASK.value,
    "rule": "not-understood",
    "effect": "does something that cannot be foreseen",
    "confidence": 0.0,
    "why": "this line is no JSON string",
}


def _explained(ruling: Ruling) -> dict[str, object]:
    return {
        "outcome": ruling.outcome.value,
        "rule": ruling.rule,
        "effect": ruling.effect,
        "confidence": round(ruling.confidence, 3),
        "why": ruling.why,
    }


def _document(view: policies.ContractView) -> dict[str, object]:
    return {
        "role": view.role,
        "project": view.project,
        "autonomy": view.level,
        "sources": view.sources,
        "allow": view.allow,
        "ask": view.ask,
        "deny": view.deny,
        "protected": view.protected,
        "programs": view.programs,
        "limits": view.limits,
    }
