"""Everything an operator can do, one class each.

Bindings, key bar, palette, help screen and docs/keys.md are all derived from `COMMANDS`.
"""

from aio_tui.commands.base import Command, Desk
from aio_tui.commands.catalogue import COMMANDS, command_named

__all__ = ["COMMANDS", "Command", "Desk", "command_named"]
