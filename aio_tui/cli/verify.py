"""`aio-tui verify`: Ralph's judgement of a task, or alone of a branch."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, warn
from aio_tui.cli.session import engine_of
from aio_tui.cli.tasks import choice
from aio_tui.cli.verdicts import verdict_document, verdict_lines
from engine.app.engine import Engine
from engine.app.judging import Branch, Rechecked
from engine.domain.errors import InputError
from engine.domain.ids import parse_task_id
from engine.domain.verdict import Verdict, VerdictKind
from engine.domain.work import TaskType

_EXITS = {
    VerdictKind.PASS: Exit.DONE,
    VerdictKind.FAIL: Exit.FAILED,
    VerdictKind.BLOCKED: Exit.WAITING,
}


async def verify(args: argparse.Namespace) -> Exit:
    """Exit 0 PASS, 1 FAIL, 3 BLOCKED."""
    branch = _asked(args)
    async with engine_of(args) as engine:
        if branch and not args.head and await engine.has_uncommitted_changes():
            warn("uncommitted changes are no part of this verdict; commit them to have them judged")
        if args.recheck:
            return _tell_again(args, await _recheck(engine, args, branch))
        return _tell(args, await _judge(engine, args, branch))


def _asked(args: argparse.Namespace) -> Branch | None:
    """The branch that is asked about; None: a task.

    Raises:
        InputError: both, neither, or for a task what the task itself says.
    """
    if bool(args.task_id) == bool(args.base):
        raise InputError("name either a task or --base REF", hint="see 'aio-tui verify --help'")
    if args.task_id:
        if args.head or args.target or args.type or args.scope:
            raise InputError(
                "--head, --target, --type and --scope go with --base",
                hint="a task has its own: leave them",
            )
        return None
    return Branch(
        base=args.base,
        head=args.head or "HEAD",
        targets=tuple(args.target),
        task_type=choice(TaskType, args.type or TaskType.BUGFIX, "type"),
        scope=tuple(args.scope),
    )


async def _judge(engine: Engine, args: argparse.Namespace, branch: Branch | None) -> Verdict:
    if branch is None:
        return await engine.verify_task(parse_task_id(args.task_id))
    return await engine.verify_branch(branch)


async def _recheck(engine: Engine, args: argparse.Namespace, branch: Branch | None) -> Rechecked:
    if branch is None:
        return await engine.recheck_task(parse_task_id(args.task_id))
    return await engine.recheck_branch(branch)


def _tell(args: argparse.Namespace, verdict: Verdict) -> Exit:
    if args.json:
        print_json(verdict_document(verdict))
    else:
        print_lines(verdict_lines(verdict))
    return _EXITS[verdict.kind]


def _tell_again(args: argparse.Namespace, checked: Rechecked) -> Exit:
    verdict = checked.verdict
    if args.json:
        print_json({**verdict_document(verdict), "same_as_recorded": checked.is_same})
    else:
        print_lines([*verdict_lines(verdict), f"  {_comparison(checked)}"])
    return _EXITS[verdict.kind]


def _comparison(checked: Rechecked) -> str:
    if checked.recorded is None:
        return "recheck: nothing was recorded of this tree"
    if checked.is_same:
        return "recheck: the same outcome as recorded"
    return f"recheck: NOT the recorded outcome, which was {checked.recorded.kind}: " + "; ".join(
        reason.message for reason in checked.recorded.reasons
    )
