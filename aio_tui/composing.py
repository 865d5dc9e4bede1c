"""The screen from its widgets, as far as it is to be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget

Missing = dict[int, dict[int, int]]
"""By row: where the pieces begin that are still to be drawn, and where they end."""


class Composer(Compositor):
    """Textual's own asks every widget between the first and the last row that changed for all of
    its lines, also those that others cover; this one asks from front to back for what is missing.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        """What changed since the last update; None: nothing did."""
        spans = list(self._regions_to_spans(self._dirty_regions))
        self._dirty_regions.clear()
        if not spans:
            return None
        missing: Missing = {}
        for y, x1, x2 in spans:
            touched = ((x, end) for x, end in pairwise(self.cuts[y]) if x < x2 and end > x1)
            missing.setdefault(y, {}).update(touched)
        return ChopsUpdate(self._compose(missing), spans, [cuts[1:] for cuts in self.cuts])

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        rows = (y for y in crop.line_range if is_rendered_line(y))
        return self._compose({y: dict(pairwise(self.cuts[y])) for y in rows})

    def _compose(self, missing: Missing) -> Sequence[Mapping[int, Strip]]:
        """The rows' pieces; None where nothing was missing. `missing` is used up."""
        pieces: list[dict[int, Strip | None]]
        pieces = [dict.fromkeys(cuts[:-1]) for cuts in self.cuts]
        for widget, (region, clip) in self.visible_widgets.items():
            if not missing:
                break
            seen = region.intersection(clip)
            rows = [y for y in seen.line_range if _is_wanted(missing.get(y, ()), seen)]
            if rows:
                for y, strip in zip(rows, _lines_of(widget, region, seen, rows), strict=False):
                    _cut(strip, seen, missing[y], pieces[y])
                    if not missing[y]:
                        del missing[y]
        return cast("Sequence[Mapping[int, Strip]]", pieces)


def _is_wanted(starts: Iterable[int], seen: Region) -> bool:
    x1, x2 = seen.column_span
    return any(x1 <= x < x2 for x in starts)


def _lines_of(widget: Widget, region: Region, seen: Region, rows: Sequence[int]) -> list[Strip]:
    """The widget's lines on these rows of the screen, as wide as they can be seen."""
    first, last = rows[0], rows[-1]
    crop = Region(seen.x - region.x, first - region.y, seen.width, last - first + 1)
    lines = widget.render_lines(crop)
    return lines if len(lines) == len(rows) else [lines[y - first] for y in rows]


def _cut(
    strip: Strip, seen: Region, missing: dict[int, int], pieces: dict[int, Strip | None]
) -> None:
    """Take the pieces that are missing out of the line of a widget."""
    x1, x2 = seen.column_span
    for x in [x for x in missing if x1 <= x < x2]:
        end = missing.pop(x)
        is_all = x == x1 and end == x2
        pieces[x] = strip if is_all else strip.crop(x - x1, end - x1)
