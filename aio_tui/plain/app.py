"""Plain mode: facts are printed as they come, lines that are typed are commands.

It stands where `Cockpit` stands: a guest of the engine, with the same face and the same orders.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

from aio_tui.cli.story import sentence
from aio_tui.glyphs import plain_text
from aio_tui.looks import Looks
from aio_tui.outcomes import named, settle, settled, told_of
from aio_tui.plain.desk import OUTPUT, PlainDesk, matching, needs_selection, word_of
from aio_tui.plain.lines import LineReader
from aio_tui.plain.telling import asked_line, run_line, transcript_texts
from aio_tui.text import clean
from aio_tui.ways import way_by
from aio_tui.wording import run_sign
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation
from engine.domain.facts import EscalationRaised
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order
from engine.ports.cockpit import EngineFace, Overview, RunState

_PULSE_S = 1.5
_BY_WORD = way_by(word_of)
_WELCOME = "'help' lists the commands, 'open' the tasks, 'show_inbox' what waits for you"


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
    ) -> None:
        self._face = face
        self._operator = operator
        self._notice = notice
        self._looks = looks
        self._lines = read or LineReader(sys.stdin.fileno())
        self._write = write or _print
        self._ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._group = asyncio.TaskGroup()
        self._told_run = ""
        self._warnings: tuple[str, ...] = ()
        self.desk = PlainDesk(
            face,
            now=now,
            is_read_only=is_read_only,
            tell=self.print,
            give=self._give,
            show=self._show,
            show_rule=self._show_rule,
            undo=self._undo,
            leave=self._end,
        )

    @property
    def is_left(self) -> bool:
        """Whether the operator wants the run to go on without it."""
        return self._ended.done() and self._ended.result()

    def exit(self) -> None:
        """End it."""
        self._end(False)

    def tell(self, text: str) -> None:
        """Print a line."""
        self.print([text])

    def print(self, texts: Sequence[str]) -> None:
        """Print lines; nothing in them reaches the terminal but text."""
        shown = (plain_text(clean(text), self._looks.glyphs) for text in texts)
        self._write("".join(f"{text}\n" for text in shown))

    def _end(self, goes_on: bool) -> None:
        if not self._ended.done():
            self._ended.set_result(goes_on)

    async def run_async(self) -> None:
        """Until the operator quits, or input ends: then the run goes on, as after `leave`."""
        self.print([self._notice] if self._notice else [])
        async with self._group as group:
            following = group.create_task(self._follow(), name="facts")
            reading = group.create_task(self._obey(), name="input")
            await self._ended
            following.cancel()
            reading.cancel()

    async def _follow(self) -> None:
        overview = await self._face.overview()
        seen = overview.seq
        self.print([_WELCOME])
        self._take(overview)
        self.print([asked_line(asked) for asked in overview.escalations])
        self._lines.begin()
        while True:
            await self._wait(seen)
            for entry in await self._face.facts_after(seen):
                seen = entry.seq
                told = sentence(entry, _BY_WORD)
                if told is not None and not isinstance(entry.fact, EscalationRaised):
                    self.print([told])
            before = {asked.escalation_id for asked in self._open}
            self._take(await self._face.overview())
            new = [asked for asked in self._open if asked.escalation_id not in before]
            self.print([asked_line(asked) for asked in new])

    @property
    def _open(self) -> Sequence[Escalation]:
        overview = self.desk.overview
        return overview.escalations if overview is not None else ()

    async def _wait(self, seq: int) -> None:
        if self._face.is_embedded:
            await self._face.wait_for_facts(seq)
            return
        try:
            await asyncio.wait_for(self._face.wait_for_facts(seq), _PULSE_S)
        except TimeoutError:
            return

    def _take(self, overview: Overview) -> None:
        """Remember it; say the state of the run, and warnings, where they are new."""
        self.desk.overview = overview
        if run_sign(overview).word != self._told_run:
            self._told_run = run_sign(overview).word
            self.print([run_line(overview)])
            if overview.run is RunState.NO_ENGINE:
                self.print(["the engine has ended: 'start' goes on in this process"])
        new = [text for text in overview.warnings if text not in self._warnings]
        self._warnings = overview.warnings
        self.print([f"warning: {text}" for text in new])

    async def _obey(self) -> None:
        async for line in self._lines:
            await self._catch_up()
            if self.desk.asked is not None:
                self.desk.answer(line)
            else:
                self._run(line)
            if self._ended.done():
                return
        self._end(self.desk.can_leave)

    async def _catch_up(self) -> None:
        """What commands see is what is so now."""
        self.desk.overview = await self._face.overview()

    def _run(self, text: str) -> None:
        name, *words = text.strip().split(maxsplit=1)[:2] or [""]
        if not name:
            return
        command = matching(name)
        if command is None:
            self.print([f"there is no command {name!r}: 'help' lists them"])
            return
        rest = words[0] if words else ""
        if rest and needs_selection(command):
            first, _, after = rest.partition(" ")
            rest = after.strip() if self.desk.select(first) else rest
        self.desk.answers = [rest] if rest else []
        obstacle = command.obstacle_here(self.desk)
        if obstacle:
            self.print([f"{command.label_at(self.desk)}: {obstacle}"])
        else:
            command.run(self.desk)
        self.desk.answers = []

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._group.create_task(work)

    def _give(self, orders: Sequence[Order]) -> None:
        self._start(self._settle(orders))

    async def _settle(self, orders: Sequence[Order]) -> None:
        asked = self.desk.overview.escalations if self.desk.overview else ()
        self.print([f"{named(orders, asked)} ..."])
        outcome = await settle(orders, self._face, by=self._operator, asked=asked, sign=word_of)
        self.print([outcome.text])

    def _undo(self) -> None:
        self._start(self._take_back())

    async def _take_back(self) -> None:
        undoing = self._face.undo(by=self._operator)
        self.print([told_of("undo", *await settled(undoing, word_of)).text])

    def _show(self, task_id: TaskId, number: int) -> None:
        self._start(self._read(task_id, number))

    async def _read(self, task_id: TaskId, number: int) -> None:
        try:
            view = await self._face.task_view(task_id)
            if number != OUTPUT:
                self.desk.show_view(view, number)
                return
            iteration = view.live_iteration or view.item.iteration_count
            chunk = await self._face.transcript(task_id, iteration, after=-1)
            texts = transcript_texts(chunk.entries)
            self.print([f"{task_id}, iteration {iteration}:", *(texts or ["nothing was said yet"])])
        except EngineError as error:
            self.print([error.told(_BY_WORD)])

    def _show_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None:
        self._start(self._read_rule(escalation_id, then))

    async def _read_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None:
        try:
            then(await self._face.always_rule(escalation_id))
        except EngineError as error:
            self.print([f"always: {error.told(_BY_WORD)}"])


def utc_now() -> datetime:
    """The present, for ages."""
    return datetime.now(UTC)  # noqa: TID251  nothing is decided or stored by it


def _print(text: str) -> None:
    """To standard output, which may be closed: then it goes nowhere."""
    if not text:
        return
    raw = text.encode(errors="replace")
    try:
        while raw:
            raw = raw[os.write(1, raw) :]
    except OSError:
        return
