"""What an iteration says and does, as it happens; scrolling back stops it from running away."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from textual.events import Resize

from aio_tui.text import wrap
from aio_tui.widgets.line import Line, line
from aio_tui.widgets.rows import LineView
from aio_tui.wording import Tone, ruling_sign
from engine.domain.transcript import EntryKind, TranscriptEntry, joined

_STYLES: dict[EntryKind, tuple[str, Tone]] = {
    EntryKind.PROMPT: ("» ", Tone.MUTED),
    EntryKind.TEXT: ("  ", Tone.NORMAL),
    EntryKind.TOOL: ("$ ", Tone.KEY),
    EntryKind.OUTPUT: ("│ ", Tone.MUTED),
    EntryKind.CHECK: ("│ ", Tone.MUTED),
    EntryKind.VERDICT: ("◆ ", Tone.STRONG),
    EntryKind.USAGE: ("# ", Tone.MUTED),
    EntryKind.ENGINE: ("· ", Tone.BUSY),
    EntryKind.RETRY: ("↩ ", Tone.WARN),
}
_MOST_ROWS, _KEPT_ROWS = 20_000, 15_000
"""Beyond the first number the oldest entries go, until at most the second is left: rows of a day
would fill the memory.
"""
_MAX_ENTRY_CHARS = 20_000
_FLOWS_FOR_CHARS = 2_000
"""A text that has become so long is laid out anew with each piece until its next end of a line."""


class TranscriptView(LineView):
    """The lines of one transcript. New ones are appended; only what is in sight is painted."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self._entries: list[TranscriptEntry] = []
        self._starts: list[int] = []
        """Row at which each entry begins."""
        self._laid_out_for = 0

    @property
    def is_following(self) -> bool:
        """Whether the newest line is in sight, so that new ones scroll in."""
        return self.scroll_offset.y >= self.max_scroll_y

    def start_over(self, entries: Iterable[TranscriptEntry]) -> None:
        """Show another transcript, at its end."""
        self._entries, self._starts = [], []
        for entry in entries:
            self._put(entry)
        self._lay_out()
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def append(self, entries: Iterable[TranscriptEntry]) -> None:
        """Add what was said since; stays where the reader is unless that is the end."""
        is_following, room = self.is_following, self.room
        first, last = len(self._entries), self._entries[-1:]
        for entry in entries:
            self._put(entry)
        if last and self._entries[first - 1] is not last[0]:  # it goes on
            first -= 1
        rows = self.rows[: self._starts[first]] if first < len(self._starts) else list(self.rows)
        del self._starts[first:]
        for entry in self._entries[first:]:
            self._starts.append(len(rows))
            rows.extend(self._lines(entry, room))
        self.set_rows(rows)
        if len(rows) > _MOST_ROWS:
            self._drop_oldest()
        if is_following:
            self.scroll_to(y=self.max_scroll_y, animate=False)

    def _put(self, entry: TranscriptEntry) -> None:
        """Add the entry, or let it flow into the last one."""
        last = self._entries[-1:]
        is_open = last and not _is_full(last[0].text)
        self._entries[-1:] = joined((*last, entry)) if is_open else (*last, entry)

    def _drop_oldest(self) -> None:
        last = len(self._entries) - 1
        first = min(bisect_left(self._starts, len(self.rows) - _KEPT_ROWS), last)
        rows_gone = self._starts[first]
        top = self.scroll_offset.y
        del self._entries[:first]
        self._starts = [start - rows_gone for start in self._starts[first:]]
        self.set_rows(self.rows[rows_gone:])
        self.scroll_to(y=max(top - rows_gone, 0), animate=False)

    def _lay_out(self) -> None:
        rows: list[Line] = []
        self._starts = []
        room = self.room
        for entry in self._entries:
            self._starts.append(len(rows))
            rows.extend(self._lines(entry, room))
        self._laid_out_for = self.size.width
        self.set_rows(rows)
        if len(rows) > _MOST_ROWS:
            self._drop_oldest()

    def _lines(self, entry: TranscriptEntry, room: int) -> list[Line]:
        if entry.kind is EntryKind.GUARD:
            mark, tone = ruling_sign(entry.text, is_error=entry.is_error)
        else:
            mark, tone = _STYLES[entry.kind]
            tone = Tone.BAD if entry.is_error else tone
        text = entry.text.rstrip("\n")
        if len(text) > _MAX_ENTRY_CHARS:
            cut = len(text) - _MAX_ENTRY_CHARS
            half = _MAX_ENTRY_CHARS // 2
            text = f"{text[:half]}\n[{cut} characters left out]\n{text[-half:]}"
        return [
            line((mark if at == 0 or mark == "│ " else "  ", tone), (row, tone))
            for at, row in enumerate(wrap(text, max(room - 2, 2), hangs=True))
        ]

    def set_rows(self, rows: list[Line]) -> None:  # type: ignore[override]  # only lists come here
        """As above, without comparing lines that are known to be the same."""
        old, self.rows = self.rows, rows
        first = next(
            (y for y, (a, b) in enumerate(zip(old, rows, strict=False)) if a is not b and a != b),
            min(len(old), len(rows)),
        )
        self._resize_to(len(rows))
        self._forget_from(first)
        top = self.scroll_offset.y
        bottom = min(max(len(old), len(rows)), top + self.size.height)
        self.redraw(*range(max(first, top), bottom))

    def on_resize(self, event: Resize) -> None:
        is_following = self.is_following
        if self.size.width != self._laid_out_for:
            self._lay_out()
        super().on_resize(event)
        if is_following:
            self.scroll_to(y=self.max_scroll_y, animate=False)


def _is_full(text: str) -> bool:
    return len(text) >= (_FLOWS_FOR_CHARS if text.endswith("\n") else _MAX_ENTRY_CHARS)
