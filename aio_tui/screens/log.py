"""What the engine logged and did, newest last; it is followed while the cursor is at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import TABLE
from aio_tui.commands.log import Levels
from aio_tui.fact_words import told
from aio_tui.filtering import Field, Fields
from aio_tui.screens.table_screen import TableScreen
from aio_tui.widgets.line import Line, line, paragraph
from aio_tui.widgets.table import Column
from aio_tui.wording import READING, Tone
from engine.domain.facts import JournalEntry, WarningRaised
from engine.ports.cockpit import EngineFace
from engine.ports.log import LogLevel, LogLine
from engine.ports.store import Reader

_FACTS = 2000
"""The newest entries of the journal that are shown."""
JOURNAL = "journal"
_TONES = {
    LogLevel.INFO: Tone.NORMAL,
    LogLevel.WARNING: Tone.WARN,
    LogLevel.ERROR: Tone.BAD,
}


class LogRow(NamedTuple):
    """An entry with what tells it from all others."""

    key: tuple[str, object]
    said: LogLine


class LogScreen(TableScreen):
    """The engine's log file and its journal, by time."""

    PLACE = "log"
    READS = "the log"
    OWN_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = (Levels(), *TABLE)
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("level", values=("info", "warning", "error"), is_bare=False),
        Field("from", values=(JOURNAL, "engine"), is_bare=False),
        Field("task"),
        Field("text"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._level = LogLevel.INFO
        self._rows: list[LogRow] = []

    @property
    def level(self) -> LogLevel:
        """What is less than this is not shown."""
        return self._level

    async def read(self, face: EngineFace) -> list[LogRow]:
        logged = [LogRow(("log", at), said) for at, said in enumerate(await face.log_lines())]
        journal = [LogRow(("fact", entry.seq), _line(entry)) for entry in await face.read(_newest)]
        return sorted((*logged, *journal), key=lambda row: _when(row.said))

    def show(self, read: list[LogRow]) -> None:
        self._rows = read
        table = self.table
        is_following = not self.is_read or table.cursor in (None, len(table.rows) - 1)
        self.is_read = True
        table.show([row for row in read if row.said.level >= self._level])
        if is_following:
            table.move_to_end(is_last=True)
        self._show_row()

    def next_level(self) -> None:
        """From all entries to warnings, to errors, and back."""
        levels = list(LogLevel)
        self._level = levels[(levels.index(self._level) + 1) % len(levels)]
        self.show(self._rows)
        self.draw_path()

    def path_note(self) -> str:
        if not self.is_read:
            return READING
        least = "" if self._level is LogLevel.INFO else f" · {self._level.name.lower()} and above"
        table = self.table
        is_at_end = table.cursor in (None, len(table.rows) - 1)
        follows = " · follows" if is_at_end else " · G follows"
        return f"{super().path_note()}{least}{follows}"

    def columns(self) -> Sequence[Column[LogRow]]:
        return (
            Column(title="when (UTC)", width=14, cell=lambda row: _when(row.said)[5:19]),
            Column(title="level", width=7, order=lambda row: row.said.level,
                   cell=lambda row: (row.said.level.name.lower(), _TONES[row.said.level])),
            Column(title="task", width=16, fits=True, order=lambda row: row.said.task_id,
                   cell=lambda row: (row.said.task_id or "-", Tone.STRONG)),
            Column(title="what", cell=lambda row: row.said.text),
            Column(title="from", width=24, fits=True,
                   cell=lambda row: row.said.source, from_width=110,
                   order=lambda row: row.said.source),
        )  # fmt: skip

    def key_of(self, row: LogRow) -> tuple[str, object]:
        return row.key

    def fields_of(self, row: LogRow) -> Fields:
        said = row.said
        return {
            "level": said.level.name.lower(),
            "from": said.source,
            "task": said.task_id,
            "text": said.text,
        }

    def title_of(self, row: LogRow) -> str:
        return f"{_when(row.said)[:19]} UTC · {row.said.level.name.lower()} · {row.said.source}"

    def lines_of(self, row: LogRow, width: int) -> list[Line]:
        said = row.said
        head = line((said.level.name.lower(), _TONES[said.level]), f"  {said.source}")
        return [head, *paragraph(said.text, width, indent="  ")]


def _newest(reader: Reader) -> list[JournalEntry]:
    return reader.facts_after(max(reader.last_seq() - _FACTS, 0), limit=_FACTS)


def _line(entry: JournalEntry) -> LogLine:
    fact = entry.fact
    is_warning = isinstance(fact, WarningRaised)
    return LogLine(
        at=entry.at,
        level=LogLevel.WARNING if is_warning else LogLevel.INFO,
        source=JOURNAL,
        text=told(fact).removeprefix("warning: "),
        task_id=entry.task_id or "",
    )


def _when(said: LogLine) -> str:
    return f"{said.at:%Y-%m-%d %H:%M:%S.%f}" if said.at else ""
