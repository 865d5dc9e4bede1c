"""`aio-tui run`: works on the queue, with the cockpit or without."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.headless import run_headless
from aio_tui.cli.identity import settings_of
from engine.domain.errors import InputError
from engine.domain.ids import parse_task_id
from engine.domain.orders import HaltRun, StopRun
from engine.domain.run import RunOptions


async def run(args: argparse.Namespace) -> Exit:
    """Work on the queue until nothing more can happen by itself, or a limit is reached."""
    options = options_of(args)
    settings = settings_of(args)
    if args.detach:
        from aio_tui.cli.background import run_in_background

        return await run_in_background(settings, _as_given(args))
    if args.headless or args.json:
        return await run_headless(settings, options, as_json=args.json)
    from aio_tui.cli.watching import watch

    return await watch(settings, options, is_plain=args.plain, bytes_a_second=args.bandwidth)


def options_of(args: argparse.Namespace) -> RunOptions:
    """How far the command line lets the run go."""
    return RunOptions(
        max_iterations=args.max_iterations,
        max_tasks=args.max_tasks,
        only=parse_task_id(args.task_id) if args.task_id else None,
        parallel=args.parallel,
        stays=args.stay,
        waits=args.wait or args.wait_for is not None,
        waits_s=None if args.wait else args.wait_for,
    )


async def stop(args: argparse.Namespace) -> Exit:
    """End the run that goes on, here or in the background; with a reason, halt everything."""
    from aio_tui.cli.session import give

    if args.reason is None:
        return await give(args, StopRun(at_once=args.now))
    if not args.now:
        raise InputError(
            "a reason is for the emergency stop, which is at once",
            hint="add --now, or leave --reason out to end at the next safe points",
        )
    return await give(args, HaltRun(reason=args.reason))


def _as_given(args: argparse.Namespace) -> list[str]:
    """The limits of a run as words of a command line."""
    limits = {
        "--max-iterations": args.max_iterations,
        "--max-tasks": args.max_tasks,
        "--task-id": args.task_id,
        "--parallel": args.parallel,
        "--wait-for": args.wait_for,
    }
    words = [f"{name}={value}" for name, value in limits.items() if value is not None]
    given = {"--stay": args.stay, "--wait": args.wait}
    return [*words, *(name for name, is_given in given.items() if is_given)]
