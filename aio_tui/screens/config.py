"""The configuration in force: each value with its source."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from aio_tui.filtering import Field, Fields
from aio_tui.screens.sparing import Sparing
from aio_tui.screens.table_screen import TableScreen
from aio_tui.widgets.line import BLANK, Line, line, paragraph
from aio_tui.widgets.table import Column
from aio_tui.wording import READING, Tone
from engine.app.configuration import SettingSource, settings_sources
from engine.domain.errors import ConfigError
from engine.ports.cockpit import EngineFace

_PAUSE_S = 2.0
_DEFAULT, _ENVIRONMENT = "default", "environment"


class ConfigScreen(TableScreen):
    """As the file has it now; a run goes on with what it began with."""

    PLACE = "config"
    ROW = "setting"
    READS = "the configuration"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("key"),
        Field("value"),
        Field("source", values=(_DEFAULT, "file", _ENVIRONMENT), is_bare=False),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._problem = ""
        self._reading = Sparing(self._sources, pause_s=_PAUSE_S)

    async def read(self, face: EngineFace) -> list[SettingSource]:
        return await self._reading.read()

    async def _sources(self) -> list[SettingSource]:
        try:
            found = await asyncio.to_thread(settings_sources, self._face.settings.repo)
        except ConfigError as error:
            self._problem = str(error)
            return []
        self._problem = ""
        return found

    def tick(self) -> None:
        if self._reading.is_due:
            self.read_again()

    def path_note(self) -> str:
        if self._problem:
            return f"✗ {self._problem}"
        counts = Counter(_kind(row) for row in self.table.rows)
        told = ", ".join(f"{count} from the {kind}" for kind, count in counts.most_common())
        return f"{super().path_note()} · {told}" if self.table.total else READING

    def columns(self) -> Sequence[Column[SettingSource]]:
        return (
            Column(title="setting", width=32, fits=True, cell=lambda row: (row.key, Tone.STRONG),
                   order=lambda row: row.key),
            Column(title="value", cell=lambda row: row.value, order=lambda row: row.value),
            Column(title="from", width=22, fits=True, cell=_source, order=lambda row: row.source),
        )  # fmt: skip

    def key_of(self, row: SettingSource) -> str:
        return row.key

    def fields_of(self, row: SettingSource) -> Fields:
        return {"key": row.key, "value": row.value, "source": f"{_kind(row)} {row.source}"}

    def title_of(self, row: SettingSource) -> str:
        return row.key

    def lines_of(self, row: SettingSource, width: int) -> list[Line]:
        where = {
            _DEFAULT: "Nothing sets it: this is the built-in value.",
            _ENVIRONMENT: "It comes from the environment of this process.",
        }.get(row.source, f"It is set in {row.source}.")
        return [
            line((row.key, Tone.STRONG)),
            *paragraph(row.value, width, indent="  "),
            BLANK,
            *paragraph(where, width, Tone.MUTED, indent="  "),
        ]


def _kind(row: SettingSource) -> str:
    return row.source if row.source in (_DEFAULT, _ENVIRONMENT) else "file"


def _source(row: SettingSource) -> tuple[str, Tone]:
    return row.source, Tone.MUTED if row.source == _DEFAULT else Tone.STRONG
