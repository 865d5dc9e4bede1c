"""The desk of plain mode: commands of the cockpit run at it, and what they show is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from aio_tui.commands.base import AnyCommand
from aio_tui.commands.leaving import goes_on_alone
from aio_tui.filtering import Field, FilterError, parse
from aio_tui.plain import reading, telling
from aio_tui.plain.asking import Asking
from aio_tui.plain.change import Change, change_texts, read_change
from aio_tui.plain.doing import Doing, Reading
from aio_tui.plain.drafts import Drafts
from aio_tui.plain.guide import tour_texts
from aio_tui.plain.words import PLAIN, by_word, meant, understood, word_of
from aio_tui.widgets.queue_fields import QUEUE_FIELDS, queue_fields
from aio_tui.wording import has_work
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace, Overview, TaskView

NO_TASK = "no task is selected: 'select TASK' selects one, 'tasks' lists them"
_VERDICT_FIRST = frozenset({TaskState.BLOCKED, TaskState.FAILED})
_TIMELINE, _OUTPUT, _RALPH, _CHECKPOINTS, _KNOWLEDGE, _INBOX = range(1, 7)
_PROMPT, _TOOLS, _SESSION = 2, 3, 6
"""Parts of an iteration."""


class PlainDesk(Asking, Drafts):
    """Implements `LinesDesk`, `ReviewDesk`, and what tabs and parts need of their desks.

    Args:
        face: the engine.
        now: the present.
        doing: does what takes time, and writes.
        is_read_only: whether no orders can be given.
    """

    place = "plain"
    filter_words = ""
    checkpoint: int | None = None
    why_never_always = ""
    why_nothing_opens = ""
    fields: Sequence[Field] = ()

    def __init__(
        self, face: EngineFace, *, now: Callable[[], datetime], doing: Doing, is_read_only: bool
    ) -> None:
        super().__init__(doing.tell)
        self.is_read_only = is_read_only
        self._face = face
        self._now = now
        self._doing = doing
        self.show_rule = doing.show_rule
        self.undo = doing.undo
        self.take_over = doing.take_over
        self.hand_back = doing.hand_back
        self.step_aside = doing.step_aside
        self.switch_news = doing.switch_news
        self.overview: Overview | None = None
        self.told_questions: set[EscalationId] = set()
        """Those that the operator has heard of: no answer goes to another one."""
        self._task_id: TaskId | None = None
        self._question_id: EscalationId | None = None

    @property
    def commands(self) -> Sequence[AnyCommand]:
        return PLAIN

    @property
    def settings(self) -> Settings:
        return self._face.settings

    def sign(self, name: str) -> str:
        """The word for it, which plain mode has for all that it speaks of."""
        return word_of(name)

    @property
    def tasks(self) -> Sequence[WorkItem]:
        return self.overview.tasks if self.overview is not None else ()

    @property
    def open_questions(self) -> Sequence[Escalation]:
        """Of all tasks, the most severe first."""
        return self.overview.escalations if self.overview is not None else ()

    @property
    def selected(self) -> WorkItem | None:
        return next((item for item in self.tasks if item.task_id == self._task_id), None)

    @property
    def question(self) -> Escalation | None:
        """The named one, or that of the selected task; with none selected, the only one."""
        if self._task_id is None:
            return self.open_questions[0] if len(self.open_questions) == 1 else None
        of_task = [one for one in self.open_questions if one.task_id == self._task_id]
        named = [one for one in of_task if one.escalation_id == self._question_id]
        return next(iter(named or of_task), None)

    @property
    def can_leave(self) -> bool:
        return self._face.is_embedded and goes_on_alone(self.overview)

    @property
    def names(self) -> list[str]:
        """Whatever `select` knows."""
        ids = [str(item.task_id) for item in self.tasks]
        return [*ids, *(str(one.escalation_id) for one in self.open_questions)]

    def select(self, word: str) -> bool:
        """Select the task that `word` names, or the question `word` with its task; whether any is.
        Capitals may be written small where that is plain enough.
        """
        small = [name for name in self.names if name.casefold() == word.casefold()]
        name = word if word in self.names else small[0] if len(small) == 1 else None
        if name is None:
            return False
        asked = next((one for one in self.open_questions if one.escalation_id == name), None)
        self._question_id = asked.escalation_id if asked else None
        self._task_id = asked.task_id if asked else TaskId(name)
        return True

    def select_told(self) -> None:
        item = self.selected
        if item is None:
            self.refuse(NO_TASK)
            return
        told = telling.task_line(item, self.overview, self._now())
        self.say(f"selected {told}")

    # What commands ask for.

    def give(self, *orders: Order) -> None:
        self._doing.give(orders)

    def show_help(self) -> None:
        known = [each for each in PLAIN if not (self.is_read_only and each.is_order)]
        about, self.words = self.words, ""
        if not about:
            self._doing.tell_by_pages(telling.help_texts(known))
            return
        order = understood(about)
        if order is not None and order.command in known:
            self._doing.tell(telling.command_texts(order.command))
        else:
            self.refuse(unknown_words(about))

    def show_tour(self) -> None:
        self._doing.tell(tour_texts(only_looks=self.is_read_only))

    def tell_status(self) -> None:
        texts = telling.status_texts(self.overview, self._now(), only_looks=self.is_read_only)
        self._doing.tell(list(texts))
        self.note_told()

    def note_told(self) -> None:
        """The operator has heard of every open question."""
        self.told_questions |= {one.escalation_id for one in self.open_questions}

    def tell_more(self) -> None:
        word, self.words = self.words, ""
        if word not in ("", "all"):
            self.refuse(f"'more' takes 'all' or nothing, and no {word!r}")
            return
        self._doing.tell_more(is_all=word == "all")

    def open_selected(self) -> None:
        item = self.selected
        if item is None:
            self.list_tasks()
        elif any(one.task_id == item.task_id for one in self.open_questions):
            self.show_tab(_INBOX)
        elif item.state is TaskState.COMPLETED and has_work(item):
            self.go_to("review")
        else:
            self.show_tab(_RALPH if item.state in _VERDICT_FIRST else _TIMELINE)

    def list_tasks(self) -> None:
        """All tasks, or those that the words behind the command mean."""
        words, self.words = self.words, ""
        overview, now = self.overview, self._now()
        if overview is None or not overview.tasks:
            self.say("the queue is empty: 'aio-tui task add' fills it")
            return
        try:
            wanted = parse(words, QUEUE_FIELDS)
        except FilterError as error:
            self.refuse(str(error))
            return
        found = [each for each in self.tasks if wanted.holds(queue_fields(each, overview, now))]
        if not found:
            self.say(f"none of {len(self.tasks)} tasks fits {words!r}")
            return
        self._doing.tell_by_pages(telling.tasks_texts(found, overview, now))

    def go_back(self) -> None:
        self._task_id = self._question_id = None
        self.say("no task is selected now")

    @property
    def hides_something(self) -> bool:
        return self._task_id is not None

    def move(self, step: int) -> None:
        """The next task is the selected one."""
        ids = [item.task_id for item in self.tasks]
        if not ids:
            self.say("the queue is empty")
            return
        at = ids.index(self._task_id) + step if self._task_id in ids else 0
        if not 0 <= at < len(ids):
            self.say(f"this is the {'last' if step > 0 else 'first'} task")
        self._select_at(min(max(at, 0), len(ids) - 1))

    def move_to_end(self, *, is_last: bool) -> None:
        if self.tasks:
            self._select_at(-1 if is_last else 0)
        else:
            self.say("the queue is empty")

    def _select_at(self, number: int) -> None:
        self._task_id, self._question_id = self.tasks[number].task_id, None
        self.select_told()

    # What is read.

    def show_tab(self, number: int) -> None:
        if number == _INBOX:
            self._read_questions(self.question if self._task_id is not None else None)
            self.note_told()
        elif number == _OUTPUT:
            self._read_iteration(reading.output_texts)
        elif number == _RALPH:
            self._read_iteration(_verdict)
        elif number == _CHECKPOINTS:
            self._read_iteration(lambda _, view, __: _at_once(telling.checkpoint_texts(view)))
        else:
            self._read_iteration(
                lambda _, view, __: _at_once(
                    telling.task_texts(view, number, only_looks=self.is_read_only)
                )
            )

    def _read_questions(self, about: Escalation | None) -> None:
        overview, now, only_looks = self.overview, self._now(), self.is_read_only
        tell = partial(telling.question_texts, overview, now, only_looks=only_looks, about=about)
        if only_looks or not self.open_questions:
            self._doing.tell_by_pages(tell())
        else:
            self._doing.read(self._with_rules(tell, [about] if about else self.open_questions))

    async def _with_rules(
        self, tell: Callable[..., list[str]], questions: Sequence[Escalation]
    ) -> list[str]:
        """Told so that no word promises a rule where none can be made."""
        never: set[EscalationId] = set()
        for asked in questions:
            try:
                await self._face.always_rule(asked.escalation_id)
            except EngineError:
                never.add(asked.escalation_id)
        return tell(never_always=never)

    def show_part(self, number: int) -> None:
        parts = {
            _PROMPT: reading.prompt_texts,
            _TOOLS: reading.tools_texts,
            _SESSION: reading.session_texts,
        }
        self._read_iteration(parts[number])

    def _read_iteration(self, read: Callable[[EngineFace, TaskView, int | None], Reading]) -> None:
        word, self.words = self.words, ""
        if self._task_id is None:
            self.refuse(NO_TASK)
        elif word and not word.isdecimal():
            self.refuse(f"{word!r} is no number of an iteration")
        else:
            self._doing.read(self._with_view(self._task_id, int(word) if word else None, read))

    async def _with_view(
        self,
        task_id: TaskId,
        iteration: int | None,
        read: Callable[[EngineFace, TaskView, int | None], Reading],
    ) -> Sequence[str]:
        return await read(self._face, await self._face.task_view(task_id), iteration)

    def go_to(self, place: str) -> None:
        words, self.words = self.words, ""
        face, task_id = self._face, self._task_id
        match place:
            case "task":
                self.show_tab(_TIMELINE)
            case "review" if task_id is not None:
                self._doing.read(self._read_change(task_id, words))
            case "review":
                self.refuse(NO_TASK)
            case "decisions":
                self._doing.read(reading.decisions_texts(face, task_id if self._is_named else None))
            case "report":
                self._doing.read(reading.report_texts(face, words, self._now(), by_word))
            case "metrics":
                self._doing.read(reading.metrics_texts(face, self.overview))
            case "log":
                self._doing.read(reading.log_texts(face))
            case "config":
                self._doing.read(reading.config_texts(face))
            case _:
                self._doing.read(reading.knowledge_texts(face, words))

    _is_named = False
    """Whether a task was named behind the command that is run."""

    def note_named(self, is_named: bool) -> None:
        """Whether the command that comes was given a task."""
        self._is_named = is_named

    async def _read_change(self, task_id: TaskId, wanted: str) -> Sequence[str]:
        change: Change = await read_change(self._face, task_id, wanted)
        self.note_change(change)
        return list(change_texts(change, only_looks=self.is_read_only))

    def ask_search(self) -> None:
        self.ask(
            "Search all tasks, decisions, knowledge and transcripts for which words?",
            lambda words: self._doing.read(reading.search_texts(self._face, words)),
            may_be_empty=False,
        )

    def quit(self) -> None:
        self._doing.leave(False)

    def leave(self) -> None:
        self._doing.leave(True)


async def _at_once(texts: Sequence[str]) -> Sequence[str]:
    return texts


async def _verdict(_: EngineFace, view: TaskView, iteration: int | None) -> Sequence[str]:
    return reading.verdict_texts(view, iteration)


def unknown_words(text: str) -> str:
    """That no command begins so, and which may have been meant."""
    word = text.split()[0][:80]
    likely = meant(text)
    if likely:
        return f"there is no command {word!r}: did you mean {' or '.join(map(repr, likely))}?"
    return f"there is no command {word!r}: 'help' lists them"
