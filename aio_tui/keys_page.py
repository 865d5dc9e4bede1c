"""Writes docs/keys.md: `python -m aio_tui.keys_page [FILE]`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from aio_tui.commands.base import AnyCommand, Topic
from aio_tui.commands.catalogue import ALWAYS
from aio_tui.places import PLACES
from aio_tui.screens.directory import commands_at

_ALWAYS_NAMES = frozenset(command.name for command in ALWAYS)


def keys_page() -> str:
    """The page, as markdown."""
    parts = [
        "# Keys of the cockpit\n",
        "Made from the lists of commands by `python -m aio_tui.keys_page`; do not edit.\n",
        "## On every screen\n",
        *_tables(ALWAYS),
    ]
    for place in PLACES:
        own = [each for each in commands_at(place.name) if each.name not in _ALWAYS_NAMES]
        if own:
            parts.extend((f"## {place.title}\n", f"{place.help}\n", *_tables(own)))
    return "\n".join(parts)


def _tables(commands: Iterable[AnyCommand]) -> list[str]:
    commands = tuple(commands)
    parts: list[str] = []
    for topic in Topic:
        rows = [_row(command) for command in commands if command.topic is topic]
        if rows:
            parts.append(f"### {topic.value}\n\n| Key | Command | What it does |\n|---|---|---|")
            parts.extend((*rows, ""))
    return parts


def _row(command: AnyCommand) -> str:
    signs = " ".join(f"`{sign}`" for sign in command.key_signs).replace("|", "\\|")
    return f"| {signs} | {command.label} | {command.help} |"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/keys.md")
    target.write_text(keys_page(), encoding="utf-8")
