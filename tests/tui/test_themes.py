"""Every screen in every theme: what is written can be read, and the looks are those that were seen.

Screens are walked through once, in a palette in which every meaning has a colour of its own. So
each kind of text is known by its meaning, and a colour that is in no palette comes to light.
`golden/theme-NAME.txt` has all of them in the theme's colours.
AIO_TUI_UPDATE_SNAPSHOTS=1 writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import fields
from itertools import combinations

import pytest
from plotext._dict import themes  # type: ignore[import-untyped]  # it has no types
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from aio_tui.app import Cockpit
from aio_tui.filters import filters_for
from aio_tui.glyphs import Glyphs
from aio_tui.looks import Looks
from aio_tui.palette import COLOUR_BLIND, PALETTES, Palette, contrast, theme_of
from aio_tui.places import PLACES
from aio_tui.screens.frame import FrameScreen
from tests.support.merge_scene import merge_face
from tests.support.scene import RUNNING, WAITING
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.screens import every_face
from tests.tui.test_pictures import GOLDEN, compare

Kind = tuple[str, str, str]
"""Colour, ground, and what else makes it look so."""
TABS = "123456"
_LETTERS = re.compile(r"[^\s\u2500-\u259f]")
"""What is no frame and no scrollbar."""


async def scenes(cabin: Cabin) -> AsyncIterator[str]:
    """Every screen, tab and dialog, one after the other."""
    await cabin.select(WAITING)
    for tab in TABS:
        await cabin.press(tab)
        yield f"tab {tab}"
    await cabin.press("tab")
    yield "details"
    await cabin.press("escape", "n")
    await cabin.type("go")
    yield "question"
    await cabin.press("escape", "question_mark")
    yield "help"
    await cabin.press("escape", "t")
    yield "choice"
    await cabin.press("escape", "ctrl+p")
    await cabin.until(lambda: "(" in cabin.text(), "palette")
    yield "palette"
    await cabin.press("escape")
    await cabin.select(RUNNING)
    for place in PLACES[1:]:
        await cabin.press(place.key)
        await cabin.until(lambda: is_shown(cabin, place.name), place.name)  # noqa: B023  at once
        yield place.name


def is_shown(cabin: Cabin, place: str) -> bool:
    screen = cabin.app.screen
    return isinstance(screen, FrameScreen) and place == screen.PLACE and bool(screen.overview)


def kinds(cabin: Cabin) -> set[Kind]:
    """Kinds of text on the top screen; what lies dimmed below a dialog is not read."""
    found: set[Kind] = set()
    size = cabin.app.size
    dialogs = cabin.app.screen.query(".dialog, CommandInput, CommandList")
    inside = [widget.region for widget in dialogs]
    for y, strip in enumerate(cabin.app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            seen = not inside or any(region.contains(x, y) for region in inside)
            if seen and _LETTERS.search(segment.text) and x < size.width:
                found.add(kind_of(segment.style or Style()))
            x += segment.cell_length
    return found


def kind_of(style: Style) -> Kind:
    marks = ("bold", "underline", "reverse", "italic", "dim")
    said = " ".join(mark for mark in marks if getattr(style, mark))
    return colour_name(style, "color"), colour_name(style, "bgcolor"), said


def colour_name(style: Style, which: str) -> str:
    colour = getattr(style, which)
    if colour is None or colour.is_default:
        return "default"
    return colour.triplet.hex if colour.triplet is not None else f"ansi {colour.number}"


_ROLES = [each.name for each in fields(Palette) if each.name not in ("name", "title", "is_dark")]
MARKED = Palette(
    name="marked",
    title="each meaning has its own colour",
    is_dark=True,
    **{role: f"#{0x10 + at:02x}{0x80 + at:02x}{0x40 + at:02x}" for at, role in enumerate(_ROLES)},
)
_MEANING = {getattr(MARKED, role): role for role in _ROLES}


class MarkedCockpit(Cockpit):
    def get_theme(self, theme_name: str) -> Theme:
        return theme_of(MARKED)


def forget_plot_colours() -> None:
    """Plots keep the colours of a theme by its name for as long as the process lives."""
    for name in [name for name in themes if name.startswith("textual-auto-")]:
        del themes[name]


async def drawn() -> set[Kind]:
    """Kinds of text on all screens in both sizes, with the names of their meanings."""
    found: set[Kind] = set()
    forget_plot_colours()
    for size in (NARROW, WIDE):
        async with cockpit(await every_face(), size, kind=MarkedCockpit) as cabin:
            async for scene in scenes(cabin):
                here = kinds(cabin)
                strange = [kind for kind in here if not {*kind[:2]} <= _MEANING.keys()]
                assert strange == [], f"colours of no palette in {scene}"
                found |= {(_MEANING[text], _MEANING[ground], how) for text, ground, how in here}
    return found


def in_theme(found: set[Kind], palette: Palette) -> set[Kind]:
    """As the terminal gets them."""
    filters = filters_for(palette.name, Glyphs.UNICODE)
    shown = set()
    for text, ground, how in found:
        style = Style.parse(f"{how} {getattr(palette, text)} on {getattr(palette, ground)}")
        segments = [Segment("x", style)]
        for each in filters:
            segments = each.apply(segments, Color(0, 0, 0))
        shown.add(kind_of(segments[0].style or Style()))
    return shown


_VGA = {
    0: "#000000", 4: "#0000aa", 7: "#aaaaaa", 9: "#ff5555", 10: "#55ff55", 11: "#ffff55",
    14: "#55ffff", 15: "#ffffff",
}  # fmt: skip
_XTERM = {
    0: "#000000", 4: "#0000ee", 7: "#e5e5e5", 9: "#ff0000", 10: "#00ff00", 11: "#ffff00",
    14: "#00ffff", 15: "#ffffff",
}  # fmt: skip


def least_contrast(kind: Kind) -> float:
    """Of a kind of text; of numbered colours with the worse of two common terminals' colours."""
    colour, ground, _ = kind
    if colour.startswith("#"):
        return contrast(colour, ground)
    numbers = int(colour.removeprefix("ansi ")), int(ground.removeprefix("ansi "))
    return min(contrast(table[numbers[0]], table[numbers[1]]) for table in (_VGA, _XTERM))


