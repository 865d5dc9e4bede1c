"""Containers that are never seen."""

from __future__ import annotations

from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from aio_tui.widgets.rows import LineBar


class Covered(Container):
    """A container whose children cover it wholly: it draws nothing worth composing.

    Has the class `-active` while one of them has the focus.
    """

    def on_descendant_focus(self) -> None:
        self._mark(is_active=True)

    def on_descendant_blur(self) -> None:
        self._mark(is_active=False)

    def _mark(self, *, is_active: bool) -> None:
        """Only its own title shows it: to find the styles of all that it holds anew takes longer
        than a key press may.
        """
        self.set_class(is_active, "-active", update=False)
        for child in self.children:
            if isinstance(child, LineBar):
                child.update_node_styles()

    def render_lines(self, crop: Region) -> list[Strip]:
        return blank_lines(self, crop)


def blank_lines(widget: Widget, crop: Region) -> list[Strip]:
    """Lines of nothing, all the same one. Textual would draw each of them before the children are
    laid over them, which on a large terminal is a third of the time to the first frame.
    """
    return [Strip.blank(crop.width, widget.rich_style)] * crop.height
