"""`aio-tui branch`: another way from a checkpoint of a task."""

from __future__ import annotations

import argparse

from aio_tui.amounts import cents, named, whole
from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import operator
from aio_tui.cli.session import engine_of, tell_settled
from engine.domain.errors import InputError
from engine.domain.ids import parse_task_id
from engine.domain.orders import BranchTask


async def branch(args: argparse.Namespace) -> Exit:
    """Queue a new task that begins where an iteration of another one ended."""
    task_id = parse_task_id(args.task_id)
    async with engine_of(args) as engine:
        item = (await engine.task_view(task_id)).item
        if not item.iteration_count:
            raise InputError(
                f"no iteration of task {task_id!r} has ended yet",
                hint="there is nothing to begin at: see 'aio-tui task show'",
            )
        order = BranchTask(
            task_id=task_id,
            iteration=args.at or item.iteration_count,
            new_id=args.id,
            say=args.say,
            backend=item.backend if args.backend is None else named(args.backend),
            model=item.model if args.model is None else named(args.model),
            max_iterations=args.iterations,
            max_cost_cents=None if args.usd is None else cents(args.usd),
            max_tokens=None if args.tokens is None else whole(args.tokens, "tokens"),
        )
        record = await engine.give(order, by=operator())
    return tell_settled(args, [record])
