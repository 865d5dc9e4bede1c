"""The morning after: how each task stands, what it cost, and the one key that is next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from aio_tui.cli.report_text import dollars, older, period, step, unpaid, wasted, whole_cost, work
from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import MERGE, QUESTIONS, TABLE, TASK
from aio_tui.filtering import Field, Fields, Kind
from aio_tui.screens.sparing import Sparing
from aio_tui.screens.table_screen import TableScreen
from aio_tui.ways import key_for
from aio_tui.widgets.line import BLANK, Line, line, paragraph
from aio_tui.widgets.table import Column
from aio_tui.wording import READING, Tone, counted, duration
from engine.domain.escalation import Escalation
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace
from engine.ports.report import Chapter, Report, ReportedTask

_PAUSE_S = 2.0
_SIGNS = {
    Chapter.MERGED: ("✓ merged", Tone.GOOD),
    Chapter.LANDING: ("⇡ merging", Tone.BUSY),
    Chapter.TO_MERGE: ("⇡ to merge", Tone.WARN),
    Chapter.CLAIMED: ("? claimed", Tone.WARN),
    Chapter.ASKS: ("? asks you", Tone.WARN),
    Chapter.BLOCKED: ("■ blocked", Tone.BAD),
    Chapter.FAILED: ("✗ failed", Tone.BAD),
    Chapter.CANCELLED: ("⊘ cancelled", Tone.MUTED),
    Chapter.UNDER_WAY: ("○ not finished", Tone.MUTED),
}


_STANDINGS = tuple(words.split(" ", 1)[1] for words, _ in _SIGNS.values())


class ReportScreen(TableScreen):
    """Since the last run began; Enter goes to the task, and its keys work here."""

    PLACE = "report"
    READS = "the report"
    OWN_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = (*QUESTIONS, *MERGE, *TASK, *TABLE)
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("is", values=_STANDINGS, others=("in line",)),
        Field("task"),
        Field("text"),
        Field("branch"),
        Field("why"),
        Field("cost", Kind.NUMBER),
        Field("wasted", Kind.NUMBER),
        Field("iterations", Kind.NUMBER),
        Field("time", Kind.DURATION),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._told: Report | None = None
        self._reading = Sparing(
            lambda: self._face.report(since=None, is_last_run=True), pause_s=_PAUSE_S
        )

    async def read(self, face: EngineFace) -> Report:
        return await self._reading.read()

    def show(self, read: Report) -> None:
        self._told = read
        super().show(list(read.tasks))

    def tick(self) -> None:
        if self._reading.is_due:
            self.read_again()

    def path_note(self) -> str:
        told = self._told
        if told is None:
            return READING
        counts = {each: told.count_of(each) for each in Chapter}
        stood = [f"{counts[each]} {_SIGNS[each][0][2:]}" for each in Chapter if counts[each]]
        hidden, new = sum(told.unlisted.counts.values()), told.left_out.not_begun
        lost = f"{dollars(told.wasted_usd)} and {duration(told.wasted_s)}"
        before = f", {dollars(told.before_usd)} before" if told.before_usd else ""
        least = "at least " if told.usage.unpriced_calls else ""
        waste = f"{least}{dollars(told.usage.cost_usd)}{unpaid(told)}, wasted {lost}{before}"
        parts = [
            *self.order_words,
            ", ".join(stood) or "nothing happened",
            *([f"{hidden} of them not in this list"] if hidden else []),
            *([f"and {counted(new, 'task')} not begun"] if new else []),
            waste,
            period(told),
        ]
        return " · ".join(parts)

    @property
    def selected(self) -> WorkItem | None:
        """As the overview has it, which is newer than the report."""
        row = self.table.row
        if row is None:
            return None
        listed = self.overview.tasks if self.overview else ()
        return next((item for item in listed if item.task_id == row.item.task_id), row.item)

    @property
    def question(self) -> Escalation | None:
        row = self.table.row
        asked = self.overview.escalations if self.overview else ()
        return next((one for one in asked if row and one.task_id == row.item.task_id), None)

    def columns(self) -> Sequence[Column[ReportedTask]]:
        return (
            Column(title="how it stands", width=14, cell=_standing),
            Column(title="task", width=16, fits=True, is_needed=True,
                   order=lambda row: row.item.task_id,
                   cell=lambda row: (row.item.task_id, Tone.STRONG)),
            Column(title="next", width=4, cell=self._key),
            Column(title="what is next, or why", cell=_what),
            Column(title="branch", width=22, fits=True, from_width=120,
                   cell=lambda row: row.item.branch),
            Column(title="  cost", width=7, order=lambda row: row.whole_usd,
                   cell=lambda row: _short_cost(row).rjust(6)),
            Column(title="wasted", width=7, order=lambda row: row.waste.cost_usd, from_width=100,
                   cell=lambda row: dollars(row.waste.cost_usd).rjust(6)),
            Column(title="  time", width=6, order=lambda row: row.whole_s,
                   cell=lambda row: duration(row.whole_s).rjust(6)),
        )  # fmt: skip

    def key_of(self, row: ReportedTask) -> str:
        return row.item.task_id

    def fields_of(self, row: ReportedTask) -> Fields:
        return {
            "is": _standing(row)[0],
            "task": row.item.task_id,
            "text": row.item.description,
            "branch": row.item.branch,
            "why": row.why,
            "cost": float(row.whole_usd),
            "wasted": float(row.waste.cost_usd),
            "iterations": row.whole_iterations,
            "time": row.whole_s,
        }

    def title_of(self, row: ReportedTask) -> str:
        return row.item.task_id

    def lines_of(self, row: ReportedTask, width: int) -> list[Line]:
        words, tone = _standing(row)
        lines = [
            line((row.item.task_id, Tone.STRONG), "  ", (words, tone)),
            *paragraph(row.item.description, width, indent="  "),
            line(
                ("  branch ", Tone.MUTED), row.item.branch,
                (" · ", Tone.MUTED), whole_cost(row), f", {row.whole_tokens} tokens",
                (" · ", Tone.MUTED), f"{work(row)}{older(row)}",
            ),
        ]  # fmt: skip
        if row.why:
            lines.extend(paragraph(f"why: {row.why}", width, Tone.WARN, indent="  "))
        if told := wasted(row):
            lines.append(line((f"  {told}", Tone.WARN)))
        if row.next_step is not None:
            text = f"next: {step(row.next_step, has_keys=not self.is_read_only)}"
            lines.extend((BLANK, *paragraph(text, width, Tone.STRONG, indent="  ")))
        return lines

    def _key(self, row: ReportedTask) -> tuple[str, Tone]:
        key = "" if self.is_read_only else key_for(row.next_step)
        return (key or "-", Tone.KEY if key else Tone.MUTED)

    def open_row(self, row: ReportedTask) -> None:
        self.show_task(row.item.task_id)


def _what(row: ReportedTask) -> str:
    next_words = row.next_step.words if row.next_step else ""
    return " · ".join(filter(None, (next_words, row.why))) or row.item.description


def _short_cost(row: ReportedTask) -> str:
    return dollars(row.whole_usd) + "+" * bool(row.whole_unpriced)


def _standing(row: ReportedTask) -> tuple[str, Tone]:
    words, tone = _SIGNS[row.chapter]
    if row.chapter is Chapter.LANDING:
        words = f"{words[0]} {row.item.word}"
    return words, tone
