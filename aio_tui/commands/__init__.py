"""Everything an operator can do, one class each.

Bindings, key bar, palette, help screen and docs/keys.md are all derived from the commands of each
screen: its own, then those that every screen has.
"""

from aio_tui.commands.base import AnyCommand, Command, Desk

__all__ = ["AnyCommand", "Command", "Desk"]
