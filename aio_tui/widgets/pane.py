"""Lines made for the width that there is."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Resize

from aio_tui.widgets.line import Line
from aio_tui.widgets.rows import LineView


class PaneView(LineView):
    """Shows what a function of the width makes, and asks it again when the size changes."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self._make_lines: Callable[[int], list[Line]] | None = None

    def show(self, make_lines: Callable[[int], list[Line]], *, from_top: bool = False) -> None:
        """Show these lines from now on; only those that differ are repainted."""
        self._make_lines = make_lines
        if from_top:
            self.set_rows(())
        if self.room:
            self.set_rows(make_lines(self.room))
        if from_top:
            self.scroll_to(y=0, animate=False)

    def on_resize(self, event: Resize) -> None:
        if self._make_lines is not None and self.room:
            self.set_rows(self._make_lines(self.room))
        super().on_resize(event)

    @property
    def _follows_cursor(self) -> bool:
        """Where nobody reads, the first line stays in sight, whether the size or the lines come
        first.
        """
        return self.has_focus or self.scroll_offset.y > 0
