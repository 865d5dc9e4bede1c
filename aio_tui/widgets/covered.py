"""Containers that are never seen."""

from __future__ import annotations

from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Covered(Container):
    """A container whose children cover it wholly: it draws nothing worth composing.

    Has the class `-active` while one of them has the focus.
    """

    def on_descendant_focus(self) -> None:
        self.add_class("-active")

    def on_descendant_blur(self) -> None:
        self.remove_class("-active")

    def render_lines(self, crop: Region) -> list[Strip]:
        return blank_lines(self, crop)


def blank_lines(widget: Widget, crop: Region) -> list[Strip]:
    """Lines of nothing, all the same one. Textual would draw each of them before the children are
    laid over them, which on a large terminal is a third of the time to the first frame.
    """
    return [Strip.blank(crop.width, widget.rich_style)] * crop.height
