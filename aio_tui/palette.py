"""The one palette: every colour of the cockpit, by what it means, in each theme.

Style sheets name the variables that `theme_of` makes of a palette; nothing else names a colour.
Contrast follows WCAG 2.1: text 4.5 to 1 (AA), in the high-contrast theme 7 to 1 (AAA), held by
tests/tui/test_themes.py for every pair that a screen draws.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from engine.domain.values import dataclass

if TYPE_CHECKING:
    from textual.theme import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours as `#rrggbb`. Grounds are what text stands on."""

    name: str
    title: str
    """For whom it is, in a few words."""
    is_dark: bool = True
    ground: str
    """Of lists and texts."""
    band: str
    """Of titles, the path and the status line, and of dialogs."""
    bar: str
    """Of header and key bar."""
    active_band: str
    """Of the title of the pane that has the keys."""
    cursor: str
    """Of the selected row; all text on it is `on_cursor`."""
    on_cursor: str
    resting: str
    """Of the selected row in a pane that has not the keys."""
    text: str
    muted: str
    good: str
    bad: str
    warn: str
    busy: str
    key: str
    rule: str
    """Of lines between panes; no text."""
    border: str
    """Of the frame around what has the keys; no text."""


DARK = Palette(
    name="dark", title="light text on a dark ground",
    ground="#121212", band="#1e1e1e", bar="#242f38", active_band="#0e3a5e",
    cursor="#0b63ae", on_cursor="#ffffff", resting="#333333",
    text="#e2e2e2", muted="#adadad", good="#7fd9a0", bad="#ff9aa8", warn="#ffc266",
    busy="#86c5f5", key="#ffd08a", rule="#6e6e6e", border="#3f94dd",
)  # fmt: skip
LIGHT = Palette(
    name="light", title="dark text on a light ground", is_dark=False,
    ground="#ffffff", band="#f0f0f0", bar="#e2e6ea", active_band="#c9e0f5",
    cursor="#0b5394", on_cursor="#ffffff", resting="#dcdcdc",
    text="#1a1a1a", muted="#4d4d4d", good="#0d5f2a", bad="#9c0f27", warn="#734300",
    busy="#0b4a84", key="#6a3a00", rule="#868686", border="#0b5394",
)  # fmt: skip
HIGH_CONTRAST = Palette(
    name="high-contrast", title="white on black, as strong as it gets",
    ground="#000000", band="#000000", bar="#000000", active_band="#00304f",
    cursor="#ffff00", on_cursor="#000000", resting="#262626",
    text="#ffffff", muted="#e6e6e6", good="#5cff5c", bad="#ffadb5", warn="#ffff00",
    busy="#7fdcff", key="#ffd24a", rule="#ffffff", border="#ffffff",
)  # fmt: skip
COLOUR_BLIND = Palette(
    name="colour-blind", title="blue and orange instead of green and red",
    ground="#121212", band="#1e1e1e", bar="#242f38", active_band="#0e3a5e",
    cursor="#0b63ae", on_cursor="#ffffff", resting="#333333",
    text="#e2e2e2", muted="#adadad", good="#5cb8ee", bad="#ff9350", warn="#f7ec5f",
    busy="#a0ffd0", key="#ffffff", rule="#6e6e6e", border="#5cb8ee",
)  # fmt: skip
SIXTEEN = Palette(
    name="16-colours", title="for the Linux console and other simple terminals",
    ground="#000000", band="#000000", bar="#000000", active_band="#0000aa",
    cursor="#aaaaaa", on_cursor="#000000", resting="#0000aa",
    text="#ffffff", muted="#aaaaaa", good="#55ff55", bad="#ff5555", warn="#ffff55",
    busy="#55ffff", key="#ffff55", rule="#aaaaaa", border="#ffffff",
)  # fmt: skip
"""Written in the colours of the VGA console; `aio_tui.line_filters` sends their numbers."""
NO_COLOUR = Palette(
    name="no-colour", title="the terminal's own colours; bold, underlined and reversed text",
    ground="#000000", band="#000000", bar="#000000", active_band="#404040",
    cursor="#ffffff", on_cursor="#000000", resting="#808080",
    text="#ffffff", muted="#ffffff", good="#ffffff", bad="#ffffff", warn="#ffffff",
    busy="#ffffff", key="#ffffff", rule="#ffffff", border="#ffffff",
)  # fmt: skip
"""What is not black becomes reversed, or underlined; see `aio_tui.line_filters`."""

PALETTES = (DARK, LIGHT, HIGH_CONTRAST, COLOUR_BLIND, SIXTEEN, NO_COLOUR)
_BY_NAME = {palette.name: palette for palette in PALETTES}


def palette_named(name: str) -> Palette:
    """The palette of this name."""
    return _BY_NAME[name]


@cache
def theme_of(palette: Palette) -> Theme:
    """The palette as Textual has it: every variable that any widget takes text or ground from."""
    from textual.theme import Theme

    return Theme(
        name=palette.name,
        dark=palette.is_dark,
        primary=palette.cursor,
        accent=palette.key,
        warning=palette.warn,
        error=palette.bad,
        success=palette.good,
        foreground=palette.text,
        background=palette.ground,
        surface=palette.band,
        panel=palette.bar,
        variables=_variables(palette),
    )


def _variables(palette: Palette) -> dict[str, str]:
    return {
        "primary": palette.cursor,  # what is not named here Textual mixes anew, and rounds
        "foreground": palette.text,
        "background": palette.ground,
        "surface": palette.band,
        "panel": palette.bar,
        "text": palette.text,
        "text-muted": palette.muted,
        "text-disabled": palette.muted,
        "text-primary": palette.busy,
        "text-success": palette.good,
        "text-warning": palette.warn,
        "text-error": palette.bad,
        "text-accent": palette.key,
        "foreground-muted": palette.muted,
        "foreground-disabled": palette.muted,
        "on-cursor": palette.on_cursor,
        "primary-muted": palette.active_band,
        "surface-lighten-1": palette.resting,
        "surface-lighten-2": palette.rule,
        "surface-active": palette.band,
        "panel-darken-1": palette.bar,
        "veil": "transparent" if palette is SIXTEEN else f"{palette.ground} 60%",
        "border": palette.border,
        "border-blurred": palette.rule,
        "scrollbar": palette.rule,
        "scrollbar-hover": palette.border,
        "scrollbar-active": palette.border,
        "scrollbar-background": palette.ground,
        "block-cursor-foreground": palette.on_cursor,
        "block-cursor-background": palette.cursor,
        "block-cursor-blurred-foreground": palette.on_cursor,
        "block-cursor-blurred-background": palette.cursor,
        "block-hover-background": palette.resting,
        "input-cursor-background": palette.text,
        "input-cursor-foreground": palette.ground,
        "input-selection-background": palette.cursor,
        "input-selection-foreground": palette.on_cursor,
        "footer-key-foreground": palette.key,
    }


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21. Source: WCAG 2.1, definition of contrast ratio.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    lights = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((lights[0] + 0.05) / (lights[1] + 0.05), 2)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
