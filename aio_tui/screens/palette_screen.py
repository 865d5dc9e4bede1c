"""The command palette."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.widgets import Input


class StillPalette(CommandPalette):
    """Textual's own, without a cursor that blinks: a quiet screen writes no bytes."""

    def on_mount(self) -> None:
        for line in self.query(Input):
            line.cursor_blink = False
