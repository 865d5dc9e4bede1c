"""Choosing how the cockpit looks, while it runs."""

from __future__ import annotations

from dataclasses import replace

from aio_tui.commands.base import Desk
from aio_tui.glyphs import Glyphs
from aio_tui.looks import Looks, Wearer
from aio_tui.palette import PALETTES

_SIGNS, _MOTION = "a", "m"


def choose_looks(desk: Desk, app: Wearer) -> None:
    """Offer the themes, and what else can be chosen; the choice holds until the cockpit ends."""

    def wear(key: str) -> None:
        looks = after(key, app.looks)
        app.wear(looks)
        desk.say(f"{in_words(looks)}; to keep it, write it into [cockpit] of aio.toml")

    desk.choose("How is it to look?", options(app.looks), wear)


def options(now: Looks) -> list[tuple[str, str]]:
    """Keys and what they choose; what is in force is marked."""
    themes = [
        (str(number), f"{palette.name}: {palette.title}{_mark(palette.name == now.theme)}")
        for number, palette in enumerate(PALETTES, start=1)
    ]
    signs = "signs beyond ASCII" if now.glyphs is not Glyphs.UNICODE else "signs of ASCII only"
    motion = "draw changes as they come" if now.is_calm else "draw changes once a second"
    return [*themes, (_SIGNS, signs), (_MOTION, motion)]


def _mark(is_in_force: bool) -> str:
    return "  (now)" if is_in_force else ""


def after(key: str, now: Looks) -> Looks:
    """The looks once `key` was chosen."""
    if key == _SIGNS:
        is_full = now.glyphs is Glyphs.UNICODE
        return replace(now, glyphs=Glyphs.ASCII if is_full else Glyphs.UNICODE)
    if key == _MOTION:
        return replace(now, is_calm=not now.is_calm)
    return replace(now, theme=PALETTES[int(key) - 1].name)


def in_words(looks: Looks) -> str:
    """As the configuration has it."""
    glyphs = "unicode" if looks.glyphs is Glyphs.UNICODE else "ascii"
    motion = "reduced" if looks.is_calm else "full"
    return f'theme = "{looks.theme}", glyphs = "{glyphs}", motion = "{motion}"'
