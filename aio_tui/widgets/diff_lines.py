"""The diff of a file as lines of the screen, one column or two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len, chop_cells

from aio_tui.highlighting import Coloured
from aio_tui.patch import DiffLine, Hunk, LineRef, Mark, Patch
from aio_tui.text import clean, fit
from aio_tui.widgets.line import BLANK, Line, Piece, line, paragraph
from aio_tui.wording import Ground, Ink, Inked, Tone, counted

_TAB = 4
_LONGEST = 2000
"""Characters of a line that are shown."""
_NUMBER = 5
_TWO_NUMBERS_FROM = 100
_GROUNDS = {Mark.ADDED: Ground.ADDED, Mark.REMOVED: Ground.REMOVED}
_SIGN_TONES = {Mark.ADDED: Tone.GOOD, Mark.REMOVED: Tone.BAD, Mark.KEPT: Tone.MUTED}
_Inked = tuple[str, Ink]


class Shown(NamedTuple):
    """What of a file is to be seen."""

    patch: Patch
    colours: Sequence[Coloured] | None = None
    """For each hunk two texts, that of before and that of after; None: none are known."""
    remarks: Mapping[LineRef, str] = {}
    """What the operator said of lines."""
    is_cut: bool = False
    is_side_by_side: bool = False


def texts_of(patch: Patch) -> list[str]:
    """Each hunk as it was before and as it is after: what `Shown.colours` are of."""
    return [
        "\n".join(row.text for row in hunk.lines if row.mark is not gone)
        for hunk in patch.hunks
        for gone in (Mark.ADDED, Mark.REMOVED)
    ]


def diff_lines(shown: Shown, width: int) -> list[Line]:
    """All hunks. Rows that stand for a line of the file have its `LineRef` as their key; longer
    lines go on in further rows without one.
    """
    lines = [line((note, Tone.WARN)) for note in shown.patch.notes]
    for number, hunk in enumerate(shown.patch.hunks):
        if number or lines:
            lines.append(BLANK)
        lines.append(_title(hunk, number, len(shown.patch.hunks), width))
        make = _pairs if shown.is_side_by_side else _column
        lines.extend(_remarked(make(hunk, _Colours(shown.colours, number), width), shown, width))
    if shown.is_cut:
        lines.append(line(("the rest is too long to be shown: read it with git", Tone.WARN)))
    return lines


def _remarked(rows: Iterable[Line], shown: Shown, width: int) -> Iterator[Line]:
    """Each comment below the last row of its line."""
    said: str | None = None
    for row in (*rows, None):
        if said is not None and (row is None or row.key is not None):
            yield from paragraph(f"✎ {said}", width, Tone.KEY, indent=" " * (_NUMBER + 2))
            said = None
        if row is not None:
            yield row
            if isinstance(row.key, LineRef):
                said = shown.remarks.get(row.key)


def hunk_starts(lines: Sequence[Line], patch: Patch) -> list[int]:
    """Rows of the first changed line of each hunk."""
    hunk_of = {
        row.ref: number
        for number, hunk in enumerate(patch.hunks)
        for row in hunk.lines
        if row.mark is not Mark.KEPT
    }
    starts: dict[int, int] = {}
    for y, row in enumerate(lines):
        if isinstance(row.key, LineRef) and row.key in hunk_of:
            starts.setdefault(hunk_of[row.key], y)
    return sorted(starts.values())


def _title(hunk: Hunk, number: int, count: int, width: int) -> Line:
    first = hunk.lines[0].ref if hunk.lines else LineRef(None, None)
    place = f"line {first.new or first.old or 0}"
    title = f" · {hunk.title}" if hunk.title else ""
    words = clean(f"── {number + 1} of {count} · {place}{title} ")
    room = max(width - cell_len(words), 0)
    return line((fit(words, min(cell_len(words), width)), Tone.MUTED), ("─" * room, Tone.MUTED))


class _Colours:
    """The pieces of the lines of one hunk, asked for in their order."""

    def __init__(self, colours: Sequence[Coloured] | None, number: int) -> None:
        has = colours is not None and len(colours) > 2 * number + 1
        self._sides = colours[2 * number : 2 * number + 2] if colours and has else None
        self._at = [0, 0]

    def pieces(self, row: DiffLine) -> list[_Inked]:
        """The text of the next line, in its colours on its ground."""
        tones = self._next(row)
        ground = _GROUNDS.get(row.mark)
        pieces: list[_Inked] = []
        start = column = 0
        text = row.text[:_LONGEST]
        if tones is None or sum(length for length, _ in tones) != len(row.text):
            tones = [(len(row.text), Tone.NORMAL)]
        for length, tone in tones:
            part = _untabbed(text[start : start + length], column)
            start, column = start + length, column + len(part)
            if part:
                pieces.append((clean(part), tone if ground is None else Inked(tone, ground)))
        if len(row.text) > _LONGEST:
            more = counted(len(row.text) - _LONGEST, "character")
            pieces.append((f" … {more} more", Tone.WARN))
        if not row.has_newline:
            pieces.append((" ⊘ no newline at the end", Tone.WARN))
        return pieces

    def _next(self, row: DiffLine) -> list[tuple[int, Tone]] | None:
        if self._sides is None:
            return None
        found = None
        for side, gone in enumerate((Mark.ADDED, Mark.REMOVED)):
            if row.mark is not gone:
                at = self._at[side]
                self._at[side] += 1
                found = self._sides[side][at] if at < len(self._sides[side]) else None
        return found


def _untabbed(text: str, column: int) -> str:
    if "\t" not in text:
        return text
    return (" " * column + text).expandtabs(_TAB)[column:]


def _column(hunk: Hunk, colours: _Colours, width: int) -> Iterator[Line]:
    is_wide = width >= _TWO_NUMBERS_FROM
    for row in hunk.lines:
        old, new = row.ref
        numbers = f"{_number(old)}{_number(new)}" if is_wide else _number(new or old)
        yield from _rows(numbers, row, colours.pieces(row), width)


def _rows(numbers: str, row: DiffLine, pieces: list[_Inked], width: int) -> Iterator[Line]:
    ground = _GROUNDS.get(row.mark)
    tone = _SIGN_TONES[row.mark]
    sign = (f"{row.mark.value} ", tone if ground is None else Inked(tone, ground))
    gutter = len(numbers) + 2
    for number, part in enumerate(_wrapped(pieces, max(width - gutter, 4))):
        if number == 0:
            yield line((numbers, Tone.MUTED), sign, *part, key=row.ref)
        else:
            yield line((" " * len(numbers), Tone.MUTED), ("↪ ", sign[1]), *part)


def _pairs(hunk: Hunk, colours: _Colours, width: int) -> Iterator[Line]:
    """Before on the left, after on the right; what was removed beside what came in its place."""
    half = max((width - 3) // 2, _NUMBER + 6)
    for before, after in _paired(hunk, colours):
        left = _half(before, half, is_new=False)
        right = _half(after, half, is_new=True)
        ref = after[0].ref if after else before[0].ref if before else None
        blank: list[Piece] = [" " * half]
        for number, (one, other) in enumerate(zip_longest(left, right, fillvalue=blank)):
            yield line(*one, (" │ ", Tone.MUTED), *other, key=ref if number == 0 else None)


_Side = tuple[DiffLine, list[_Inked]] | None


def _paired(hunk: Hunk, colours: _Colours) -> Iterator[tuple[_Side, _Side]]:
    removed: list[_Side] = []
    added: list[_Side] = []
    for row in hunk.lines:
        side = row, colours.pieces(row)
        if row.mark is Mark.REMOVED and not added:
            removed.append(side)
        elif row.mark is Mark.ADDED:
            added.append(side)
        else:
            yield from zip_longest(removed, added)
            removed, added = ([side], []) if row.mark is Mark.REMOVED else ([], [])
            if row.mark is Mark.KEPT:
                yield side, side
    yield from zip_longest(removed, added)


def _half(side: _Side, width: int, *, is_new: bool) -> list[list[Piece]]:
    if side is None:
        return []
    row, pieces = side
    ground = _GROUNDS.get(row.mark)
    plain: Ink = Tone.NORMAL if ground is None else Inked(Tone.NORMAL, ground)
    tone = _SIGN_TONES[row.mark]
    sign = (f"{row.mark.value} ", tone if ground is None else Inked(tone, ground))
    number = _number(row.ref.new if is_new else row.ref.old)
    rows: list[list[Piece]] = []
    for at, part in enumerate(_wrapped(pieces, max(width - _NUMBER - 2, 4))):
        used = sum(cell_len(text) for text, _ in part) + _NUMBER + 2
        gutter = (number if at == 0 else " " * _NUMBER, Tone.MUTED)
        start = sign if at == 0 else ("↪ ", sign[1])
        rows.append([gutter, start, *part, (" " * max(width - used, 0), plain)])
    return rows


def _number(number: int | None) -> str:
    return f"{'' if number is None else number:>4} "


def _wrapped(pieces: Sequence[_Inked], width: int) -> list[list[_Inked]]:
    """Clean pieces in rows of at most `width` cells, at least one row."""
    rows: list[list[_Inked]] = [[]]
    used = 0
    for text, ink in pieces:
        rest = text
        while rest:
            cells = cell_len(rest)
            if used + cells <= width:
                rows[-1].append((rest, ink))
                used += cells
                break
            head = chop_cells(rest, width - used)[0] if width - used > 1 else ""
            if head:
                rows[-1].append((head, ink))
                rest = rest[len(head) :]
            rows.append([])
            used = 0
    return rows
