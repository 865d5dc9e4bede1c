"""Where tasks come from by themselves."""

from __future__ import annotations

from typing import Any

from aio_tui.cli.grammar.leaves import leaf, positive, with_option


def add_discovery(commands: Any) -> None:
    """`discover`."""
    discover = leaf(
        commands,
        "discover",
        "discover:discover",
        "scan, and queue what is found",
        looks=with_option("dry_run"),
    )
    discover.add_argument("--dry-run", action="store_true", help="say it, and change nothing")
    discover.add_argument("--all", action="store_true", help="known findings too")
    discover.add_argument("--max", type=positive, metavar="N", help="at most N new tasks")
    discover.add_argument(
        "--accept", action="store_true", help="make the present findings the known ones"
    )
