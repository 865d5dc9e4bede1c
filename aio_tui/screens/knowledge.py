"""What was learned: the knowledge objects of the repository, shelf by shelf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from aio_tui.filtering import Field, Fields, Kind
from aio_tui.screens.reader import text_lines
from aio_tui.screens.sparing import Sparing
from aio_tui.screens.table_screen import TableScreen
from aio_tui.widgets.line import BLANK, Line, line, paragraph
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.table import Column
from aio_tui.wording import READING, Tone, counted
from engine.ports.cockpit import EngineFace
from engine.ports.knowledge import KnowledgeFile, Shelf

_PAUSE_S = 5.0
_TONES = {
    Shelf.APPROVED: Tone.GOOD,
    Shelf.DRAFTS: Tone.WARN,
    Shelf.QUARANTINE: Tone.BAD,
    Shelf.ARCHIVE: Tone.MUTED,
}
_WORDS = {
    Shelf.APPROVED: "approved",
    Shelf.DRAFTS: "draft",
    Shelf.QUARANTINE: "quarantined",
    Shelf.ARCHIVE: "archived",
}
"""What an object on this shelf is."""
_EMPTY = (
    "There are no knowledge objects yet.",
    "A knowledge object (KO) is one learned lesson: a markdown file with front matter (id, title, "
    "tags) in .aibrain/knowledge/approved. Put one there, and it is listed here and found by the "
    "search (*).",
    "Agents are not given them yet, and none are drafted by themselves: that is still to come. "
    "Drafts, quarantine and archive will be listed beside the approved ones.",
)


class KnowledgeScreen(TableScreen):
    """The files as they are; Enter shows one in full."""

    PLACE = "knowledge"
    ROW = "object"
    READS = "the knowledge files"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("id"),
        Field("title"),
        Field("shelf", values=tuple(shelf.value for shelf in Shelf), others=(), is_bare=False),
        Field("tag"),
        Field("text"),
        Field("consulted", Kind.NUMBER),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._reading = Sparing(self._face.knowledge_objects, pause_s=_PAUSE_S)

    async def read(self, face: EngineFace) -> list[KnowledgeFile]:
        return await self._reading.read()

    def show(self, read: list[KnowledgeFile]) -> None:
        self.is_read = True
        super().show(read)
        if not read:
            self.query_one("#row", PaneView).show(_empty_lines)

    def tick(self) -> None:
        if self._reading.is_due:
            self.read_again()

    def path_note(self) -> str:
        if not self.is_read:
            return READING
        counts = Counter(row.shelf for row in self.table.rows)
        told = ", ".join(_on_shelf(counts[shelf], shelf) for shelf in Shelf if counts[shelf])
        return f"{super().path_note()} · {told}" if told else "none"

    def columns(self) -> Sequence[Column[KnowledgeFile]]:
        return (
            Column(title="shelf", width=11, fits=True,
                   cell=lambda row: (_WORDS[row.shelf], _TONES[row.shelf])),
            Column(title="id", width=18, fits=True, cell=lambda row: (row.ko_id, Tone.STRONG),
                   order=lambda row: row.ko_id),
            Column(title="what it says", cell=lambda row: row.title, order=lambda row: row.title),
            Column(title="tags", width=20, fits=True, from_width=90,
                   cell=lambda row: ", ".join(row.tags)),
            Column(title="given", width=5, order=lambda row: row.consulted,
                   cell=lambda row: str(row.consulted).rjust(5)),
            Column(title="changed", width=10, from_width=70, order=lambda row: row.changed_at,
                   cell=lambda row: f"{row.changed_at:%Y-%m-%d}"),
        )  # fmt: skip

    def key_of(self, row: KnowledgeFile) -> str:
        return row.file

    def fields_of(self, row: KnowledgeFile) -> Fields:
        return {
            "id": row.ko_id,
            "title": row.title,
            "shelf": row.shelf.value,
            "tag": " ".join(row.tags),
            "text": row.text,
            "consulted": row.consulted,
        }

    def title_of(self, row: KnowledgeFile) -> str:
        return f".aibrain/knowledge/{row.file}"

    def lines_of(self, row: KnowledgeFile, width: int) -> list[Line]:
        return text_lines(row.text)(width)


def _on_shelf(number: int, shelf: Shelf) -> str:
    return counted(number, _WORDS[shelf]) if shelf is Shelf.DRAFTS else f"{number} {_WORDS[shelf]}"


def _empty_lines(width: int) -> list[Line]:
    first, *rest = _EMPTY
    lines = [line((first, Tone.STRONG))]
    for text in rest:
        lines.extend((BLANK, *paragraph(text, width)))
    return lines
