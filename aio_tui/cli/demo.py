"""`aio-tui demo`: a real sample repository, real checks, and a model whose words are scripted."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_lines
from aio_tui.cli.run import run_headless
from aio_tui.demo.builder import prepare_demo
from engine.app import load_settings, open_engine
from engine.domain.run import RunOptions
from engine.domain.settings import Settings
from engine.ports.store import TaskQuery

NOTICE = (
    "This is the demo: the model's words are scripted. The repository, its defects, the tools, "
    "the guardrails, the checks, the verdicts and the branches are real."
)


async def demo(args: argparse.Namespace) -> Exit:
    """Build the sample (or reuse the one in --folder), fill its queue, run it."""
    settings = await set_up(args.folder)
    if args.headless or args.json:
        if not args.json:
            print_lines([NOTICE, f"The demo's folder is {settings.repo}"])
        return await run_headless(settings, RunOptions(), as_json=args.json)
    from aio_tui.cli.cockpit import watch

    return await watch(settings, RunOptions(), notice=NOTICE)


async def set_up(folder: Path | None) -> Settings:
    """The settings of a demo repository whose queue is filled."""
    home = folder or Path(tempfile.mkdtemp(prefix="aio-tui-demo-"))
    paths = prepare_demo(home.resolve())
    settings = load_settings(paths.repo)
    async with open_engine(settings) as engine:
        if not await engine.tasks(TaskQuery(limit=1)):
            await engine.import_queue(paths.queue_file)
    return settings
