"""`aio-tui demo`: a real sample repository, real checks, and a model whose words are scripted."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from aio_tui.cli.exits import Exit
from aio_tui.cli.headless import run_headless
from aio_tui.cli.identity import call_of
from aio_tui.cli.output import print_lines
from aio_tui.demo.opening import NOTICE, SHORT_NOTICE, built_at, demo_left, set_up
from aio_tui.wording import clock_time
from engine.domain.run import RunOptions


async def demo(args: argparse.Namespace) -> Exit:
    """Build the sample (or reuse the one in --folder), fill its queue, run it."""
    if args.headless or args.json:
        settings = await set_up(args.folder)
        if not args.json:
            print_lines([NOTICE, f"The demo's folder is {settings.repo}"])
        return await run_headless(settings, RunOptions(), as_json=args.json)
    return await open_demo(args.folder, is_plain=args.plain, bytes_a_second=args.bandwidth)


async def open_demo(
    folder: Path | None, *, is_plain: bool = False, bytes_a_second: int | None = None
) -> Exit:
    """The cockpit on the demo in `folder`; None: on the one that was left at work or killed, else
    a new one.
    """
    from aio_tui.cli.watching import watch

    left = demo_left() if folder is None else None
    settings = await set_up(left or folder)
    begun = f"the demo of {clock_time(built_at(left))} goes on" if left else ""
    again = f"{begun}; 'aio-tui demo --folder NEW' begins another" if left else ""
    print_lines([f"The demo is in {settings.repo}", *([again] if again else [])])
    end = await watch(
        settings,
        RunOptions(),
        notice=f"{SHORT_NOTICE} {again}".strip(),
        where=again,
        is_plain=is_plain,
        bytes_a_second=bytes_a_second,
    )
    with contextlib.suppress(OSError):  # the terminal may be gone
        print_lines([f"'{call_of(settings)}' opens this demo again."])
    return end
