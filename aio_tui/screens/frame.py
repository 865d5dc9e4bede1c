"""A screen as a desk: keys come in, commands run, orders go out."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.events import DescendantFocus, Key

from aio_tui.burst import Burst, Commanded
from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import ALWAYS, key_of, with_always
from aio_tui.commands.leaving import goes_on_alone
from aio_tui.filtering import Field, FilterError, parse
from aio_tui.outcomes import named, settle, settled, told_of
from aio_tui.places import place_named
from aio_tui.screens.edges import EdgedScreen
from aio_tui.ways import by_key
from aio_tui.widgets.bars import key_line
from aio_tui.widgets.line import Line, line
from aio_tui.widgets.rows import LineView, RowView
from aio_tui.wording import Tone
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order
from engine.domain.settings import Settings
from engine.domain.work import WorkItem

ORDERS = "orders"
"""The workers that see through what was ordered."""
_TYPED_ON = "; what was typed after it is ignored"
LEFT = True
"""What the app returns when the run is to go on without it."""


class FrameScreen(EdgedScreen, Commanded):
    """Every screen of the cockpit is one. Implements `Desk`.

    A screen says `PLACE`, `OWN_COMMANDS`, `compose_body`, `read` and `show`; it may say `selected`
    and `question`, and gets the commands about them by naming their groups in `OWN_COMMANDS`.
    """

    OWN_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = ()
    """What can be done here besides what can be done everywhere."""
    ALL_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = ALWAYS

    def __init_subclass__(cls, **options: Any) -> None:
        if "OWN_COMMANDS" in cls.__dict__:
            cls.ALL_COMMANDS = with_always(cls.OWN_COMMANDS)
        cls.BINDINGS = cls._command_bindings()
        super().__init_subclass__(**options)

    @classmethod
    def _command_bindings(cls) -> list[BindingType]:
        return [
            Binding(key, f"command('{command.name}')", command.label, tooltip=command.help)
            for command in cls.ALL_COMMANDS
            for key in command.keys
        ]

    @classmethod
    def bind_commands(cls) -> None:
        """The commands have other keys now; holds for screens that are made from here on."""
        cls.BINDINGS = cls._command_bindings()
        cls._merged_bindings = cls._merge_bindings()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.burst = Burst()

    def ignore_paste(self) -> None:
        instead = "" if self.is_read_only else f"; press {key_of('steer')} for a note"
        self.say(f"a paste was ignored{instead}")

    def ignore_typed(self) -> None:
        if not self.told.text.endswith(_TYPED_ON):
            self.tell(line((f"{self.told.text}{_TYPED_ON}", Tone.WARN)))

    def key_line(self, width: int) -> Line:
        return key_line(self, width)

    def end_notice(self) -> None:
        """The first notice has been read by whoever presses a key."""
        if self._notice and self.told == line((self._notice, Tone.MUTED)):
            self.told = line((self.hint, Tone.MUTED))
        self._notice = ""

    @on(LineView.Pressed)
    def _press(self, event: LineView.Pressed) -> None:
        """What was clicked does what its key does."""
        if any(command.name == event.command for command in self.commands):
            self.end_notice()
            self.action_command(event.command)

    def action_command(self, name: str) -> None:
        """Run the command of this name, or say why it cannot be."""
        self._run(self._named(name))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is possible now; the key of anything else comes to `on_key`."""
        if action != "command":
            return True
        if self.app.screen is not self:
            return None
        return None if self._named(str(parameters[0])).obstacle_here(self) else True

    def on_key(self, event: Key) -> None:
        """Run the key's command, or say why it cannot be."""
        command = next((known for known in self.commands if event.key in known.keys), None)
        if command is not None:
            event.stop()
            self._run(command)

    def _named(self, name: str) -> AnyCommand:
        return next(command for command in self.commands if command.name == name)

    def _run(self, command: AnyCommand) -> None:
        obstacle = command.obstacle_here(self)
        if obstacle:
            self.tell(line((f"{command.label}: {obstacle}", Tone.WARN)))
            self.note_refused(command)
        else:
            command.run(self)
        self.key_at = time.monotonic()

    def note_refused(self, command: AnyCommand) -> None:
        """It was pressed and not done: what is typed on is meant for the line it asks for."""
        if command.asks_for_text:
            self.burst.note_refused(time.monotonic(), command.keys)

    # What commands see and ask for.

    @property
    def place(self) -> str:
        return self.PLACE

    @property
    def commands(self) -> Sequence[AnyCommand]:
        return self.ALL_COMMANDS

    @property
    def settings(self) -> Settings:
        return self._face.settings

    @property
    def active(self) -> RowView[Any]:
        """The rows that keys move in."""
        focused = self.focused
        if isinstance(focused, RowView):
            return focused
        rows = (each for each in self.query("*") if isinstance(each, RowView))
        return next(each for each in rows if each.can_focus)

    @property
    def selected(self) -> WorkItem | None:
        return None

    @property
    def question(self) -> Escalation | None:
        return None

    @property
    def checkpoint(self) -> int | None:
        return None

    @property
    def why_never_always(self) -> str:
        asked = self.question
        return self.around.never_always.get(asked.escalation_id, "") if asked else ""

    def draw_keys(self) -> None:
        super().draw_keys()
        asked, known = self.question, self.around.never_always
        if asked is not None and asked.escalation_id not in known and not self.is_read_only:
            known[asked.escalation_id] = ""
            self.run_worker(
                self._look_for_rule(asked.escalation_id),
                name="looking for a rule", group="always", exit_on_error=False,
            )  # fmt: skip

    async def _look_for_rule(self, escalation_id: EscalationId) -> None:
        """Find out whether a rule can answer the question for ever, so that no key promises it."""
        try:
            await self._face.always_rule(escalation_id)
        except EngineError as error:
            self.around.never_always[escalation_id] = error.told(by_key)
            super().draw_keys()

    def sign(self, name: str) -> str:
        return key_of(name, self.commands)

    @property
    def is_read_only(self) -> bool:
        return self.around.is_read_only

    @property
    def can_leave(self) -> bool:
        return self._face.is_embedded and goes_on_alone(self.overview)

    def give(self, *orders: Order) -> None:
        name = named(orders, self._asked)
        self.tell(line((f"… {name}", Tone.MUTED)))
        self._see_through(self._give(orders), name)

    def _see_through(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Do it to its end, also if the operator leaves this screen before: it is the app's."""
        self.app.run_worker(work, name=name, group=ORDERS, exit_on_error=False)

    async def _give(self, orders: Sequence[Order]) -> None:
        asked = self._asked
        self.tell(await settle(orders, self._face, by=self.around.operator, asked=asked))

    @property
    def _asked(self) -> Sequence[Escalation]:
        return self.overview.escalations if self.overview else ()

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
        self.open_later(self._show_rule(escalation_id, then), "reading the rule")

    def open_later(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Find out what a dialog or a screen is to show, and open it; keys wait for it."""
        opening = self.around.opening(work)
        self.run_worker(opening, name=name, group="opening", exit_on_error=False)

    async def _show_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None:
        try:
            then(await self._face.always_rule(escalation_id))
        except EngineError as error:
            self.say(f"always: {error.told(by_key)}")

    def undo(self) -> None:
        self.tell(line(("… undo", Tone.MUTED)))
        self._see_through(self._undo(), "undo")

    async def _undo(self) -> None:
        undoing = self._face.undo(by=self.around.operator)
        self.tell(told_of("undo", *await settled(undoing)))

    def take_over(self, task_id: TaskId) -> None:
        self.tell(line((f"… {task_id}: take over", Tone.MUTED)))
        self._see_through(self._take_over(task_id), "take over")

    async def _take_over(self, task_id: TaskId) -> None:
        from textual.app import SuspendNotSupported

        from aio_tui.shell import open_shell

        try:
            folder = await self._face.take(task_id, by=self.around.operator)
        except EngineError as error:
            self.tell(line((f"✗ {task_id}: take over failed: {error.told(by_key)}", Tone.BAD)))
            return
        hands_back = f"{key_of('hand_back')} hands it back to the agents"
        again = f"{hands_back}, {key_of('take_over')} opens the shell again"
        try:
            with self.app.suspend():
                await open_shell(folder, task_id, then=f"In the cockpit {hands_back}.")
        except (SuspendNotSupported, OSError) as error:
            self.say(f"no shell here ({error}). {task_id} is yours in {folder}; {again}")
        else:
            self.say(f"{task_id} is still yours: {again}")

    def hand_back(self, task_id: TaskId, note: str) -> None:
        self.tell(line((f"… {task_id}: hand back", Tone.MUTED)))
        self._see_through(self._hand_back(task_id, note), "hand back")

    async def _hand_back(self, task_id: TaskId, note: str) -> None:
        giving = self._face.hand_back(task_id, note, by=self.around.operator)
        is_applied, outcome = await settled(giving)
        subject = task_id if is_applied else f"{task_id}: hand back"
        self.tell(told_of(subject, is_applied, outcome))

    def say(self, text: str) -> None:
        self.tell(line((text, Tone.WARN)))

    def refuse(self, text: str) -> None:
        self.say(text)

    def move(self, step: int) -> None:
        self.active.move(step)

    def move_page(self, step: int) -> None:
        self.active.move_page(step)

    def move_to_end(self, *, is_last: bool) -> None:
        self.active.move_to_end(is_last=is_last)

    @property
    def why_nothing_opens(self) -> str:
        return "all that there is stands here"

    @on(DescendantFocus)
    def _name_keys_of_pane(self) -> None:
        """What can be opened may be another thing now."""
        if self.overview is not None:
            self.draw_keys()

    def open_selected(self) -> None:
        self.active.open()

    def go_back(self) -> None:
        if self.filter_words:
            self.filter_words = ""
        elif len(self.path) > 1:
            self.stop_reading()
            self.app.pop_screen()

    @property
    def hides_something(self) -> bool:
        return True  # the first screen, at last

    def go_to(self, place: str) -> None:
        """As `Desk`; of screens on the way here, Esc leads from there to where it led before."""
        subject = self.selected.task_id if self.selected else self.subject
        screens = [each for each in self.app.screen_stack if isinstance(each, FrameScreen)]
        known = next((screen for screen in screens if place == screen.PLACE), None)
        if known is None:
            screen = self.around.screen_at(place)(self.around, subject=subject)
            screen.begin_with(self.overview)
            screen.begin_at(self.past_iteration)
            self.app.push_screen(screen)
            return
        while self.app.screen is not known:
            self.app.pop_screen()
        known.come_back(subject)
        known.begin_at(self.past_iteration)

    @property
    def past_iteration(self) -> int | None:
        """An iteration of the task that is looked at, if it is not its newest."""
        return None

    def begin_at(self, iteration: int | None) -> None:
        """One came from a screen that shows this iteration of the task; None: how it is now."""

    def come_back(self, subject: TaskId | None) -> None:
        """It was gone to again, from a screen about this task."""
        if subject is not None:
            self.turn_to(subject)

    def turn_to(self, subject: TaskId) -> None:
        """Be about this task from now on, if the screen is about a task at all."""
        self.subject = subject
        self.read_again()

    def show_task(self, task_id: TaskId, iteration: int | None = None) -> None:
        """Open the task's own screen on top of this one, at the output of an iteration; Esc leads
        back here.
        """
        screen = self.around.screen_at("task")(self.around, subject=task_id)
        screen.begin_with(self.overview)
        screen.begin_at(iteration)
        self.app.push_screen(screen)

    def ask_search(self) -> None:
        self.ask("Search everything for", self._go_and_search, may_be_empty=False)

    def _go_and_search(self, text: str) -> None:
        self.go_to("search")
        self.app.screen.look_for(text)  # type: ignore[attr-defined]  # of that screen

    def set_filter(self, words: str) -> None:
        try:
            parse(words, self.FIELDS)
        except FilterError as error:
            self.say(f"filter: {error}")
        else:
            self.filter_words = words

    @property
    def fields(self) -> Sequence[Field]:
        return self.FIELDS

    def ask_filter(self) -> None:
        from aio_tui.screens.filter_dialog import FilterScreen

        screen = FilterScreen(self.filter_words, self.FIELDS)
        self.app.push_screen(
            screen, lambda words: None if words is None else self.set_filter(words)
        )

    def show_views(self) -> None:
        from aio_tui.screens.views import offer_views

        self.open_later(offer_views(self), "reading the views")

    def show_help(self) -> None:
        from aio_tui.screens.help import HelpScreen

        title = f"Keys · {place_named(self.PLACE).title}"
        self.app.push_screen(HelpScreen(title, self.commands, only_looks=self.is_read_only))

    def show_tour(self) -> None:
        from aio_tui.screens.reader import ReaderScreen
        from aio_tui.tour import tour_lines

        lines = partial(tour_lines, only_looks=self.is_read_only)
        self.app.push_screen(ReaderScreen("A tour of one minute", lines))

    def show_palette(self) -> None:
        self.app.action_command_palette()

    def show_themes(self) -> None:
        from aio_tui.looks import Wearer
        from aio_tui.screens.look_choice import choose_looks

        choose_looks(self, cast("Wearer", self.app))

    def quit(self) -> None:
        self.app.exit()

    def leave(self) -> None:
        self.app.exit(LEFT)

    def step_aside(self) -> None:
        from aio_tui.driver import TerminalDriver  # late: only a real terminal has one

        driver = self.app._driver  # noqa: SLF001  there is no public way
        if not (isinstance(driver, TerminalDriver) and driver.step_aside()):
            self.say(f"no shell waits for this cockpit; {key_of('leave')} leaves it running")
