"""Diffs that were read and their colours, so that turning back to a file costs nothing."""

from __future__ import annotations

from typing import NamedTuple

from aio_tui.highlighting import Coloured, highlighted
from aio_tui.patch import Patch
from aio_tui.widgets.diff_lines import texts_of

_MOST = 20

Place = tuple[str, str, str]
"""Base, head and raw path: what a diff is of."""


class Loaded(NamedTuple):
    """A file's diff as it was read."""

    patch: Patch
    is_cut: bool


class KeptDiffs:
    """The last few that were looked at."""

    def __init__(self) -> None:
        self._loaded: dict[Place, Loaded] = {}
        self._colours: dict[Place, list[Coloured] | None] = {}

    def __contains__(self, place: Place) -> bool:
        return place in self._loaded

    def at(self, place: Place) -> Loaded | None:
        """The diff; None: it is not kept."""
        return self._loaded.get(place)

    def colours_at(self, place: Place) -> list[Coloured] | None:
        """Its colours; None: they are not found yet, or never."""
        return self._colours.get(place)

    def keep(self, place: Place, loaded: Loaded) -> bool:
        """Keep it, and forget the oldest; whether its colours are still to be looked for."""
        self._loaded.pop(place, None)
        self._loaded[place] = loaded
        for old in list(self._loaded)[:-_MOST]:
            del self._loaded[old]
            self._colours.pop(old, None)
        is_new = place not in self._colours
        self._colours.setdefault(place, None)
        return is_new

    async def colour(self, place: Place) -> bool:
        """Look for its colours, which takes a while; whether they have come."""
        loaded = self._loaded.get(place)
        if loaded is None:
            return False
        colours = await highlighted(place[2].rpartition("/")[2], texts_of(loaded.patch))
        if colours is None or place not in self._loaded:
            return False
        self._colours[place] = colours
        return True
