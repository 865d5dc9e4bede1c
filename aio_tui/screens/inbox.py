"""The inbox: every open question, the one at hand with its whole evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from textual import on
from textual.events import Resize
from textual.widget import Widget

from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import QUESTIONS, TABLE, key_of
from aio_tui.filtering import Field, Fields, Kind
from aio_tui.question_at_hand import LOOK_FIRST, QuestionAtHand
from aio_tui.screens.table_screen import TableScreen
from aio_tui.widgets.bars import short_key_line
from aio_tui.widgets.covered import Covered
from aio_tui.widgets.inbox import nothing_asked, question_lines
from aio_tui.widgets.line import Line, line
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.rows import LineBar, RowView
from aio_tui.widgets.table import Column, TableView
from aio_tui.wording import READING, SEVERITY_TONES, Tone, age, short_cost, wish
from engine.domain.action import ActionKind, Severity
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order
from engine.domain.usage import Usage
from engine.domain.work import WorkItem
from engine.ports.cockpit import Overview

if TYPE_CHECKING:
    from aio_tui.screens.reader import ReaderScreen

_GO_HERE = "go_to_inbox"
_SEVERITIES = list(Severity)
_LEAST_ROWS, _MOST_ROWS = 2, 6
"""Of the list, where it stands above the evidence."""


class QuestionRow(NamedTuple):
    """An open question as the list shows it; equal rows need no repaint."""

    asked: Escalation
    waits: str
    cost: str
    cost_usd: float
    waits_s: float
    """In whole minutes, so that rows stay equal between them."""


class InboxScreen(TableScreen):
    """Open questions, the most severe first, then those that wait longest. After an answer the
    next one comes up by itself.
    """

    PLACE = "inbox"
    ROW = "question"
    OWN_COMMANDS = (*QUESTIONS, *TABLE)
    FIELDS = (
        Field("task"),
        Field("severity", values=tuple(_SEVERITIES), others=()),
        Field("rule"),
        Field("kind", values=tuple(kind.value.replace("_", " ") for kind in ActionKind)),
        Field("action"),
        Field("why"),
        Field("effect"),
        Field("seen", values=("yes", "no"), is_bare=False),
        Field("cost", Kind.NUMBER),
        Field("age", Kind.DURATION),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._hand = QuestionAtHand(self._now)
        self._shown: EscalationId | None = None
        """The question whose evidence stands there."""
        self._is_first = True
        """Nothing has been shown yet."""
        self._wanted: EscalationId | None = None
        """Is to be shown first."""
        self._reader: ReaderScreen | None = None
        """Shows a question in full, if one was opened."""

    def compose_body(self) -> Iterator[Widget]:
        with Covered(id="inbox"):
            with Covered(id="questions"):
                titles = LineBar(id="table-titles")
                yield titles
                yield TableView(
                    self.columns(), key=self.key_of, fields=self.fields_of, titles=titles,
                    id="table",
                )  # fmt: skip
            yield PaneView(id="row")

    # What is shown.

    def show_known(self) -> None:
        if self.overview is None:
            self._show_row()
        else:
            self.show(None)

    def show(self, read: object) -> None:
        before, self.is_read = self._shown, True
        self.table.show(self._rows())
        if self._is_first:
            self._select_wanted()
        self._fit_list()
        self._show_row()
        if before != self._shown and not self._is_first:
            self._hand.slide()
        if before not in (None, self._shown):
            self.say("the question that was here is answered, or its task has ended")
        self._is_first = False

    def tick(self) -> None:
        if not self._is_first:
            self._show_rows()

    def _show_rows(self) -> None:
        self.table.show(self._rows())
        self._fit_list()
        self._show_row()

    def _rows(self) -> list[QuestionRow]:
        overview, now = self.overview, self._now()
        if overview is None:
            return []
        return [
            _row(asked, overview, now)
            for asked in overview.escalations
            if not self._hand.has_answer(asked)
        ]

    def _fit_list(self) -> None:
        """Above the evidence the list takes no more rows than it has."""
        table = self.table
        if not self.has_class("-narrow"):
            table.styles.height = "1fr"
        else:
            table.styles.height = min(max(len(table.rows), _LEAST_ROWS), self._most_rows())

    def _most_rows(self) -> int:
        return max(min(_MOST_ROWS, self.size.height // 4), 1)

    @on(Resize)
    def _refit(self) -> None:
        self.call_after_refresh(self._fit_list)

    def come_back(self, subject: TaskId | None) -> None:
        self.subject = subject
        self._select_wanted()
        self._show_row()

    def turn_to_question(self, escalation_id: EscalationId) -> None:
        """Show this one, whatever else has been announced."""
        self._wanted = escalation_id
        if not self._is_first:
            self._select_wanted()
            self._show_row()

    def _select_wanted(self) -> None:
        """The one turned to, else the question that has just been announced, else that of the task
        one comes from.
        """
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self.table.select_key(wanted)
            return
        unseen = self.around.arrivals.unseen
        asked = unseen[0] if unseen else self._asked_by(self.subject)
        if asked is not None:
            self.table.select_key(asked.escalation_id)

    def _asked_by(self, task_id: TaskId | None) -> Escalation | None:
        of_task = (row.asked for row in self.table.rows if row.asked.task_id == task_id)
        return next(of_task, None)

    @on(RowView.Selected, "#table")
    def _show_row(self) -> None:
        row, pane = self.table.row, self.query_one("#row", PaneView)
        if row is None:
            self._shown = None
            pane.show(lambda _: [self._nothing()])
        else:
            is_new = self._shown != row.asked.escalation_id
            self._shown = row.asked.escalation_id
            pane.show(partial(self.lines_of, row), from_top=is_new)
            if self.is_active and self.around.arrivals.see(row.asked.escalation_id):
                self.draw_alert()
        self.draw_keys()

    def _nothing(self) -> Line:
        if self.overview is None:
            return line((READING, Tone.MUTED))
        if self.table.total:
            return line((f"no question matches the filter; {key_of('back')} clears it", Tone.WARN))
        return nothing_asked(self.overview, only_looks=self.is_read_only)

    def path_note(self) -> str:
        keys = f"{key_of('open')} all of it · {key_of('page_down')} reads on"
        return f"{super().path_note()} · {keys}"

    def key_line(self, width: int) -> Line:
        return short_key_line(self, QUESTIONS, width)

    # The question at hand.

    @property
    def question(self) -> Escalation | None:
        return self.table.row.asked if self.table.row else None

    @property
    def selected(self) -> WorkItem | None:
        asked, tasks = self.question, self.overview.tasks if self.overview else ()
        return next((item for item in tasks if asked and item.task_id == asked.task_id), None)

    def _run(self, command: AnyCommand) -> None:
        """As every screen, but no answer goes to a question that came under the hand just now."""
        if command.obstacle(self) and command.name == _GO_HERE and self.around.arrivals.unseen:
            self.come_back(None)
            return
        is_answer = command in QUESTIONS and self.question is not None
        if is_answer and self._hand.is_unseen():
            self.say(LOOK_FIRST)
            self.note_refused(command)
            return
        super()._run(command)

    def give(self, *orders: Order) -> None:
        before = self._shown
        self._hand.note_answers(orders)
        if self._reader is not None and self._reader.is_current:
            self._reader.dismiss(None)
        super().give(*orders)
        self._show_rows()
        if self._shown not in (None, before):
            self._hand.slide()

    async def _give(self, orders: Sequence[Order]) -> None:
        answered = self._hand.note_answers(orders)
        await super()._give(orders)
        if answered:
            overview = await self._face.overview()
            self._hand.forget_answers(answered)
            self.take(overview, None)

    def move_page(self, step: int) -> None:
        self.query_one("#row", PaneView).move_page(step)

    # The list.

    def columns(self) -> Sequence[Column[QuestionRow]]:
        return (
            Column(title="severity", width=10, from_width=50, cell=_severity,
                   order=lambda row: _SEVERITIES.index(row.asked.severity)),
            Column(title=" wait", width=5, is_needed=True, cell=lambda row: row.waits.rjust(5),
                   order=lambda row: -row.asked.raised_at.timestamp()),
            Column(title="task", width=16, fits=True, is_needed=True,
                   cell=lambda row: (row.asked.task_id, Tone.STRONG),
                   order=lambda row: row.asked.task_id),
            Column(title="wants to", cell=lambda row: wish(row.asked)),
            Column(title="   cost", width=7, cell=lambda row: row.cost.rjust(7), from_width=70),
            Column(title="seen", width=4, from_width=80,
                   cell=lambda row: ("yes" if row.asked.acknowledged_at else "", Tone.MUTED)),
        )  # fmt: skip

    def key_of(self, row: QuestionRow) -> EscalationId:
        return row.asked.escalation_id

    def fields_of(self, row: QuestionRow) -> Fields:
        asked = row.asked
        return {
            "task": asked.task_id,
            "severity": asked.severity.value,
            "rule": asked.rule,
            "kind": asked.action.kind.value.replace("_", " "),
            "action": asked.action.target,
            "why": asked.why,
            "effect": asked.effect,
            "seen": "yes" if asked.acknowledged_at else "no",
            "cost": row.cost_usd,
            "age": row.waits_s,
        }

    def open_row(self, row: QuestionRow) -> None:
        from aio_tui.screens.question_reader import QuestionReader

        lines = partial(self.full_lines, row)
        asked = row.asked.escalation_id
        self._reader = QuestionReader(self.title_of(row), lines, asked)
        self.app.push_screen(self._reader)

    def title_of(self, row: QuestionRow) -> str:
        return f"Question of {row.asked.task_id} · {row.asked.escalation_id}"

    def lines_of(self, row: QuestionRow, width: int) -> list[Line]:
        return self._lines_of(row, width, is_whole=False)

    def full_lines(self, row: QuestionRow, width: int) -> list[Line]:
        return self._lines_of(row, width, is_whole=True)

    def _lines_of(self, row: QuestionRow, width: int, *, is_whole: bool) -> list[Line]:
        asked, overview = row.asked, self.overview
        if overview is None:
            return []
        rows = self.table.rows
        at = rows.index(row) + 1 if row in rows else 0
        task = next((item for item in overview.tasks if item.task_id == asked.task_id), None)
        return question_lines(
            asked,
            f"{at} of {len(rows)}" if at else asked.escalation_id,
            overview.usage_by_task.get(asked.task_id, Usage()),
            self._now(),
            width,
            objective=task.description if task else "",
            is_whole=is_whole,
        )


def _row(asked: Escalation, overview: Overview, now: datetime) -> QuestionRow:
    usage = overview.usage_by_task.get(asked.task_id, Usage())
    minutes = (now - asked.raised_at) // timedelta(minutes=1)
    return QuestionRow(
        asked, age(asked.raised_at, now), short_cost(usage), float(usage.cost_usd), minutes * 60.0
    )


def _severity(row: QuestionRow) -> tuple[str, Tone]:
    return f"! {row.asked.severity.value}", SEVERITY_TONES[row.asked.severity]
