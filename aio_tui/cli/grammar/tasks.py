"""The work queue, and who works on it how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aio_tui.cli.grammar.leaves import always, group, leaf, never, positive


def add_tasks(commands: Any) -> None:
    """`task`."""
    task = group(commands, "task", "the work queue")
    add = leaf(task, "add", "tasks:add", "queue a task")
    add.add_argument("task_id", metavar="ID")
    add.add_argument("description", metavar="TEXT")
    add.add_argument("--type", default="bugfix", help="bugfix, codequality, testfix, feature, test")
    add.add_argument("--test", action="append", default=[], help="a target test; repeatable")
    add.add_argument("--file", action="append", default=[], help="a file it is about; repeatable")
    add.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="GLOB",
        help="paths that the change may touch; repeatable; default: all",
    )
    add.add_argument("--depends-on", action="append", default=[], metavar="ID")
    add.add_argument("--priority", type=int, default=5, help="0 (most urgent) to 9; default 5")
    add.add_argument("--branch", help="default: fix/ID or feature/ID")
    add.add_argument("--backend", help="anthropic, fixer or scripted; default: as configured")
    add.add_argument("--max-iterations", type=positive, metavar="N")

    listing = leaf(
        task, "list", "tasks:show_list", "the tasks, those that need a human first", looks=always
    )
    listing.add_argument("--state", action="append", default=[], help="only this state; repeatable")
    listing.add_argument("--all-projects", action="store_true")
    for name, text in (
        ("show", "everything about a task"),
        ("cancel", "end a task; its branch stays"),
        ("retry", "put an ended task back into the queue"),
    ):
        looks = always if name == "show" else never
        one = leaf(task, name, f"tasks:{name}", text, looks=looks)
        one.add_argument("task_id", metavar="ID")
    for name, text in (
        ("pause", "hold a task, or the whole queue, at the next safe point"),
        ("resume", "let a paused task, or the whole queue, go on"),
    ):
        one = leaf(task, name, f"tasks:{name}", text)
        which = one.add_mutually_exclusive_group(required=True)
        which.add_argument("task_id", nargs="?", metavar="ID")
        which.add_argument("--all", action="store_true", help="the whole queue")
        if name == "pause":
            one.add_argument("--now", action="store_true", help="give up the running iteration")
    prioritize = leaf(task, "prioritize", "tasks:prioritize", "change how urgent a task is")
    prioritize.add_argument("task_id", metavar="ID")
    how = prioritize.add_mutually_exclusive_group(required=True)
    how.add_argument("priority", type=int, nargs="?", metavar="0-9", help="0 is the most urgent")
    how.add_argument("--raise", type=positive, metavar="N", dest="more", help="by so many")
    how.add_argument("--lower", type=positive, metavar="N", dest="less", help="by so many")
    steer = leaf(task, "steer", "tasks:steer", "a note that its next iteration reads")
    steer.add_argument("task_id", metavar="ID")
    steer.add_argument("note", metavar="TEXT")
    message = leaf(task, "message", "tasks:message", "tell its agent now, at its next step")
    message.add_argument("task_id", metavar="ID")
    message.add_argument("text", metavar="TEXT")
    budget = leaf(task, "budget", "tasks:budget", "what it may use, also while it runs")
    budget.add_argument("task_id", metavar="ID")
    budget.add_argument("--iterations", type=int, metavar="N", help="so many more, or -N fewer")
    budget.add_argument("--usd", metavar="USD", help="in all; 'default': as configured")
    budget.add_argument("--tokens", metavar="N", help="in all; 'default': no limit")
    agent = leaf(task, "agent", "tasks:agent", "who works on it from its next iteration on")
    agent.add_argument("task_id", metavar="ID")
    agent.add_argument("--backend", metavar="NAME", help="'default': as configured")
    agent.add_argument("--model", metavar="NAME", help="'default': as configured")
    take = leaf(task, "take", "taking:take", "a shell in its worktree; agents leave it alone")
    take.add_argument("task_id", metavar="ID")
    take.add_argument("--no-shell", action="store_true", help="only print where the worktree is")
    hand_back = leaf(task, "hand-back", "taking:hand_back", "let agents go on with your work")
    hand_back.add_argument("task_id", metavar="ID")
    hand_back.add_argument("--note", default="", metavar="TEXT", help="for the next iteration")
    override = leaf(task, "override", "tasks:override", "your verdict instead of the engine's")
    override.add_argument("task_id", metavar="ID")
    override.add_argument("verdict", type=str.upper, choices=["PASS", "FAIL"])
    override.add_argument("--reason", required=True)
    for name, text in (
        ("import", "queue the tasks of a JSON file"),
        ("export", "write the queue as a JSON file"),
    ):
        one = leaf(task, name, f"tasks:{name}_queue", text)
        one.add_argument("file", nargs="?", type=Path, help="tasks/work_queue_PROJECT.json")
