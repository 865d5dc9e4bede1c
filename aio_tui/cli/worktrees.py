"""`aio-tui worktrees ...`: what the engine holds in the repository, and what may go."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, print_table, warn
from aio_tui.cli.session import engine_of
from engine.app.holdings import Finding


async def show_list(args: argparse.Namespace) -> Exit:
    """All worktrees and the branches of all tasks."""
    async with engine_of(args) as engine:
        found = await engine.holdings()
    if args.json:
        print_json([as_document(one) for one in found])
    else:
        _print(found)
    return Exit.DONE


async def clean(args: argparse.Namespace) -> Exit:
    """Show what would go; with --yes remove it."""
    async with engine_of(args) as engine:
        if not args.yes:
            found = [one for one in await engine.holdings() if one.may_go]
            refused: list[str] = []
        else:
            found, refused = await engine.clean_holdings()
    for line in refused:
        warn(line)
    if args.json:
        print_json([as_document(one) for one in found])
    elif found:
        _print(found)
        print_lines(["removed" if args.yes else "to remove them: aio-tui worktrees clean --yes"])
    else:
        print_lines(["nothing may go"])
    return Exit.FAILED if refused else Exit.DONE


def as_document(one: Finding) -> dict[str, object]:
    """It for --json."""
    holding = one.holding
    return {
        "kind": holding.kind,
        "name": holding.name,
        "owner": one.owner,
        "branch": holding.branch or None,
        "commit": holding.commit or None,
        "unmerged_commits": holding.unmerged,
        "uncommitted_files": holding.uncommitted,
        "cleaning": "remove" if one.may_go else "keep",
        "why": one.why,
    }


def _print(found: list[Finding]) -> None:
    header = ("KIND", "NAME", "OWNER", "UNMERGED", "UNCOMMITTED", "CLEANING", "WHY")
    print_table(header, [_row(one) for one in found])


def _row(one: Finding) -> tuple[str, ...]:
    holding = one.holding
    return (
        holding.kind,
        holding.name,
        one.owner,
        str(holding.unmerged),
        str(holding.uncommitted),
        "remove" if one.may_go else "keep",
        one.why,
    )
