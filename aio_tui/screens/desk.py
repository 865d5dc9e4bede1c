"""The main screen as a desk: keys come in, commands run, orders go out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.events import Key

from aio_tui.burst import Burst, Commanded
from aio_tui.commands import COMMANDS, Command, command_named
from aio_tui.commands.run import at_stake
from aio_tui.screens.orders import name_of, settle
from aio_tui.screens.queue_screen import HINT, QueueScreen
from aio_tui.widgets.bars import key_line
from aio_tui.widgets.detail import CHECKPOINTS, TIMELINE, tab_after
from aio_tui.widgets.line import Line, line
from aio_tui.widgets.rows import RowView
from aio_tui.wording import Tone
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import (
    ApproveEscalation,
    DenyEscalation,
    MergeTask,
    Order,
    OverrideVerdict,
)
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace

LEFT = True
"""What the app returns when the run is to go on without it."""


class DeskScreen(QueueScreen, Commanded):
    """What the operator works at. Implements `Desk`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"command('{command.name}')", command.label, tooltip=command.help)
        for command in COMMANDS
        for key in command.keys
    ]

    def __init__(
        self,
        face: EngineFace,
        *,
        operator: str,
        notice: str,
        now: Callable[[], datetime],
        set_title: Callable[[str], None],
    ) -> None:
        super().__init__(face, notice=notice, now=now, set_title=set_title)
        self._operator = operator
        self.burst = Burst()

    def ignore_paste(self) -> None:
        self.say("a paste was ignored; press n for a note")

    def key_line(self, width: int) -> Line:
        return key_line(self, width)

    def end_notice(self) -> None:
        """The first notice has been read by whoever presses a key."""
        if self._notice and self.told == line((self._notice, Tone.MUTED)):
            self.told = line((HINT, Tone.MUTED))
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
        is_working = self.overview is not None and at_stake(self.overview) > 0
        return self._face.is_embedded and is_working

    def give(self, *orders: Order) -> None:
        selected, duty = self.selected, self._queue.duty
        if (
            selected
            and duty is not None
            and any(self._deals_with(selected.task_id, order) for order in orders)
        ):
            self._dealt_with = selected.task_id, duty
        name = name_of(orders)
        self.told = line((f"… {name}", Tone.MUTED))
        self.run_worker(self._give(orders), name=name, group="orders", exit_on_error=False)

    def _deals_with(self, task_id: TaskId, order: Order) -> bool:
        match order:
            case ApproveEscalation() | DenyEscalation():
                return self.question is not None and self.question.task_id == task_id
            case MergeTask() | OverrideVerdict():
                return order.task_id == task_id
            case _:
                return False

    async def _give(self, orders: Sequence[Order]) -> None:
        self.told = await settle(orders, self._face, by=self._operator)

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

    def show_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None:
        self.run_worker(
            self._show_rule(escalation_id, then),
            name="reading the rule",
            group="rule",
            exit_on_error=False,
        )

    async def _show_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None:
        try:
            then(await self._face.always_rule(escalation_id))
        except EngineError as error:
            self.say(f"always: {error}")

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

    def leave(self) -> None:
        self.app.exit(LEFT)
