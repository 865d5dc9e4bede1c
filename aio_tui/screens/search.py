"""What a search through everything found, and the way there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, ClassVar, NamedTuple
from weakref import WeakKeyDictionary

from textual.app import App

from aio_tui.commands.catalogue import key_of
from aio_tui.filtering import Field, Fields, Kind
from aio_tui.screens.reader import ReaderScreen, text_lines
from aio_tui.screens.table_screen import TableScreen
from aio_tui.text import wrap
from aio_tui.ways import by_key
from aio_tui.widgets.line import BLANK, Line, line, paragraph
from aio_tui.widgets.sought import Sought, marked, pattern_of
from aio_tui.widgets.table import Column
from aio_tui.wording import Tone, counted
from engine.domain.errors import EngineError, InputError
from engine.ports.cockpit import EngineFace
from engine.ports.search import SearchGroup, SearchHit

_SINGULAR = {
    SearchGroup.TASKS: "task",
    SearchGroup.DECISIONS: "decision",
    SearchGroup.KNOWLEDGE: "KO",
    SearchGroup.TRANSCRIPTS: "transcript",
}
_GOES_TO = {
    SearchGroup.TASKS: "the task",
    SearchGroup.DECISIONS: "the decision in full",
    SearchGroup.KNOWLEDGE: "the knowledge object",
    SearchGroup.TRANSCRIPTS: "the output of the iteration",
}
_LAST: WeakKeyDictionary[App[Any], str] = WeakKeyDictionary()
"""What was looked for last: a screen that was left is gone."""
_NOTHING_YET = "press * and write what to search for"


class HitRow(NamedTuple):
    """A hit with its place in the list."""

    number: int
    hit: SearchHit


class SearchScreen(TableScreen):
    """Group after group, as it is found; a new search takes the place of the one before."""

    PLACE = "search"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("in", values=tuple(group.value for group in SearchGroup), others=(), is_bare=False),
        Field("task"),
        Field("where"),
        Field("text"),
        Field("iteration", Kind.NUMBER),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._text = ""
        self._sought: Sought | None = None
        """None: nothing is."""
        self._rows: list[HitRow] = []
        self._notes: dict[SearchGroup, str] = {}
        self._is_searching = False

    def look_for(self, text: str) -> None:
        """Search for `text` from now on."""
        self._text, self._is_searching = text, True
        self._sought = _sought(text)
        _LAST[self.app] = text
        self._rows, self._notes = [], {}
        self.workers.cancel_group(self, "search")
        self.run_worker(self._search(), name="searching", group="search", exit_on_error=False)

    async def _search(self) -> None:
        try:
            async with aclosing(self._face.search(self._text)) as parts:
                async for part in parts:
                    for hit in part.hits:
                        self._rows.append(HitRow(len(self._rows), hit))
                    if part.note:
                        self._notes[part.group] = part.note
                    self._show_rows()
        except EngineError as error:
            self.say(f"search: {error.told(by_key)}")
        self._is_searching = False
        self._show_rows()

    def _show_rows(self) -> None:
        if self.is_mounted:
            self.table.show(list(self._rows))
            self._show_row()
            self.draw_path()

    def on_mount(self) -> None:
        if not self._text and (last := _LAST.get(self.app)):
            self.look_for(last)

    def show_known(self) -> None:
        """Nothing is read here before somebody asks for it."""

    async def read(self, face: EngineFace) -> None:
        """Nothing: what was found stays."""

    def show(self, read: None) -> None:
        self._show_rows()

    def path_note(self) -> str:
        if not self._text:
            return _NOTHING_YET
        counts = Counter(row.hit.group for row in self._rows)
        found = [counted(counts[group], _SINGULAR[group]) for group in SearchGroup if counts[group]]
        cut = [f"{group.value}: {note}" for group, note in self._notes.items()]
        state = "searching ..." if self._is_searching else "" if found else "nothing found"
        told = " · ".join(filter(None, (", ".join(found), state, *self.order_words, *cut)))
        return f"{self._text!r}: {told}"

    def columns(self) -> Sequence[Column[HitRow]]:
        return (
            Column(title="in", width=11, cell=lambda row: (row.hit.group.value, Tone.MUTED)),
            Column(title="where", width=32, fits=True,
                   cell=lambda row: (row.hit.where, Tone.STRONG),
                   order=lambda row: row.hit.where),
            Column(title="what stands there", cell=lambda row: row.hit.excerpt,
                   sought=lambda: self._sought),
            Column(title="when (UTC)", width=14, cell=lambda row: _when(row.hit), from_width=90,
                   order=lambda row: row.hit.at),
        )  # fmt: skip

    def key_of(self, row: HitRow) -> int:
        return row.number

    def fields_of(self, row: HitRow) -> Fields:
        hit = row.hit
        return {
            "in": hit.group.value,
            "task": hit.task_id or "",
            "where": hit.where,
            "text": hit.excerpt,
            "iteration": hit.iteration,
        }

    def title_of(self, row: HitRow) -> str:
        return row.hit.where

    def lines_of(self, row: HitRow, width: int) -> list[Line]:
        hit = row.hit
        more = f"and {counted(hit.more, 'more place')} in this transcript" if hit.more else ""
        return [
            line((hit.where, Tone.STRONG), (f"  {_when(hit)}", Tone.MUTED)),
            *self._excerpt_lines(hit.excerpt, width),
            *([line((f"  {more}", Tone.MUTED))] if more else []),
            BLANK,
            line((f"  {key_of('open')}", Tone.KEY), f" shows {_GOES_TO[hit.group]}"),
        ]

    def _excerpt_lines(self, excerpt: str, width: int) -> list[Line]:
        if self._sought is None:
            return paragraph(excerpt, width, indent="  ")
        rows = wrap(excerpt, max(width - 2, 2))
        return [line("  ", *marked(row, Tone.NORMAL, self._sought)) for row in rows]

    def open_row(self, row: HitRow) -> None:
        hit = row.hit
        if hit.group is SearchGroup.DECISIONS:
            self.app.push_screen(ReaderScreen(hit.where, text_lines(hit.ref)))
        elif hit.group is SearchGroup.KNOWLEDGE:
            self.open_later(self._open_knowledge(hit), "reading the file")
        elif hit.task_id is not None:
            self.show_task(hit.task_id, hit.iteration)

    async def _open_knowledge(self, hit: SearchHit) -> None:
        files = {found.file: found for found in await self._face.knowledge_objects()}
        if hit.ref in files:
            self.app.push_screen(ReaderScreen(hit.where, text_lines(files[hit.ref].text)))
        else:
            self.say(f"{hit.ref} is gone")


def _sought(text: str) -> Sought | None:
    """What the words of `text` are found by; None: there is nothing to search for."""
    from engine.app.search_words import Words  # late: only who searches needs it

    try:
        return pattern_of(Words(text).words)
    except InputError:  # which the search itself tells
        return None


def _when(hit: SearchHit) -> str:
    return hit.at[5:19].replace("T", " ")
