"""`aio-tui`: the cockpit over an engine in this process, or attached to one that runs already."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_lines
from aio_tui.cli.watching import watch


async def open_cockpit(args: argparse.Namespace) -> Exit:
    """The cockpit of the repository; of the demo where there is nothing to work with."""
    if args.or_demo:
        from engine.app.setup import needs_demo

        if await needs_demo(args.repo, project=args.project):
            from aio_tui.cli.demo import open_demo

            print_lines(["No model key and nothing in the queue: opening the demo."])
            return await open_demo(None)
    if args.detach:
        from aio_tui.cli.background import run_in_background

        return await run_in_background(settings_of(args), [])
    return await watch(
        settings_of(args),
        None,
        is_read_only=args.read_only,
        is_plain=args.plain,
        bytes_a_second=args.bandwidth,
    )
