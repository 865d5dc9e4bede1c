"""`aio-tui verify`: Ralph's judgement of a task, or alone of the branch that is checked out."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines
from aio_tui.cli.session import engine_of
from aio_tui.cli.tasks import verdict_document, verdict_lines
from engine.domain.errors import InputError
from engine.domain.ids import parse_task_id
from engine.domain.verdict import VerdictKind

_EXITS = {
    VerdictKind.PASS: Exit.DONE,
    VerdictKind.FAIL: Exit.FAILED,
    VerdictKind.BLOCKED: Exit.WAITING,
}


async def verify(args: argparse.Namespace) -> Exit:
    """Exit 0 PASS, 1 FAIL, 3 BLOCKED."""
    if bool(args.task_id) == bool(args.base):
        raise InputError("name either a task or --base REF", hint="see 'aio-tui verify --help'")
    async with engine_of(args) as engine:
        if args.task_id:
            verdict = await engine.verify_task(parse_task_id(args.task_id))
        else:
            verdict = await engine.verify_branch(args.base, tuple(args.target))
    if args.json:
        print_json(verdict_document(verdict))
    else:
        print_lines(verdict_lines(verdict))
    return _EXITS[verdict.kind]
