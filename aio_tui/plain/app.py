"""Plain mode: facts are printed as they come, lines that are typed are commands.

It stands where `Cockpit` stands: a guest of the engine, with the same face and the same orders.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aio_tui.cli.story import sentence
from aio_tui.looks import Looks
from aio_tui.outcomes import named, settle, settled, told_of
from aio_tui.plain.desk import PlainDesk, unknown_words
from aio_tui.plain.doing import Reading
from aio_tui.plain.lines import INTERRUPT, STOP, LineReader, Refused
from aio_tui.plain.obeying import why_not
from aio_tui.plain.outlet import PATIENCE_S, Outlet
from aio_tui.plain.speech import said
from aio_tui.plain.telling import asked_line, needs_operator, run_line, what_next
from aio_tui.plain.words import by_word, understood, word_of
from aio_tui.plain.writing import Writer
from aio_tui.widgets.line import Line
from aio_tui.wording import end_words, run_sign
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation
from engine.domain.facts import EscalationRaised, JournalEntry, WarningRaised
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order
from engine.ports.cockpit import EngineFace, Overview, RunState

_PULSE_S = 1.5
_ANSWERED_WITHIN_S = 2.0
"""A line that is typed waits so long for what the one before asked for: halting must not wait."""
_WRITTEN_WITHIN_S = 2.0
"""A terminal that takes nothing keeps nobody from going on for longer than that."""
_LOOK_EVERY_S = 0.2
"""At whether the terminal is back from another job."""
_ANSWERS = frozenset({"y", "n"})
"""They may be left over from a command that was refused, and mean no command by themselves."""
_WELCOME = (
    "'help' lists the commands, 'status' says what waits for you, 'tasks' lists the tasks",
    "Ctrl+D leaves, and the run goes on",
)


class PlainApp:
    """Shows the engine behind `face` as lines and gives it the orders of `operator`."""

    return_code = 0

    def __init__(
        self,
        face: EngineFace,
        *,
        operator: str,
        notice: str = "",
        now: Callable[[], datetime],
        looks: Looks,
        read: LineReader | None = None,
        write: Callable[[str], object] | None = None,
        is_read_only: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._face = face
        self._operator = operator
        self._notice = notice
        self._now = now
        self._writer = Writer(1)
        write = write or self._writer.write
        self._lines = read or LineReader(sys.stdin.fileno(), write if _is_seen() else None)
        self._ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._group = asyncio.TaskGroup()
        self._works: set[asyncio.Task[None]] = set()
        self._told_run = ""
        self._warnings: tuple[str, ...] = ()
        self._announced: set[EscalationId] = set()
        self._tells_all = True
        self._fault = ""
        self.desk = PlainDesk(face, now=now, doing=self, is_read_only=is_read_only)
        self._outlet = Outlet(
            write, looks.glyphs, self._lines, self.desk.question_texts, patience_s=patience_s
        )
        self._lines.on_key = self._outlet.settle

    @property
    def has_refused(self) -> bool:
        """Whether a line of a script was not obeyed: who types is told, and needs no exit code."""
        return self.desk.refused > 0 and not self._lines.is_terminal

    @property
    def is_left(self) -> bool:
        """Whether the operator wants the run to go on without it."""
        return self._ended.done() and self._ended.result()

    def exit(self) -> None:
        """End it."""
        self.leave(False)

    # What the desk wants done, as `Doing` has it.

    def tell(self, texts: Sequence[str] | str) -> None:
        """Print lines; a single one comes from elsewhere, and tears nothing apart."""
        if isinstance(texts, str):
            self._outlet.tell_news([texts])
        else:
            self._outlet.tell(texts)

    def _say(self, text: str) -> None:
        """Print a line now: it answers."""
        self._outlet.tell([text])

    def tell_by_pages(self, texts: Sequence[str]) -> None:
        self._outlet.tell_by_pages(texts)

    def tell_more(self, *, is_all: bool) -> None:
        self._outlet.tell_more(is_all=is_all)

    def switch_news(self) -> None:
        self._tells_all = not self._tells_all
        told = "everything" if self._tells_all else "only what needs you"
        other = "only what needs you" if self._tells_all else "everything"
        self._say(f"{told} is told from now on; 'news' again: {other}")

    def leave(self, goes_on: bool) -> None:
        if not self._ended.done():
            self._ended.set_result(goes_on)

    def read(self, reading: Reading) -> None:
        self._start(self._read(reading))

    async def _read(self, reading: Reading) -> None:
        try:
            self.tell_by_pages(await reading)
        except EngineError as error:
            self.desk.refuse(error.told(by_word))

    def give(self, orders: Sequence[Order]) -> None:
        self._start(self._settle(orders))

    async def _settle(self, orders: Sequence[Order]) -> None:
        asked = self.desk.open_questions
        self._say(f"{named(orders, asked)} ...")
        self._tell_outcome(
            await settle(orders, self._face, by=self._operator, asked=asked, sign=word_of)
        )

    def undo(self) -> None:
        self._start(self._take_back())

    async def _take_back(self) -> None:
        undoing = self._face.undo(by=self._operator)
        self._tell_outcome(told_of("undo", *await settled(undoing, word_of)))

    def _tell_outcome(self, outcome: Line) -> None:
        """With a word where the cockpit has a sign."""
        told = said(outcome.text[2:])
        if outcome.text.startswith("✗"):
            self.desk.refuse(f"not done: {told}")
        else:
            self._say(f"done: {told}")

    def show_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None:
        self._start(self._read_rule(escalation_id, then))

    async def _read_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None:
        try:
            then(await self._face.always_rule(escalation_id))
        except EngineError as error:
            self.desk.refuse(f"always: {error.told(by_word)}")

    def take_over(self, task_id: TaskId) -> None:
        self._start(self._take_over(task_id))

    async def _take_over(self, task_id: TaskId) -> None:
        from aio_tui.shell import open_shell  # late: few take a task over

        try:
            folder = await self._face.take(task_id, by=self._operator)
        except EngineError as error:
            self.desk.refuse(f"{task_id}: take over failed: {error.told(by_word)}")
            return
        hands_back = f"'hand back {task_id}' hands it back to the agents"
        again = f"{hands_back}, 'take over {task_id}' opens the shell again"
        if not self._lines.is_terminal:
            self._say(f"no shell without a terminal: {task_id} is yours in {folder}; {hands_back}")
            return
        await self._writer.flush(_WRITTEN_WITHIN_S)
        self._lines.lend_terminal()
        try:
            await open_shell(folder, task_id, then=f"In plain mode {hands_back}.")
        except OSError as error:
            self._say(f"no shell here ({error}). {task_id} is yours in {folder}; {again}")
        else:
            self._say(f"{task_id} is still yours: {again}")
        finally:
            self._lines.take_terminal_back()
            self._outlet.settle()

    def hand_back(self, task_id: TaskId, note: str) -> None:
        self._start(self._hand_back(task_id, note))

    async def _hand_back(self, task_id: TaskId, note: str) -> None:
        giving = self._face.hand_back(task_id, note, by=self._operator)
        is_applied, outcome = await settled(giving, word_of)
        self._tell_outcome(told_of(f"{task_id}: hand back", is_applied, outcome))

    def step_aside(self) -> None:
        """Give the terminal to the shell that waits for this process, until it is told to go on
        with it; the run goes on meanwhile.
        """
        if not self._gives_way():
            self._say("no shell waits for plain mode; 'leave' leaves it running")

    def _gives_way(self) -> bool:
        from aio_tui.cli.foreground import can_go_behind, let_shell_go_on

        if not (self._lines.is_terminal and can_go_behind()):
            return False
        self._lines.give_terminal()
        let_shell_go_on()
        return True

    def _stop(self) -> None:
        """Ctrl+Z: step aside, or, where nobody waits for that, stop as any program."""
        if not self._gives_way():
            self._lines.give_terminal()
            os.kill(os.getpid(), signal.SIGSTOP)
            self._come_back()

    def _come_back(self) -> None:
        """Go on where one was, once the terminal is here again."""
        if self._ended.done():
            return
        if self._lines.is_behind:
            asyncio.get_running_loop().call_later(_LOOK_EVERY_S, self._come_back)
            return
        self._lines.take_terminal()
        if self.desk.overview is not None:
            self._say(f"here again: {run_line(self.desk.overview)}")
        self._outlet.say_again()

    def _interrupt(self) -> None:
        """Ctrl+C: forget the line, or the question; with neither, quit as `quit` does."""
        if self._lines.is_lent:
            return
        if self._lines.begun:
            self._lines.forget()
            self._say("the line is forgotten")
        elif self.desk.asked is not None:
            self.desk.drop_question()
        else:
            self._start(self._obey_line("quit"))
        self._outlet.settle()

    # Facts go out, lines come in.

    async def run_async(self) -> None:
        """Until the operator quits, or input ends: then the run goes on, as after `leave`."""
        self.tell([self._notice] if self._notice else [])
        try:
            async with self._group as group:
                following = group.create_task(self._follow(), name="facts")
                reading = group.create_task(self._obey(), name="input")
                await self._ended
                following.cancel()
                reading.cancel()
        finally:
            await self._writer.flush(_WRITTEN_WITHIN_S)
            await self._lines.drain()
            self._lines.give_terminal()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTSTP, signal.SIGCONT):
                loop.remove_signal_handler(number)

    async def _follow(self) -> None:
        overview = await self._face.overview()
        seen = overview.seq
        self.tell(_WELCOME if self._lines.is_terminal else _WELCOME[:1])
        self._warnings, self._told_run = overview.warnings, run_sign(overview).word
        self._announced = {one.escalation_id for one in overview.escalations}
        self.desk.overview = overview
        self.desk.tell_status()
        self.tell([f"warning: {text}" for text in overview.warnings])
        self._begin()
        while True:
            try:
                seen = await self._hear(seen)
                self._fault = ""
            except EngineError as error:
                await self._bear(error)

    async def _hear(self, seen: int) -> int:
        """Tell what came after that number of the journal: up to which it was told."""
        await self._wait(seen)
        for entry in await self._face.facts_after(seen):
            seen = entry.seq
            if told := self._news_of(entry):
                self._outlet.tell_news([told])
        self._take(await self._face.overview())
        return seen

    def _news_of(self, entry: JournalEntry) -> str:
        if isinstance(entry.fact, EscalationRaised):
            return ""
        if isinstance(entry.fact, WarningRaised):
            if entry.fact.text in self._warnings:
                return ""
            self._warnings += (entry.fact.text,)
        if not self._tells_all and not needs_operator(entry.fact):
            return ""
        told = sentence(entry, by_word) or ""
        return f"{told}{what_next(entry)}" if told else ""

    async def _bear(self, error: EngineError) -> None:
        """Say once that nothing can be read, and try again in a while."""
        if str(error) != self._fault:
            self._fault = str(error)
            self._outlet.tell_news([f"cannot be read now, and is tried again: {error}"])
        await asyncio.sleep(_PULSE_S)

    def _begin(self) -> None:
        """Read what is typed, and hear the keys that a terminal has for jobs."""
        self._lines.begin()
        if not self._lines.is_terminal:
            return
        self._lines.on_control = {INTERRUPT: self._interrupt, STOP: self._stop}
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        loop.add_signal_handler(signal.SIGTSTP, self._stop)
        loop.add_signal_handler(signal.SIGCONT, self._come_back)

    async def _wait(self, seq: int) -> None:
        if self._face.is_embedded:
            await self._face.wait_for_facts(seq)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._face.wait_for_facts(seq), _PULSE_S)

    def _take(self, overview: Overview) -> None:
        """Remember it; say the state of the run, warnings and questions, where they are new."""
        self.desk.overview = overview
        if run_sign(overview).word != self._told_run:
            self._told_run = run_sign(overview).word
            self._outlet.tell_news([run_line(overview)])
            if overview.run is RunState.NO_ENGINE:
                self._outlet.tell_news([f"{end_words(overview)}: 'start' goes on in this process"])
        new = [text for text in overview.warnings if text not in self._warnings]
        self._warnings = overview.warnings
        self._outlet.tell_news([f"warning: {text}" for text in new])
        self._tell_questions(
            [one for one in overview.escalations if one.escalation_id not in self._announced]
        )

    def _tell_questions(self, asked: Sequence[Escalation]) -> None:
        """Once they are told, answers may go to them."""
        ids = {one.escalation_id for one in asked}
        self._announced |= ids
        only_looks = self.desk.is_read_only
        texts = [asked_line(one, only_looks=only_looks) for one in asked]
        self._outlet.tell_news(texts, then=lambda: self.desk.told_questions.update(ids))

    async def _obey(self) -> None:
        async for line in self._lines:
            if isinstance(line, Refused):
                self._say(line)
            else:
                await self._obey_line(line)
            await self._all_done(None if not self._lines.is_terminal else _ANSWERED_WITHIN_S)
            self._outlet.settle()
            if self._ended.done():
                return
        if self.desk.asked is not None:
            self.desk.refuse("input ended before the answer: nothing was done")
        self.leave(self.desk.can_leave)

    async def _obey_line(self, line: str) -> None:
        try:
            self._take_quietly(await self._face.overview())
        except EngineError as error:
            self.desk.refuse(f"the queue cannot be read: {error.told(by_word)}")
        if self.desk.asked is not None:
            self.desk.answer(line)
        elif line.strip():
            self._run(line)

    def _take_quietly(self, overview: Overview) -> None:
        """What commands see is what is so now; what is new in it is told by who follows."""
        self.desk.overview = overview

    def _run(self, text: str) -> None:
        if text.strip() in _ANSWERS:
            asked = text.strip()
            self.desk.refuse(f"nothing is asked now that {asked!r} would answer; nothing was done")
            return
        order = understood(text)
        if order is None:
            name = text.split()[0]
            known = f"; {name} is a task: 'open {name}' opens it" if self.desk.select(name) else ""
            self.desk.refuse(f"{unknown_words(text)}{known}")
            return
        if obstacle := why_not(order, self.desk):
            self.desk.refuse(obstacle)
        else:
            order.command.run(self.desk)
        self.desk.words = ""

    async def _all_done(self, within_s: float | None) -> None:
        """What the line asked for is done and told, so that the next one comes after it; or that
        takes too long for somebody who types. None: nobody does.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._works:
                    await asyncio.wait(self._works)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)


def utc_now() -> datetime:
    """The present, for ages."""
    return datetime.now(UTC)  # noqa: TID251  nothing is decided or stored by it


def _is_seen() -> bool:
    """Whether what is written stands where it is typed."""
    with suppress(OSError):
        return os.isatty(1)
    return False
