"""Plain mode: what comes in as lines becomes orders, what happens comes out as lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from aio_tui.commands.base import Topic
from aio_tui.glyphs import Glyphs
from aio_tui.looks import Looks
from aio_tui.plain.app import PlainApp
from aio_tui.plain.desk import PLAIN
from engine.domain.escalation import ApprovalScope
from engine.domain.facts import EscalationRaised, RunEnded, WarningRaised
from engine.domain.ids import EscalationId
from engine.domain.orders import (
    ApproveEscalation,
    DenyEscalation,
    PauseTask,
    SteerTask,
)
from engine.domain.run import RunEnd
from engine.domain.steps import NextStep, Step
from engine.domain.transcript import EntryKind
from engine.domain.work import MergeState
from engine.ports.cockpit import RunState
from tests.support.face import NOW, FakeFace
from tests.support.scene import DONE, RUNNING, WAITING, busy_face, entry, escalation

ESC_1 = EscalationId("esc-1")


class Typed:
    """Lines that a test types."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.is_begun = asyncio.Event()

    def begin(self) -> None:
        self.is_begun.set()

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self.queue.get()) is not None:
            yield line


class Session:
    def __init__(self, face: FakeFace, looks: Looks) -> None:
        self.face = face
        self.typed = Typed()
        self.written = ""
        self.app = PlainApp(
            face,
            operator="kim",
            now=lambda: NOW,
            looks=looks,
            read=self.typed,  # type: ignore[arg-type]  # as much of it as is used
            write=self._write,
        )

    def _write(self, text: str) -> None:
        self.written += text

    async def say(self, line: str, answer: str) -> str:
        """Type a line and wait for `answer` in what is printed since."""
        start = len(self.written)
        self.typed.queue.put_nowait(line)
        return await self.until(answer, start)

    async def until(self, text: str, start: int = 0) -> str:
        for _ in range(2000):
            if text in self.written[start:]:
                return self.written[start:]
            await asyncio.sleep(0.001)
        raise AssertionError(f"{text!r} never came; printed since:\n{self.written[start:]}")


@asynccontextmanager
async def plain(face: FakeFace | None = None, looks: Looks | None = None) -> AsyncIterator[Session]:
    session = Session(face or busy_face(), looks or Looks())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(session.app.run_async())
        await session.typed.is_begun.wait()
        yield session
        session.app.exit()
        await running


async def test_it_tells_what_waits_and_takes_the_answer() -> None:
    async with plain() as here:
        assert "esc-1 asks (high), task clean-cache: rm -rf" in here.written
        assert "running, " in here.written
        await here.say("approve_once esc-1", "✓ clean-cache: done as told")
        assert here.face.given == [ApproveEscalation(escalation_id=ESC_1)]


async def test_a_reason_is_asked_for_or_comes_with_the_command() -> None:
    async with plain() as here:
        await here.say("deny esc-1", "Deny: what shall the agent know?")
        await here.say("", "say something, or 'back'")
        await here.say("back", "nothing was done")
        await here.say("d esc-1 not outside of it", "✓ clean-cache: done as told")
        await here.say("steer fix-gcd use Euclid", "✓ fix-gcd: done as told")
        assert here.face.given == [
            DenyEscalation(escalation_id=ESC_1, reason="not outside of it"),
            SteerTask(task_id=RUNNING, note="use Euclid"),
        ]


async def test_a_choice_takes_only_its_keys() -> None:
    async with plain() as here:
        told = await here.say("approve_always esc-1", "answer with one line")
        assert "y: save and approve" in told
        await here.say("x", "'x' is none of n, y; or 'back'")
        await here.say("y", "✓ clean-cache: done as told")
        (order,) = here.face.given
        assert isinstance(order, ApproveEscalation)
        assert order.scope is ApprovalScope.ALWAYS


async def test_everything_that_the_details_show_can_be_read() -> None:
    face = busy_face()
    face.stream(RUNNING, 3, entry(EntryKind.TEXT, "I look at gcd"))
    async with plain(face) as here:
        await here.say("open", "fix-gcd: running, priority 2")
        await here.say("select fix-gcd", "selected fix-gcd")
        await here.say("show_timeline", "FAIL")
        await here.say("show_output", "I look at gcd")
        await here.say("show_ralph", "Checks, as the engine ran them")
        await here.say("show_checkpoints", "fix-gcd:")
        await here.say("6", "stopped by")
        await here.say("down", "selected ")
        await here.say("p fix-gcd", "✓ fix-gcd: done as told")
        assert face.given == [PauseTask(task_id=RUNNING)]


