"""`aio-tui demo`: a real sample repository, real checks, and a model whose words are scripted."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_lines
from aio_tui.cli.run import run_headless
from aio_tui.demo.opening import NOTICE, set_up
from engine.domain.run import RunOptions


async def demo(args: argparse.Namespace) -> Exit:
    """Build the sample (or reuse the one in --folder), fill its queue, run it."""
    settings = await set_up(args.folder)
    if args.headless or args.json:
        if not args.json:
            print_lines([NOTICE, f"The demo's folder is {settings.repo}"])
        return await run_headless(settings, RunOptions(), as_json=args.json)
    from aio_tui.cli.cockpit import watch

    return await watch(
        settings, RunOptions(), notice=NOTICE, is_plain=args.plain, bytes_a_second=args.bandwidth
    )
