"""Verified work on its way, and what lies around."""

from __future__ import annotations

from typing import Any

from aio_tui.cli.grammar.leaves import always, group, leaf, without_option


def add_merging(commands: Any) -> None:
    """`merge` and `worktrees`."""
    merge = group(commands, "merge", "verified work on its way into the base branch")
    leaf(merge, "list", "merge:show_list", "where each verified task is on its way", looks=always)
    approve = leaf(merge, "approve", "merge:approve", "merge these tasks now")
    approve.add_argument("task_ids", nargs="+", metavar="ID")
    for name, text in (
        ("reject", "refuse verified work; its agent tries again with the reason"),
        ("revert", "undo a merge with a commit on the base branch"),
    ):
        one = leaf(merge, name, f"merge:{name}", text)
        one.add_argument("task_id", metavar="ID")
        one.add_argument("--reason", required=True)
    discard = leaf(
        merge, "discard", "merge:discard", "throw away what a task has on its branch, and end it"
    )
    discard.add_argument("task_id", metavar="ID")
    discard.add_argument("--reason", default="")
    leaf(merge, "run", "merge:run", "work through the merge queue now")
    worktrees = group(commands, "worktrees", "worktrees and branches of tasks")
    leaf(
        worktrees, "list", "worktrees:show_list", "whose they are and what they hold", looks=always
    )
    clean = leaf(
        worktrees,
        "clean",
        "worktrees:clean",
        "show what may go, or remove it",
        looks=without_option("yes"),
    )
    clean.add_argument("--yes", action="store_true", help="remove it")
