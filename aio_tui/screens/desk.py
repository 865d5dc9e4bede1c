"""The main screen: queue, details, and the desk at which commands work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key, Resize
from textual.geometry import Region
from textual.reactive import var
from textual.screen import Screen
from textual.strip import Strip
from textual.worker import Worker, WorkerState

from aio_tui.bridge import Bridge, OutputPlace, OutputRead, Refreshed
from aio_tui.commands import COMMANDS, Command, command_named
from aio_tui.widgets.bars import header_lines, key_line, terminal_title, told_lines
from aio_tui.widgets.covered import Covered, blank_lines
from aio_tui.widgets.detail import CHECKPOINTS, TIMELINE, Detail, tab_after
from aio_tui.widgets.line import Line, line
from aio_tui.widgets.queue_list import QueueList, column_titles, queue_rows
from aio_tui.widgets.rows import SCREEN_CLASSES, LineBar, RowView
from aio_tui.wording import Tone
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation
from engine.domain.ids import TaskId
from engine.domain.orders import ApproveEscalation, DenyEscalation, Order, OrderStatus
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace, Overview, TaskView

_HINT = "? shows all keys"
_HEADINGS_FROM = 24
"""Rows that the queue must have before group names are worth a row each."""


class DeskScreen(Screen[None]):
    """What the operator works at. Implements `Desk`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = SCREEN_CLASSES
    AUTO_FOCUS = "#queue"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012  as the base has it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"command('{command.name}')", command.label, tooltip=command.help)
        for command in COMMANDS
        for key in command.keys
    ]

    overview: var[Overview | None] = var(None, init=False)
    view: var[TaskView | None] = var(None, init=False)
    filter_words: var[str] = var("", init=False)
    told: var[Line] = var(line, init=False)
    """What the status line shows."""

    def __init__(
        self,
        face: EngineFace,
        *,
        operator: str,
        notice: str,
        now: Callable[[], datetime],
        set_title: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._set_title = set_title
        self._answered: TaskId | None = None
        """The selected task, if its question has just been answered."""
        self._face = face
        self._operator = operator
        self._notice = notice
        self._now = now
        self._bridge = Bridge(face, self.post_message)

    def compose(self) -> ComposeResult:
        yield LineBar(id="header")
        with Covered(id="body"):
            with Covered(id="left"):
                yield LineBar(id="titles")
                yield QueueList(id="queue")
            yield Detail(self._now, id="detail")
        yield LineBar(id="status")
        yield LineBar(id="keys")

    def render_lines(self, crop: Region) -> list[Strip]:
        return blank_lines(self, crop)

    def on_mount(self) -> None:
        self._draw_header()
        self._draw_keys()
        self.told = line((self._notice or _HINT, Tone.MUTED))
        self.call_after_refresh(self._start_reading)
        self.set_interval(1.0, self._tick)

    def _start_reading(self) -> None:
        self.run_worker(self._bridge.follow_facts(), name="reading the queue", exit_on_error=False)

    # Facts come in, values go to the widgets.

    @on(Refreshed)
    def _take_refreshed(self, event: Refreshed) -> None:
        self.view = event.view
        self.overview = event.overview

    @on(OutputRead)
    def _take_output(self, event: OutputRead) -> None:
        self._detail.take_output(event)

    def watch_overview(self) -> None:
        self._draw_queue()
        self._draw_header()
        self._show_view()

    def watch_view(self) -> None:
        self._show_view()

    def watch_filter_words(self) -> None:
        self._draw_queue()

    def watch_told(self, told: Line) -> None:
        self._draw_told()

    def _draw_told(self) -> None:
        lines = told_lines(self.told, max(self.size.width - 2, 2))
        self.query_one("#status", LineBar).set_lines(lines)

    def _show_view(self) -> None:
        self._detail.refresh_from(self.overview, self.view)
        self._bridge.live_place = None
        if self.view is not None and self.view.live_iteration is not None:
            item = self.view.item
            self._bridge.live_place = OutputPlace(item.task_id, self.view.live_iteration)
        self._draw_keys()

    @on(QueueList.Resized)
    def _draw_queue(self) -> None:
        if self.overview is None:
            return
        queue, before = self._queue, self._queue.cursor
        queue.set_rows(
            queue_rows(
                self.overview,
                self._now(),
                words=self.filter_words,
                with_headings=queue.size.height >= _HEADINGS_FROM,
            )
        )
        self._leave_answered(before or 0)
        self._draw_titles()

    def _leave_answered(self, before: int) -> None:
        """Once the answered task goes on, to the next that needs the operator; the cursor stands
        on row `before` of the screen if there is none.
        """
        if self._answered is None or self._queue.task_id != self._answered:
            self._answered = None
        elif not self._queue.needs_you:
            self._answered = None
            self._queue.select_needing(before)

    def _draw_titles(self) -> None:
        lines = [column_titles(self._queue.size.width)]
        if self.filter_words:
            shown = sum(row.item is not None for row in self._queue.rows)
            lines.insert(0, line((f"filter: {self.filter_words} ({shown} shown)", Tone.WARN)))
        self.query_one("#titles", LineBar).set_lines(lines)

    def _draw_header(self) -> None:
        lines = header_lines(self._face.settings.project, self.overview, self.size.width - 2)
        self.query_one("#header", LineBar).set_lines(lines)
        self._set_title(terminal_title(self._face.settings.project, self.overview))

    def _draw_keys(self) -> None:
        self.query_one("#keys", LineBar).set_lines([key_line(self, self.size.width - 2)])

    def _tick(self) -> None:
        self._queue.tick(self._now())
        self._detail.tick()

    @on(Resize)
    def _fit(self) -> None:
        self._draw_header()
        self._draw_told()
        self._draw_keys()
        if self.overview is not None:
            self.refresh()

    @on(RowView.Selected, "#queue")
    def _look_at_selected(self) -> None:
        self._bridge.task_id = self._queue.task_id
        self.run_worker(
            self._bridge.read_task,  # type: ignore[arg-type]  # no kind of coroutine fits
            name="reading the task", group="task", exclusive=True, exit_on_error=False,
        )  # fmt: skip

    @on(Detail.OutputWanted)
    def _read_output(self, event: Detail.OutputWanted) -> None:
        self.workers.cancel_group(self, "output")
        if event.place is not None:
            self.run_worker(
                partial(self._bridge.follow_output, event.place),  # type: ignore[arg-type]  # as above
                name="reading the output", group="output", exclusive=True, exit_on_error=False,
            )  # fmt: skip

    @on(Detail.TabChanged)
    def _follow_tab(self) -> None:
        if self._queue.has_focus is False:
            self._detail.active.focus()
        self._draw_keys()

    @on(Worker.StateChanged)
    def _show_failure(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.told = line((f"✗ {event.worker.name} failed: {event.worker.error}", Tone.BAD))

    # Keys come in, commands run.

    def end_notice(self) -> None:
        """The first notice has been read by whoever presses a key."""
        if self._notice and self.told == line((self._notice, Tone.MUTED)):
            self.told = line((_HINT, Tone.MUTED))
        self._notice = ""

    def action_command(self, name: str) -> None:
        """Run the command of this name, or say why it cannot be."""
        self._run(command_named(name))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is possible now; the key of anything else comes to `on_key`."""
        if action != "command":
            return True
        if self.app.screen is not self:
            return None
        return None if command_named(str(parameters[0])).obstacle(self) else True

    def on_key(self, event: Key) -> None:
        """Run the key's command, or say why it cannot be. A key that came while the one before it
        was opening a dialog is passed on to that.
        """
        if self.app.screen is not self:
            event.stop()
            self.app.post_message(Key(event.key, event.character))
            return
        command = next((known for known in COMMANDS if event.key in known.keys), None)
        if command is not None:
            event.stop()
            self._run(command)

    def _run(self, command: Command) -> None:
        obstacle = command.obstacle(self)
        if obstacle:
            self.told = line((f"{command.label}: {obstacle}", Tone.WARN))
        else:
            command.run(self)

    # What commands see and ask for.

    @property
    def _queue(self) -> QueueList:
        return self.query_one("#queue", QueueList)

    @property
    def _detail(self) -> Detail:
        return self.query_one("#detail", Detail)

    @property
    def _active(self) -> RowView[object]:
        return self._queue if self._queue.has_focus else self._detail.active  # type: ignore[return-value]  # rows of either kind

    @property
    def selected(self) -> WorkItem | None:
        queue = self._queue
        row = queue.rows[queue.cursor] if queue.task_id and queue.cursor is not None else None
        return row.item if row else None

    @property
    def question(self) -> Escalation | None:
        return self._detail.question

    @property
    def is_quit_harmful(self) -> bool:
        is_working = self.overview is not None and self.overview.working > 0
        return self._face.is_embedded and is_working

    def give(self, order: Order) -> None:
        if isinstance(order, ApproveEscalation | DenyEscalation):
            self._answered = self.question.task_id if self.question else None
        self.told = line((f"… {_name_of(order)}", Tone.MUTED))
        self.run_worker(
            self._give(order), name=_name_of(order), group="orders", exit_on_error=False
        )

    async def _give(self, order: Order) -> None:
        try:
            record = await self._face.give(order, by=self._operator)
        except EngineError as error:
            self.told = line((f"✗ {_name_of(order)} failed: {error}", Tone.BAD))
            return
        is_applied = record.status is OrderStatus.APPLIED
        mark, tone = ("✓", Tone.GOOD) if is_applied else ("✗", Tone.BAD)
        words = f"{mark} {_name_of(order)} {record.status.value}: {record.outcome}"
        self.told = line((words, tone))

    def ask(
        self, question: str, then: Callable[[str], None], *, default: str = "", may_be_empty: bool
    ) -> None:
        from aio_tui.screens.dialogs import AskScreen

        screen = AskScreen(question, default=default, may_be_empty=may_be_empty)
        self.app.push_screen(screen, lambda answer: None if answer is None else then(answer))

    def choose(
        self, question: str, options: Sequence[tuple[str, str]], then: Callable[[str], None]
    ) -> None:
        from aio_tui.screens.dialogs import ChooseScreen

        screen = ChooseScreen(question, options)
        self.app.push_screen(screen, lambda answer: None if answer is None else then(answer))

    def say(self, text: str) -> None:
        self.told = line((text, Tone.WARN))

    def move(self, step: int) -> None:
        self._active.move(step)

    def move_page(self, step: int) -> None:
        self._active.move_page(step)

    def move_to_end(self, *, is_last: bool) -> None:
        self._active.move_to_end(is_last=is_last)

    def open_selected(self) -> None:
        if self._queue.has_focus:
            self.switch_pane()
        else:
            self._detail.active.open()

    @on(RowView.Opened, "#pane")
    def _open_row(self, event: RowView.Opened) -> None:
        if not isinstance(event.key, int) or self.view is None:
            return
        if self._detail.tab == TIMELINE:
            self._detail.show_iteration(event.key)
        elif self._detail.tab == CHECKPOINTS:
            reading = self._read_session(self.view.item.task_id, event.key)
            self.run_worker(
                reading, name="reading the session file", group="session", exit_on_error=False
            )

    async def _read_session(self, task_id: TaskId, checkpoint: int) -> None:
        from aio_tui.screens.reader import ReaderScreen, text_lines

        text = await self._face.session_text(task_id, checkpoint)
        title = f"session state of {task_id}, checkpoint {checkpoint}"
        self.app.push_screen(ReaderScreen(title, text_lines(text)))

    def go_back(self) -> None:
        if self._queue.has_focus:
            self.filter_words = ""
        else:
            self._queue.focus()
        self.remove_class("-zoomed")

    def switch_pane(self) -> None:
        is_to_detail = self._queue.has_focus
        (self._detail.active if is_to_detail else self._queue).focus()
        self.set_class(is_to_detail, "-zoomed")

    def show_tab(self, number: int) -> None:
        self._detail.tab = number

    def turn_tab(self, step: int) -> None:
        self._detail.tab = tab_after(self._detail.tab, step)

    def turn_page(self, step: int) -> None:
        self._detail.turn(step)

    def set_filter(self, words: str) -> None:
        self.filter_words = words

    def show_help(self) -> None:
        from aio_tui.screens.reader import ReaderScreen, help_lines

        self.app.push_screen(ReaderScreen("Keys", help_lines))

    def show_palette(self) -> None:
        self.app.action_command_palette()

    def show_themes(self) -> None:
        self.app.search_themes()

    def quit(self) -> None:
        self.app.exit()


def _name_of(order: Order) -> str:
    return order.kind.replace("_", " ")
