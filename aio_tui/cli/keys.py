"""`aio-tui keys`: the keys in force."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_lines
from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import ALWAYS
from aio_tui.keyboard import take_keys
from aio_tui.places import PLACES
from aio_tui.screens.directory import commands_at


async def show(args: argparse.Namespace) -> Exit:
    """By screen: each command's keys, its name in `[keys]` and `--plain`, and what it does."""
    take_keys(settings_of(args).cockpit)
    always = {command.name for command in ALWAYS}
    print_lines(["On every screen:"])
    _print(ALWAYS)
    for place in PLACES:
        own = [command for command in commands_at(place.name) if command.name not in always]
        if own:
            print_lines(["", f"{place.title}:"])
            _print(own)
    return Exit.DONE


def _print(commands: Iterable[AnyCommand]) -> None:
    print_lines(
        [
            f"  {' '.join(command.key_signs):<16}  {command.name:<20}  {command.help}"
            for command in commands
        ]
    )