async def test_news_come_as_lines_and_a_question_is_told_once() -> None:
    face = busy_face()
    async with plain(face) as here:
        face.escalations = [*face.escalations, escalation(9, RUNNING, "curl http://x")]
        await face.push(
            WarningRaised(text="the disk is nearly full"),
            EscalationRaised(
                escalation_id="esc-9", rule="network", summary="curl http://x", severity="high"
            ),
        )
        await here.until("esc-9 asks")
        assert "warning: the disk is nearly full" in here.written
        face.run = RunState.NO_ENGINE
        await face.push()
        await here.until("the engine has ended: 'start' goes on in this process")
        assert here.written.count("esc-9") == 1


async def test_a_task_that_is_to_be_merged_names_what_can_be_typed() -> None:
    face = busy_face()
    face.tasks[DONE] = replace(face.tasks[DONE], merge_state=MergeState.WAITING)
    async with plain(face) as here:
        told = await here.say(f"show_timeline {DONE}", "'merge' lets it in, 'reject' rejects it")
        assert "to merge" in told
        assert "press" not in told
        told = await here.say(f"show_timeline {RUNNING}", f"{RUNNING}:")
        assert "lets it in" not in told


async def test_no_line_holds_anything_but_text() -> None:
    face = busy_face()
    attack = "\x1b[2J\x1b]0;owned\x07 \u202e \x9b31m"
    face.tasks[RUNNING] = replace(face.tasks[RUNNING], description=attack)
    async with plain(face, Looks(glyphs=Glyphs.ASCII_ONLY)) as here:
        await here.say("open", "fix-gcd: running")
        await here.say("help", "show_inbox")
        assert here.written.isascii()
        assert all(char.isprintable() or char == "\n" for char in here.written)


async def test_hints_name_what_can_be_typed() -> None:
    face = busy_face()
    face.run = RunState.STOPPED
    async with plain(face) as here:
        await here.say("pause_or_resume_all", "nothing runs; press 'start' to start")
        face.next_step = NextStep(words="let it go on", step=Step.RESUME_ALL)
        await here.say("start", "done as told; let it go on: 'pause_or_resume_all'")
        ended = RunEnded(cause=RunEnd.PAUSED.value, next_step=RunEnd.PAUSED.next_step)
        await face.push(ended)
        await here.until("the run ends: the queue is paused; let it go on: 'pause_or_resume_all'")
    for name in ("approve_always", "approve_once", "go_to_inbox", "revert", "steer", "undo"):
        assert here.app.desk.sign(name).strip("'") in {command.name for command in PLAIN}


async def test_what_is_no_command_or_cannot_be_done_is_said() -> None:
    async with plain() as here:
        await here.say("frobnicate", "there is no command 'frobnicate': 'help' lists them")
        await here.say("retry fix-gcd", "retry: fix-gcd is running")
        await here.say("retry", "retry:")
        assert here.face.given == []


async def test_quitting_asks_where_tasks_work_and_the_end_of_input_leaves_the_run() -> None:
    async with plain() as here:
        await here.say("quit", "b: leave it running in the background")
        here.typed.queue.put_nowait("n")
        here.typed.queue.put_nowait(None)
        assert await asyncio.wait_for(here.app._ended, 5)


async def test_the_end_of_input_leaves_a_run_that_waits_for_an_answer() -> None:
    face = busy_face()
    face.tasks, face.escalations = {WAITING: face.tasks[WAITING]}, face.escalations[:1]
    async with plain(face) as here:
        told = await here.say("quit", "answer with one line")
        assert "clean-cache since Mon 21:50, to run rm -rf" in told
        here.typed.queue.put_nowait("n")
        here.typed.queue.put_nowait(None)
        assert await asyncio.wait_for(here.app._ended, 5)


@pytest.mark.parametrize("command", PLAIN, ids=lambda command: command.name)
async def test_every_command_does_something_that_is_told(command: object) -> None:
    name = command.name  # type: ignore[attr-defined]  # a command
    about = {Topic.QUESTIONS: WAITING, Topic.TASKS: RUNNING, Topic.MERGE: RUNNING}
    subject = about.get(command.topic, "")  # type: ignore[attr-defined]  # a command
    async with plain() as here:
        start = len(here.written)
        here.typed.queue.put_nowait(f"{name} {subject}".strip())
        for _ in range(2000):
            if len(here.written) > start or here.app._ended.done():
                return
            await asyncio.sleep(0.001)
    raise AssertionError(f"{name} did nothing")
