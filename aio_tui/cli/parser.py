"""The command line's grammar. Commands name the function that does them, imported when chosen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Container
from typing import Any

from aio_tui.cli.grammar.discovery import add_discovery
from aio_tui.cli.grammar.leaves import add_bandwidth, common, named_in
from aio_tui.cli.grammar.merging import add_merging
from aio_tui.cli.grammar.questions import add_contracts, add_escalations, add_notify
from aio_tui.cli.grammar.records import add_records
from aio_tui.cli.grammar.replaying import add_branching
from aio_tui.cli.grammar.running import add_running
from aio_tui.cli.grammar.sealing import add_hipaa
from aio_tui.cli.grammar.setup import add_setup
from aio_tui.cli.grammar.tasks import add_tasks


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"aio-tui {version('aio-tui')}\n")
        parser.exit()


def _begins_nothing(args: argparse.Namespace) -> bool:
    """The cockpit itself gives no orders then; a run in the background and the demo work."""
    return not (args.detach or args.or_demo)


def build_parser(words: Container[str]) -> argparse.ArgumentParser:
    """The grammar for a command line of these words; every leaf sets `command` to
    `module:function`. Building all of it would take a tenth of a start.
    """
    parser = argparse.ArgumentParser(
        prog="aio-tui",
        description="Let coding agents work on a repository for hours, and trust the result.",
        parents=[common(default=True)],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    parser.add_argument(
        "--or-demo",
        action="store_true",
        help="open the demo if there is no model key and the queue is empty",
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="lines of text instead of screens: for screen readers and simple terminals",
    )
    add_bandwidth(parser)
    parser.add_argument(
        "--detach", action="store_true", help="start the run in the background, without the cockpit"
    )
    parser.set_defaults(command="cockpit:open_cockpit", verb=parser.prog, looks=_begins_nothing)
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=named_in(words))
    add_running(commands)
    add_discovery(commands)
    add_merging(commands)
    add_setup(commands)
    add_tasks(commands)
    add_escalations(commands)
    add_notify(commands)
    add_contracts(commands)
    add_branching(commands)
    add_records(commands)
    add_hipaa(commands)
    return parser
