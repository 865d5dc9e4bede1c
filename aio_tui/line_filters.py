"""The last step before the terminal: what it cannot show becomes what it can.

Screens are drawn in the colours and signs of a full terminal; these change finished lines.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from aio_tui.glyphs import Glyphs, plain_text
from aio_tui.palette import NO_COLOUR, SIXTEEN

_VGA = (
    (0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170),
    (170, 170, 170), (85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255),
    (255, 85, 255), (85, 255, 255), (255, 255, 255),
)  # fmt: skip
_BRIGHT_WHITE = 15
_DEFAULT = RichColor.default()


class FewSigns(LineFilter):
    """Draws with ASCII."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with other characters, in as many cells."""
        return [
            segment if segment.text.isascii()
            else Segment(plain_text(segment.text, self._glyphs), segment.style, segment.control)
            for segment in segments
        ]  # fmt: skip


class SixteenColours(LineFilter):
    """Sends the numbers of the sixteen colours that every colour terminal has."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in numbered colours."""
        return [Segment(text, _numbered(style), control) for text, style, control in segments]


class NoColours(LineFilter):
    """Sends no colour at all: the selected row is reversed, or underlined in a resting pane, and so
    is what stands above the pane that has the keys.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in the terminal's own colours."""
        return [Segment(text, _colourless(style), control) for text, style, control in segments]


def filters_for(theme: str, glyphs: Glyphs) -> tuple[LineFilter, ...]:
    """What a theme and a choice of signs need; nothing in a full terminal."""
    colours: dict[str, type[LineFilter]] = {
        SIXTEEN.name: SixteenColours,
        NO_COLOUR.name: NoColours,
    }
    signs = () if glyphs is Glyphs.UNICODE else (FewSigns(glyphs),)
    return (*signs, *((colours[theme](),) if theme in colours else ()))


@lru_cache(1024)
def _numbered(style: Style | None) -> Style | None:
    if style is None:
        return None
    ground, colour = _number(style.bgcolor), _number(style.color)
    if style.bgcolor is not None and _is(style.bgcolor, SIXTEEN.resting):
        colour = _BRIGHT_WHITE  # the only one that can be read on blue with any terminal's blue
    return style + Style.from_color(
        None if colour is None else RichColor.from_ansi(colour),
        None if ground is None else RichColor.from_ansi(ground),
    )


def _number(colour: RichColor | None) -> int | None:
    """The number of the nearest of the sixteen; None: no colour was said."""
    if colour is None:
        return None
    if colour.type is ColorType.STANDARD:
        return colour.number
    if colour.is_default:
        return None
    wanted = colour.get_truecolor()
    return min(range(16), key=lambda number: _distance(wanted, _VGA[number]))


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _is(colour: RichColor, code: str) -> bool:
    return colour.triplet is not None and colour.triplet.hex == code


_UNDERLINED = (NO_COLOUR.resting, NO_COLOUR.active_band)


@lru_cache(1024)
def _colourless(style: Style | None) -> Style | None:
    if style is None:
        return None
    ground = style.bgcolor
    marks = Style()
    if ground is not None and any(_is(ground, code) for code in _UNDERLINED):
        marks = Style(underline=True)
    elif ground is not None and ground.triplet is not None and sum(ground.triplet) > 3 * 127:
        marks = Style(reverse=True)
    return style + marks + Style.from_color(_DEFAULT, _DEFAULT)
