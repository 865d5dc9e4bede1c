"""Writes docs/keys.md: `python -m aio_tui.commands.docs [FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from aio_tui.commands import COMMANDS
from aio_tui.commands.base import Topic


def keys_page() -> str:
    """The page, as markdown."""
    parts = [
        "# Keys of the cockpit\n",
        "Made from the list of commands by `python -m aio_tui.commands.docs`; do not edit.\n",
    ]
    for topic in Topic:
        parts.append(f"## {topic.value}\n\n| Key | Command | What it does |\n|---|---|---|")
        for command in COMMANDS:
            if command.topic is topic:
                signs = " ".join(f"`{sign}`" for sign in command.key_signs)
                parts.append(f"| {signs} | {command.label} | {command.help} |")
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/keys.md")
    target.write_text(keys_page(), encoding="utf-8")
