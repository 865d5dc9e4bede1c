"""The audit trail: who decided what, and why."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from aio_tui.filtering import Field, Fields, Kind
from aio_tui.screens.table_screen import TableScreen
from aio_tui.widgets.line import BLANK, Line, line, paragraph
from aio_tui.widgets.table import Column
from aio_tui.wording import READING, SEVERITY_TONES, Tone
from engine.domain.action import Severity
from engine.domain.audit import RecordedDecision, TrailMark
from engine.domain.decision import Decision, DecisionKind
from engine.domain.words import decided_words, decision_words, value_words
from engine.ports.cockpit import EngineFace


class DecisionRow(NamedTuple):
    """A line of the trail with its place in it, oldest first."""

    number: int
    made: Decision


class Trail(NamedTuple):
    """What is read."""

    rows: list[DecisionRow]
    faults: list[str]
    """What in the trail cannot be read, or was altered."""


_LOOKED_THROUGH_EVERY_S = 60.0
"""Whether the trail is whole is found out from all of its lines: too many for every fact."""


class DecisionsScreen(TableScreen):
    """Every decision, newest first, and whether the trail is whole."""

    PLACE = "decisions"
    ROW = "decision"
    FIELDS = (
        Field("task"),
        Field("kind", values=tuple(decision_words(kind) for kind in DecisionKind)),
        Field("decision"),
        Field("value"),
        Field("by"),
        Field("severity", values=tuple(level.value for level in Severity), others=()),
        Field("reason"),
        Field("ref"),
        Field("confidence", Kind.NUMBER),
    )
    _faults: tuple[str, ...] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._mark: TrailMark | None = None
        self._recorded: list[RecordedDecision] = []
        self._unreadable: list[str] = []
        self._problems: list[str] = []
        self._looked_through_s: float | None = None

    async def read(self, face: EngineFace) -> Trail:
        news = await face.decision_news(self._mark)
        if news.is_afresh:
            self._recorded, self._unreadable, self._looked_through_s = [], [], None
        self._mark = news.mark
        self._unreadable += news.warnings
        if news.recorded:
            # By number, not by time: a clock may jump back. Old lines have none, and are in order.
            together = (*self._recorded, *news.recorded)
            self._recorded = sorted(together, key=lambda one: one.seq)
        await self._look_through(face)
        rows = [DecisionRow(number, one.decision) for number, one in enumerate(self._recorded, 1)]
        return Trail(rows[::-1], list(dict.fromkeys((*self._unreadable, *self._problems))))

    async def _look_through(self, face: EngineFace) -> None:
        now_s, last_s = time.monotonic(), self._looked_through_s
        if last_s is None or now_s - last_s >= _LOOKED_THROUGH_EVERY_S:
            self._looked_through_s = now_s
            self._problems = await face.audit_problems()

    def show(self, read: Trail) -> None:
        self._faults = tuple(read.faults)
        super().show(read.rows)

    def path_note(self) -> str:
        if self._faults is None:
            return READING
        if self._faults:
            return f"{super().path_note()} · ✗ NOT WHOLE: {'; '.join(self._faults)}"
        return f"{super().path_note()} · ✓ the trail is whole"

    def columns(self) -> Sequence[Column[DecisionRow]]:
        return (
            Column(title="when (UTC)", width=14, cell=lambda row: f"{row.made.at:%m-%d %H:%M:%S}",
                   order=lambda row: row.made.at),
            Column(title="what", width=18, fits=True, cell=_kind,
                   order=lambda row: decision_words(row.made.kind)),
            Column(title="task", width=16, fits=True,
                   cell=lambda row: (row.made.task_id or "-", Tone.STRONG),
                   order=lambda row: row.made.task_id or ""),
            Column(title="decision", cell=lambda row: _decided(row.made)),
            Column(title="by", width=10, fits=True,
                   cell=lambda row: row.made.approver, from_width=70,
                   order=lambda row: row.made.approver),
            Column(title="severity", width=8, from_width=100,
                   cell=lambda row: (row.made.severity.value, SEVERITY_TONES[row.made.severity])),
            Column(title="sure", width=4, cell=lambda row: f"{row.made.confidence:.0%}".rjust(4),
                   order=lambda row: row.made.confidence, from_width=120),
        )  # fmt: skip

    def key_of(self, row: DecisionRow) -> int:
        return row.number

    def fields_of(self, row: DecisionRow) -> Fields:
        made = row.made
        return {
            "task": made.task_id or "",
            "kind": decision_words(made.kind),
            "decision": made.decision,
            "value": made.value,
            "by": made.approver,
            "severity": made.severity.value,
            "reason": made.reason,
            "ref": made.ref,
            "confidence": made.confidence,
        }

    def title_of(self, row: DecisionRow) -> str:
        return f"Decision {row.number} · {decision_words(row.made.kind)}"

    def lines_of(self, row: DecisionRow, width: int) -> list[Line]:
        made = row.made
        facts = (
            ("when", f"{made.at:%Y-%m-%d %H:%M:%S} UTC"),
            ("by", made.approver),
            ("task", made.task_id or "the whole run"),
            ("severity", made.severity.value),
            ("confidence", f"{made.confidence:.0%}"),
            ("reference", made.ref or "-"),
        )
        return [
            line((decision_words(made.kind), Tone.STRONG), f"  {decided_words(made.decision)}"),
            *paragraph(value_words(made.value), width, Tone.STRONG, indent="  "),
            *paragraph(f"why: {made.reason or 'no reason was given'}", width, indent="  "),
            BLANK,
            *(line((f"  {name:<12}", Tone.MUTED), text) for name, text in facts),
        ]


def _kind(row: DecisionRow) -> tuple[str, Tone]:
    return decision_words(row.made.kind), Tone.NORMAL


def _decided(made: Decision) -> str:
    return f"{decided_words(made.decision)}: {value_words(made.value)}"
