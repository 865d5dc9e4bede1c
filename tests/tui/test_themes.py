"""Every text in every theme can be read, and the colours are those that were looked at.

What is drawn how comes from the golden files of the screens (`test_snapshots.py`); run after them,
AIO_TUI_UPDATE_SNAPSHOTS=1 writes `golden/theme-NAME.txt` anew; look at the difference before you
commit it.
"""

from __future__ import annotations

from itertools import combinations

import pytest

from aio_tui.glyphs import Glyphs
from aio_tui.looks import Looks
from aio_tui.palette import COLOUR_BLIND, NO_COLOUR, PALETTES, Palette, contrast
from tests.support.merge_scene import merge_face
from tests.support.scene import RUNNING, WAITING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, cockpit
from tests.tui.kept import GOLDEN, compare
from tests.tui.rendering import DIMMED, LETTERS, TITLE_OF_LOOKS, Look, look_in_theme, rendering
from tests.tui.screens import every_face


def drawn() -> set[Look]:
    """By meaning, all looks of letters that the golden files of the screens have."""
    found: set[Look] = set()
    for size in ("80x24", "200x50"):
        for path in (GOLDEN / size).glob("*.txt"):
            found |= looks_of_letters(path.read_text(encoding="utf-8"))
    return {look for look in found if look.ground != DIMMED}


def looks_of_letters(kept: str) -> set[Look]:
    text, _, looks = kept.partition(TITLE_OF_LOOKS)
    rows, found = text.split("\n"), set()
    for line in looks.splitlines():
        numbers, _, told = line.partition(": ")
        first, _, last = numbers.partition("-")
        for row in rows[int(first) - 1 : int(last or first)]:
            at = 0
            for part in told.split("  "):
                count, _, look = part.partition(" ")
                if LETTERS.search(row[at : at + int(count)]):
                    found.add(Look.named(look))
                at += int(count)
    return found


_VGA = {
    0: "#000000", 4: "#0000aa", 7: "#aaaaaa", 9: "#ff5555", 10: "#55ff55", 11: "#ffff55",
    14: "#55ffff", 15: "#ffffff",
}  # fmt: skip
_XTERM = {
    0: "#000000", 4: "#0000ee", 7: "#e5e5e5", 9: "#ff0000", 10: "#00ff00", 11: "#ffff00",
    14: "#00ffff", 15: "#ffffff",
}  # fmt: skip


def least_contrast(kind: Look) -> float:
    """Of a kind of text; of numbered colours with the worse of two common terminals' colours."""
    colour, ground, _ = kind
    if colour.startswith("#"):
        return contrast(colour, ground)
    numbers = int(colour.removeprefix("ansi ")), int(ground.removeprefix("ansi "))
    return min(contrast(table[numbers[0]], table[numbers[1]]) for table in (_VGA, _XTERM))


def unreadable(palette: Palette, found: set[Look]) -> list[str]:
    needed = 7.0 if palette.name == "high-contrast" else 4.5
    return [
        f"{palette.name}: {kind} has {least_contrast(kind)}, not {needed}"
        for kind in sorted(found)
        if least_contrast(kind) < needed
    ]


def test_every_text_of_every_theme_is_readable_and_looks_as_it_did() -> None:
    by_meaning = drawn()
    found = {
        palette.name: {look_in_theme(look, palette.name) for look in by_meaning}
        for palette in PALETTES
    }
    faults = [
        fault
        for palette in PALETTES
        if palette.name != "no-colour"
        for fault in unreadable(palette, found[palette.name])
    ]
    assert faults == []
    assert all(palette.active_band != palette.band for palette in PALETTES)
    assert {look[:2] for look in found["no-colour"]} == {("default", "default")}
    assert {"bold reverse", "underline", "bold", ""} <= {look.marks for look in found["no-colour"]}
    for name, seen in found.items():
        compare(f"theme-{name}", listed(seen))


def listed(found: set[Look]) -> str:
    rows = (f"{colour} on {ground} {marks}".rstrip() for colour, ground, marks in sorted(found))
    return "\n".join(rows)


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


_COLOURED = [palette for palette in PALETTES if palette is not NO_COLOUR]


@pytest.mark.parametrize("palette", _COLOURED, ids=lambda palette: palette.name)
async def test_what_a_dialog_is_about_stays_in_sight(palette: Palette) -> None:
    """Sixteen colours have no darker ones to dim it with: mixed ones came out as black on black."""
    looks = Looks(theme=palette.name)
    async with cockpit(busy_face(), NARROW, looks=looks) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("x")
        await cabin.until(lambda: "Cancel fix-gcd?" in cabin.text(), "it asks")
        await cabin.until(lambda: "clean-cache" in cabin.text(), "what lies below")
        unseen = [
            text
            for row in rendering(cabin.app).rows
            for text, look in row
            if LETTERS.search(text) and look.colour == look.ground
        ]
        assert unseen == []
