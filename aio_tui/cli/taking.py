"""`aio-tui task take` and `task hand-back`: work by hand on what agents began."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import operator
from aio_tui.cli.output import print_json, print_lines
from aio_tui.cli.session import engine_of, tell_settled
from engine.domain.ids import TaskId


async def take(args: argparse.Namespace) -> Exit:
    """A shell in the worktree of a task, which agents leave alone until it is given back."""
    task_id = TaskId(args.task_id)
    async with engine_of(args) as engine:
        folder = await engine.take(task_id, by=operator())
        repo = engine.settings.repo
    if args.json:
        print_json({"task_id": task_id, "folder": str(folder)})
        return Exit.DONE
    if args.no_shell or not sys.stdin.isatty():
        print_lines([str(folder)])
        return Exit.DONE
    from aio_tui.shell import open_shell  # late: only here

    give_back = _give_back(repo, task_id)
    await open_shell(folder, task_id, then=give_back)
    print_lines([f"{task_id} is still yours. {give_back}"])
    return Exit.DONE


def _give_back(repo: Path, task_id: str) -> str:
    words = ("aio-tui", "task", "hand-back", task_id, "--repo", str(repo))
    return f"Agents go on after: {shlex.join(words)} --note TEXT"


async def hand_back(args: argparse.Namespace) -> Exit:
    """Commit what was done by hand, and let agents go on with it."""
    async with engine_of(args) as engine:
        record = await engine.hand_back(TaskId(args.task_id), args.note, by=operator())
    return tell_settled(args, [record])
