"""Everything about the selected task, in tabs, and the inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.events import Resize
from textual.message import Message
from textual.reactive import var

from aio_tui.bridge import OutputPlace, OutputRead
from aio_tui.widgets.bars import TABS, tab_line
from aio_tui.widgets.covered import Covered
from aio_tui.widgets.line import Line, line, paragraph
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.rows import LineBar, LineView
from aio_tui.widgets.transcript_view import TranscriptView
from aio_tui.wording import Tone
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.ports.cockpit import Overview, TaskView

TIMELINE, OUTPUT, RALPH, CHECKPOINTS, KNOWLEDGE, INBOX = range(1, 7)
_TWO_WIDE, _TWO_HIGH = (160, 12), (70, 36)
"""Columns and rows from which the output stands beside or below another tab: a side by side pane
keeps 80 columns, one below the other about 18 rows.
"""
_OUTDATED_S = 0.05
"""How long a transcript is seen that is not the wanted one, so that the pane need not be drawn
empty before it is drawn anew.
"""


class Room(Enum):
    """Where the output stands, by how much room there is."""

    ALONE = auto()
    """In the place of the other tabs: there is room for one of them."""
    BELOW = auto()
    """Below the timeline too, which is seldom long."""
    BESIDE = auto()
    """Beside whatever tab is shown, always."""


class Detail(Covered):
    """The right (or lower) part of the screen."""

    output_room: var[Room] = var(Room.ALONE, init=False)
    tab: var[int] = var(TIMELINE, init=False)
    place: var[OutputPlace | None] = var(None, init=False)
    """Whose transcript the Output tab shows; None: there is none to show."""

    class TabChanged(Message):
        """Another tab is shown."""

    class OutputWanted(Message):
        """Another transcript is to be read, or none."""

        def __init__(self, place: OutputPlace | None) -> None:
            super().__init__()
            self.place = place

    BINDINGS: ClassVar = []

    def __init__(
        self, now: Callable[[], datetime], settings: Settings, *, id: str,  # noqa: A002
        only_looks: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(id=id)
        self._settings = settings
        self._only_looks = only_looks
        """Whether no key is named that orders something."""
        self._now = now
        self._overview: Overview | None = None
        self._view: TaskView | None = None
        self._question_id: EscalationId | None = None
        self._why_none = ""
        self._has_output = True
        """Whether a transcript was found, as far as it was looked for."""
        self._chosen_iteration: int | None = None
        """The iteration whose output the operator turned to; None: the newest."""
        self._read_place: OutputPlace | None = None
        """Whose transcript was read last."""

    def compose(self) -> ComposeResult:
        with Covered(id="about"):
            yield LineBar(id="tabs")
            yield PaneView(id="pane")
        with Covered(id="spoken"):
            yield LineBar(id="output-title")
            yield TranscriptView(id="output")

    @property
    def active(self) -> LineView:
        """The widget of the current tab."""
        if self.tab == OUTPUT:
            return self.query_one(TranscriptView)
        return self.query_one(PaneView)

    @property
    def question(self) -> Escalation | None:
        """The one that the inbox shows."""
        questions = self._overview.escalations if self._overview else ()
        shown = (asked for asked in questions if asked.escalation_id == self._question_id)
        return next(shown, questions[0] if questions else None)

    def refresh_from(
        self, overview: Overview | None, view: TaskView | None, *, why_none: str = ""
    ) -> None:
        """Show these values; `why_none` says why no task is selected, if it is known."""
        self._why_none = why_none
        is_other = _task_id(view) != _task_id(self._view)
        self._overview, self._view = overview, view
        if is_other:
            self._chosen_iteration = None
        self._draw(from_top=is_other and self.tab != INBOX)

    def watch_tab(self) -> None:
        self._draw(from_top=True)
        self.post_message(self.TabChanged())

    def tick(self) -> None:
        """Bring waiting times up to date."""
        if self.tab == INBOX:
            self._draw()

    def turn(self, step: int) -> str:
        """Show the next or previous question or iteration, whichever the tab shows; gives why
        nothing was turned, empty: something was.
        """
        if self.tab == INBOX:
            return self._turn_question(step)
        if self._shows_output:
            return self._turn_iteration(step)
        return "only the inbox has pages, for questions, and the output, for iterations"

    def _turn_iteration(self, step: int) -> str:
        if self.place is None or self._view is None:
            return "no iteration has begun"
        newest = self._view.live_iteration or self._view.item.iteration_count
        wanted = self.place.iteration + step
        if not 1 <= wanted <= newest:
            return "this is the newest iteration" if step > 0 else "this is the first iteration"
        self.show_iteration(wanted)
        return ""

    def _turn_question(self, step: int) -> str:
        questions = self._overview.escalations if self._overview else ()
        if self.question is None or len(questions) < 2:
            return "no further question waits"
        at = (questions.index(self.question) + step) % len(questions)
        self._question_id = questions[at].escalation_id
        self._draw(from_top=True)
        return ""

    def show_iteration(self, iteration: int) -> None:
        """Show the output of this iteration."""
        view = self._view
        newest = view.live_iteration if view else None
        self._chosen_iteration = None if iteration == newest else iteration
        self.tab = OUTPUT
        self._draw()

    def take_output(self, read: OutputRead) -> None:
        """Show what was read, unless another transcript is wanted by now."""
        if read.place != self.place:
            return
        output = self.query_one(TranscriptView)
        self._has_output = bool(read.entries) or not read.is_new
        self._draw_output_title()
        if read.is_new:
            self._read_place = read.place
            output.start_over(read.entries)
        else:
            output.append(read.entries)

    def on_resize(self, event: Resize) -> None:
        self.output_room = _room(event.size.width, event.size.height)
        self._draw_tabs()

    def watch_output_room(self, room: Room) -> None:
        self.set_class(room is Room.BESIDE, "-beside")
        self._draw()

    @property
    def _wants_output(self) -> bool:
        """Whether the newest transcript is to be seen, if there is one."""
        is_below = self.output_room is Room.BELOW and self.tab == TIMELINE
        return self.tab == OUTPUT or self.output_room is Room.BESIDE or is_below

    @property
    def _shows_output(self) -> bool:
        """What is below another tab is not worth its rows as long as there is nothing."""
        is_needed = self.tab == OUTPUT or self.output_room is Room.BESIDE
        return is_needed or (self._wants_output and self.place is not None)

    def _draw_tabs(self) -> None:
        open_questions = len(self._overview.escalations) if self._overview else 0
        width = self.size.width or self.app.size.width  # before the first frame there is no size
        if self.output_room is Room.BESIDE:
            width //= 2
        tabs = tab_line(self.tab, open_questions, width)
        self.query_one("#tabs", LineBar).set_lines([tabs])

    def _draw(self, *, from_top: bool = False) -> None:
        self._draw_tabs()
        self._choose_place()
        self._lay_out()
        self._draw_output_title()
        if self.tab != OUTPUT or self.output_room is Room.BESIDE:
            self.query_one(PaneView).show(self._make_lines, from_top=from_top)

    def _lay_out(self) -> None:
        is_alone = self.tab == OUTPUT and self.output_room is not Room.BESIDE
        self.set_class(is_alone, "-output-alone")
        self.query_one(PaneView).display = not is_alone
        self.query_one("#spoken").display = self._shows_output

    def _make_lines(self, width: int) -> list[Line]:
        if self.tab == INBOX and self._overview is not None:
            from aio_tui.widgets.inbox import inbox_lines

            return inbox_lines(
                self._overview, self.question, self._now(), width, only_looks=self._only_looks
            )
        if self._overview is not None and not self._overview.tasks:
            from aio_tui.widgets.first_steps import first_steps

            return first_steps(self._settings, width, only_looks=self._only_looks)
        if self._view is None:
            return paragraph(self._why_none or "no task is selected", width, Tone.MUTED)
        tab = TIMELINE if self.tab == OUTPUT else self.tab  # the output itself stands beside it
        return task_lines(tab, self._view, width, only_looks=self._only_looks)

    def _choose_place(self) -> None:
        view = self._view if self._wants_output else None
        if view is None:
            self.place = None
            return
        newest = view.live_iteration or view.item.iteration_count
        iteration = self._chosen_iteration or newest
        self.place = OutputPlace(view.item.task_id, iteration) if iteration else None

    def watch_place(self, before: OutputPlace | None, place: OutputPlace | None) -> None:
        """Another transcript takes the place of the one that is seen; one that takes its time finds
        it empty.
        """
        self._has_output = True
        if self._wants_output:
            if before is None or place is None:
                self.query_one(TranscriptView).start_over(())
            else:
                self.set_timer(_OUTDATED_S, partial(self._empty_unless_read, place))
        self.post_message(self.OutputWanted(place))

    def _empty_unless_read(self, place: OutputPlace) -> None:
        if place == self.place != self._read_place:
            self.query_one(TranscriptView).start_over(())

    def _draw_output_title(self) -> None:
        bar = self.query_one("#output-title", LineBar)
        if not self._shows_output or self._view is None:
            bar.set_lines([])
        elif self.place is None:
            bar.set_lines([line(("no output yet: no iteration has run", Tone.MUTED))])
        else:
            bar.set_lines([self._output_title(self._view, self.place.iteration)])

    def _output_title(self, view: TaskView, iteration: int) -> Line:
        is_live = iteration == view.live_iteration
        waits = " · waits for you" if view.item.state is TaskState.WAITING else ""
        state = (f"▶ live{waits}", Tone.BUSY) if is_live else ("■ over", Tone.MUTED)
        if not is_live and not self._has_output:
            state = ("■ over · no transcript is kept of this iteration", Tone.WARN)
        follows = " · G follow" * (self.tab == OUTPUT)
        hint = (f"  [ ] other iterations{follows}", Tone.MUTED)
        return line((f"iteration {iteration} ", Tone.STRONG), state, hint)


def _room(width: int, height: int) -> Room:
    if width >= _TWO_WIDE[0] and height >= _TWO_WIDE[1]:
        return Room.BESIDE
    return Room.BELOW if width >= _TWO_HIGH[0] and height >= _TWO_HIGH[1] else Room.ALONE


def task_lines(tab: int, view: TaskView, width: int, *, only_looks: bool = False) -> list[Line]:
    """What a tab about the task shows, with the keys for it unless one `only_looks`. Imported when
    first looked at: the first frame, which shows no task yet, comes earlier for it.
    """
    from aio_tui.widgets import evidence, records, timeline

    makers: dict[int, Callable[[TaskView, int], list[Line]]] = {
        TIMELINE: partial(timeline.timeline_lines, only_looks=only_looks),
        RALPH: evidence.verdict_lines,
        CHECKPOINTS: records.checkpoint_lines,
        KNOWLEDGE: records.knowledge_lines,
    }
    return makers[tab](view, width) if tab in makers else []


def _task_id(view: TaskView | None) -> str | None:
    return view.item.task_id if view else None


def tab_after(tab: int, step: int) -> int:
    """The tab `step` further, around the end."""
    return (tab - 1 + step) % len(TABS) + 1
