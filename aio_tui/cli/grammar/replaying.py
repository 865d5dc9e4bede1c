"""The past again: played, branched from, compared."""

from __future__ import annotations

from typing import Any

from aio_tui.cli.grammar.leaves import above_zero, always, leaf, positive


def add_branching(commands: Any) -> None:
    """`replay`, `branch` and `compare`."""
    replay = leaf(
        commands,
        "replay",
        "replaying:replay",
        "a past run or task again, as text",
        json="print one JSON document; without --at and --list one a line, for each fact",
        looks=always,
    )
    replay.add_argument(
        "what", nargs="?", default="last", metavar="WHAT",
        help="a task, the number of a run, last (default), or all",
    )  # fmt: skip
    replay.add_argument("--list", action="store_true", help="the runs with their numbers")
    replay.add_argument(
        "--at", metavar="WHEN", help="how all stood then: +90s, +5m, +2h, or a time (UTC)"
    )
    replay.add_argument(
        "--only", action="append", default=[], choices=["verdict", "escalation", "error"],
        help="only facts of this kind; may be repeated",
    )  # fmt: skip
    how = replay.add_mutually_exclusive_group()
    how.add_argument(
        "--speed", type=above_zero, metavar="N", help="in time, N times as fast as it was"
    )
    how.add_argument("--step", action="store_true", help="the next one at each Enter; q ends")
    branch = leaf(
        commands, "branch", "branching:branch", "a new task that begins at a checkpoint of another"
    )
    branch.add_argument("task_id", metavar="TASK")
    branch.add_argument(
        "--at", type=positive, metavar="ITERATION", help="default: the newest recorded one"
    )
    branch.add_argument("--say", default="", metavar="TEXT", help="what shall be done otherwise")
    branch.add_argument("--id", default="", metavar="ID", help="default: TASK-atITERATION")
    branch.add_argument("--backend", metavar="NAME", help="'default': as configured")
    branch.add_argument("--model", metavar="NAME", help="'default': as configured")
    branch.add_argument(
        "--iterations", type=positive, metavar="N", help="in all; default: as TASK may use"
    )
    branch.add_argument("--usd", metavar="USD", help="in all; likewise")
    branch.add_argument("--tokens", metavar="N", help="in all; likewise")
    compare = leaf(
        commands, "compare", "compare:compare", "tasks of one origin side by side", looks=always
    )
    compare.add_argument(
        "task_ids", nargs="+", metavar="TASK", help="one: with all that branched from it"
    )
    compare.add_argument("--diff", action="store_true", help="what differs at the ends, in full")
