"""What waits for the operator, how he hears of it, and what need not be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aio_tui.cli.grammar.leaves import always, group, leaf


def add_escalations(commands: Any) -> None:
    """`escalations`."""
    escalations = group(commands, "escalations", "what waits for your answer")
    listing = leaf(escalations, "list", "escalations:show_list", "the open ones", looks=always)
    listing.add_argument("--all", action="store_true", help="answered ones too")
    show = leaf(escalations, "show", "escalations:show", "one with its evidence", looks=always)
    show.add_argument("escalation_id", metavar="ID")
    approve = leaf(escalations, "approve", "escalations:approve", "let the action happen")
    approve.add_argument("escalation_id", metavar="ID")
    how = approve.add_mutually_exclusive_group()
    how.add_argument("--for-task", action="store_true", help="and the same rule for its task")
    how.add_argument("--always", action="store_true", help="show the contract rule; see --yes")
    how.add_argument("--edit", metavar="COMMAND", help="let this run instead")
    approve.add_argument("--yes", action="store_true", help="with --always: save the rule")
    approve.add_argument("--reason", default="")
    deny = leaf(escalations, "deny", "escalations:deny", "refuse; the reason reaches the agent")
    deny.add_argument("escalation_id", metavar="ID")
    deny.add_argument("--reason", required=True)
    deny.add_argument("--pause", action="store_true", help="and hold the task")
    ack = leaf(escalations, "ack", "escalations:acknowledge", "seen: no more reminders")
    ack.add_argument("escalation_id", metavar="ID")


def add_notify(commands: Any) -> None:
    """`notify`."""
    notify = group(commands, "notify", "how you hear of questions when you do not look")
    leaf(notify, "test", "notify:test", "try every channel, and say what happened")


def add_contracts(commands: Any) -> None:
    """`contracts`."""
    contracts = group(commands, "contracts", "what agents may do on their own")
    leaf(
        contracts,
        "list",
        "contracts:show_list",
        "the contract in force for each role",
        looks=always,
    )
    show = leaf(contracts, "show", "contracts:show", "all that holds for a role", looks=always)
    show.add_argument("role", metavar="ROLE")
    check = leaf(contracts, "check", "contracts:check", "whether the files are sound", looks=always)
    check.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="only these (default: all)"
    )
    explain = leaf(
        contracts, "explain", "contracts:explain", "what would happen, by which rule", looks=always
    )
    explain.add_argument("role", metavar="ROLE")
    explain.add_argument("action", nargs="?", metavar="COMMAND")
    explain.add_argument(
        "--stdin",
        action="store_true",
        help="one JSON string with a command on each line; answers with one JSON object each",
    )
    explain.add_argument(
        "--no-sandbox", action="store_true", help="as on a machine where no sandbox works"
    )
    replay = leaf(
        contracts,
        "replay",
        "contracts:replay",
        "what an edited contract would change in the past",
        looks=always,
    )
    replay.add_argument(
        "--against",
        type=Path,
        required=True,
        metavar="FILE",
        help="the edited contract, or a folder of contracts",
    )
