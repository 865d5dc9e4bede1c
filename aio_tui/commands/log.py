"""What can be done on the log alone."""

from __future__ import annotations

from typing import Protocol

from aio_tui.commands.base import Desk
from aio_tui.commands.look import LookCommand


class LogDesk(Desk, Protocol):
    """The log as a desk."""

    def next_level(self) -> None:
        """Show all entries, then warnings, then errors, then all."""
        ...


class Levels(LookCommand[LogDesk]):
    """Show all entries, only warnings and errors, or only errors."""

    keys = ("l",)
    label = "level"
    is_in_bar = True

    def run(self, desk: LogDesk) -> None:
        desk.next_level()