def unreadable(palette: Palette, found: set[Kind]) -> list[str]:
    needed = 7.0 if palette.name == "high-contrast" else 4.5
    return [
        f"{palette.name}: {kind} has {least_contrast(kind)}, not {needed}"
        for kind in sorted(found)
        if least_contrast(kind) < needed
    ]


async def test_every_text_of_every_theme_is_readable_and_looks_as_it_did() -> None:
    by_meaning = await drawn()
    found = {palette.name: in_theme(by_meaning, palette) for palette in PALETTES}
    faults = [
        fault
        for palette in PALETTES
        if palette.name != "no-colour"
        for fault in unreadable(palette, found[palette.name])
    ]
    assert faults == []
    assert {kind[:2] for kind in found["no-colour"]} == {("default", "default")}
    assert {"bold reverse", "underline", "bold", ""} <= {kind[2] for kind in found["no-colour"]}
    compare("theme-by-meaning", listed(by_meaning))
    for name, seen in found.items():
        compare(f"theme-{name}", listed(seen))


def listed(found: set[Kind]) -> str:
    return "\n".join(f"{text} on {ground} {how}".rstrip() for text, ground, how in sorted(found))


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
async def test_the_cockpit_is_drawn_in_the_colours_of_its_theme(palette: Palette) -> None:
    known = (GOLDEN / f"theme-{palette.name}.txt").read_text().splitlines()
    async with cockpit(await every_face(), NARROW, looks=Looks(theme=palette.name)) as cabin:
        assert set(listed(kinds(cabin)).splitlines()) <= set(known)


_SIGHTS = {  # Source: Machado, Oliveira, Fernandes 2009, severity 1.0, on linear light
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
                   (0.004733, 0.691367, 0.303900)),
}  # fmt: skip


def seen_by(colour: str, sight: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [channel**2.2 for channel in channels]
    mixed = (sum(a * b for a, b in zip(row, light, strict=True)) for row in sight)
    return tuple(min(max(channel, 0.0), 1.0) ** (1 / 2.2) for channel in mixed)


def test_the_colour_blind_theme_keeps_states_apart_in_every_kind_of_sight() -> None:
    tones = (COLOUR_BLIND.good, COLOUR_BLIND.bad, COLOUR_BLIND.warn, COLOUR_BLIND.busy)
    for name, sight in _SIGHTS.items():
        for one, other in combinations(tones, 2):
            pairs = zip(seen_by(one, sight), seen_by(other, sight), strict=True)
            apart = sum((a - b) ** 2 for a, b in pairs) ** 0.5
            assert apart > 0.25, (name, one, other, apart)


async def test_with_ascii_signs_every_screen_is_ascii_and_nothing_moves() -> None:
    async with (
        cockpit(await every_face(), NARROW) as full,
        cockpit(await every_face(), NARROW, looks=Looks(glyphs=Glyphs.ASCII_ONLY)) as plain,
    ):
        for keys in ((), ("6",), ("escape", "n"), ("escape", "question_mark"), ("escape", "J")):
            drawn_by = []
            for cabin in (full, plain):
                await cabin.select(WAITING)
                await cabin.press(*keys)
                drawn_by.append(cabin.lines())
            assert "".join(drawn_by[1]).isascii(), drawn_by[1]
            for line, same in zip(*drawn_by, strict=True):
                assert len(line) == len(same)
                assert all(b == a for a, b in zip(line, same, strict=True) if a.isascii())


async def test_the_screens_of_merges_are_ascii_too() -> None:
    async with cockpit(merge_face(), WIDE, looks=Looks(glyphs=Glyphs.ASCII)) as cabin:
        assert cabin.text().isascii()
        assert "^ 2 to merge" in cabin.text()
