"""Plain mode: what comes in as lines becomes orders, what happens comes out as lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from aio_tui.glyphs import Glyphs
from aio_tui.looks import Looks
from aio_tui.plain.app import PlainApp
from aio_tui.plain.words import PLAIN, by_word, words_of
from engine.domain.errors import GuardrailError, StoreError
from engine.domain.escalation import ApprovalScope
from engine.domain.facts import EscalationRaised, RunEnded, WarningRaised
from engine.domain.ids import EscalationId
from engine.domain.orders import (
    ApproveEscalation,
    DenyEscalation,
    HaltRun,
    OverrideVerdict,
    PauseTask,
    SteerTask,
)
from engine.domain.run import RunEnd
from engine.domain.steps import NextStep, Step
from engine.domain.transcript import EntryKind
from engine.domain.work import MergeState
from engine.ports.cockpit import RunState
from tests.support.change_scene import BASE, HEAD, change_face
from tests.support.face import NOW, FakeFace
from tests.support.scene import DONE, RUNNING, WAITING, busy_face, entry, escalation

ESC_1 = EscalationId("esc-1")


class Typed:
    """Lines that a test types."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.is_begun = asyncio.Event()
        self.on_key: Callable[[], None] = lambda: None
        self.on_control: dict[bytes, Callable[[], None]] = {}
        self.begun = ""
        self.is_terminal = False
        self.is_behind = self.is_lent = False

    def begin(self) -> None:
        self.is_begun.set()

    def give_terminal(self) -> None:
        """There is none."""

    async def drain(self) -> None:
        """Nothing is pasted."""

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self.queue.get()) is not None:
            yield line


class Session:
    def __init__(self, face: FakeFace, looks: Looks, patience_s: float = 3600.0) -> None:
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
            patience_s=patience_s,
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

    async def until_told_or_over(self, text: str) -> None:
        for _ in range(20_000):
            if text in self.written or self.app._ended.done():
                return
            await asyncio.sleep(0.001)
        raise AssertionError(f"{text!r} never came; printed:\n{self.written}")


@asynccontextmanager
async def plain(
    face: FakeFace | None = None, looks: Looks | None = None, patience_s: float = 3600.0
) -> AsyncIterator[Session]:
    session = Session(face or busy_face(), looks or Looks(), patience_s)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(session.app.run_async())
        await session.typed.is_begun.wait()
        yield session
        session.app.exit()
        await running


async def test_it_tells_what_waits_and_takes_the_answer() -> None:
    async with plain() as here:
        assert "clean-cache asks you (high): may it run rm -rf" in here.written
        assert "running, " in here.written
        await here.say("approve_once esc-1", "done: clean-cache: done as told")
        assert here.face.given == [ApproveEscalation(escalation_id=ESC_1)]


async def test_a_reason_is_asked_for_or_comes_with_the_command() -> None:
    async with plain() as here:
        await here.say("deny esc-1", "Deny: what shall the agent know?")
        await here.say("", "say something, or 'back'")
        await here.say("back", "nothing was done")
        await here.say("d esc-1 not outside of it", "done: clean-cache: done as told")
        await here.say("note fix-gcd use Euclid", "done: fix-gcd: done as told")
        assert here.face.given == [
            DenyEscalation(escalation_id=ESC_1, reason="not outside of it"),
            SteerTask(task_id=RUNNING, note="use Euclid"),
        ]


async def test_a_choice_takes_only_its_keys() -> None:
    async with plain() as here:
        told = await here.say("approve_always esc-1", "answer with one of n, y")
        assert "y: save and approve" in told
        await here.say("x", "'x' is none of n, y; or 'back'")
        await here.say("y", "done: clean-cache: done as told")
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
        await here.say("show_checkpoints", "fix-gcd, newest first")
        await here.say("6", "stopped by")
        await here.say("down", "selected ")
        await here.say("p fix-gcd", "done: fix-gcd: done as told")
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
        await here.until("fix-gcd asks you")
        assert "warning: the disk is nearly full" in here.written
        face.run = RunState.NO_ENGINE
        await face.push()
        await here.until("the engine has ended in order: 'start' goes on in this process")
        assert here.written.count("fix-gcd asks you") == 1


async def test_a_task_that_is_to_be_merged_names_what_can_be_typed() -> None:
    face = busy_face()
    face.tasks[DONE] = replace(face.tasks[DONE], merge_state=MergeState.WAITING)
    async with plain(face) as here:
        told = await here.say(f"show_timeline {DONE}", f"'merge {DONE}' lets it in")
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
        await here.say("help", "questions")
        assert here.written.isascii()
        assert all(char.isprintable() or char == "\n" for char in here.written)


async def test_a_rule_is_offered_only_where_one_can_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with plain() as here:
        told = await here.say(f"question {WAITING}", "ends the reminders")
        assert f"'always {WAITING}' makes a rule of it" in told

        async def never(escalation_id: EscalationId) -> str:
            raise GuardrailError("no contract entry lets this pass", hint="answer it once")

        monkeypatch.setattr(here.face, "always_rule", never)
        told = await here.say(f"question {WAITING}", "ends the reminders")
        assert f"'edit {WAITING} COMMAND' allows another command, 'deny and pause" in told
        assert "always" not in told


async def test_hints_name_what_can_be_typed() -> None:
    face = busy_face()
    face.run = RunState.STOPPED
    async with plain(face) as here:
        await here.say("pause_or_resume_all", "nothing runs; type 'start' to start")
        face.next_step = NextStep(words="let it go on", step=Step.RESUME_ALL)
        await here.say("start", "done as told; let it go on: 'resume all'")
        ended = RunEnded(cause=RunEnd.PAUSED.value, next_step=RunEnd.PAUSED.next_step)
        await face.push(ended)
        await here.until("the run ends: the queue is paused; let it go on: 'resume all'")
    for name in ("approve_always", "approve_once", "go_to_inbox", "revert", "steer", "undo"):
        assert here.app.desk.sign(name).strip("'") in {words_of(command)[0] for command in PLAIN}


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
        told = await here.say("quit", "answer with one of b, n, y")
        assert "clean-cache since Mon 21:50, to run rm -rf" in told
        here.typed.queue.put_nowait("n")
        here.typed.queue.put_nowait(None)
        assert await asyncio.wait_for(here.app._ended, 5)


async def test_news_wait_for_a_line_that_is_typed_and_come_once_it_is_entered() -> None:
    face = busy_face()
    async with plain(face) as here:
        here.typed.begun = "stat"
        await face.push(WarningRaised(text="the disk is nearly full"))
        await here.say("select fix-gcd", "selected fix-gcd")
        assert "the disk is nearly full" not in here.written
        here.typed.begun = ""
        here.app._lines.on_key()
        assert here.written.endswith("warning: the disk is nearly full\n")


async def test_news_do_not_wait_for_ever_and_what_was_begun_stands_below_them() -> None:
    face = busy_face()
    async with plain(face, patience_s=0.0) as here:
        here.typed.begun = "deny esc-1 it is"
        start = len(here.written)
        await face.push(WarningRaised(text="the disk is nearly full"))
        told = await here.until("deny esc-1 it is", start)
        assert told.startswith("\n")
        assert told.endswith("warning: the disk is nearly full\ndeny esc-1 it is")


async def test_a_question_that_news_interrupt_is_asked_again() -> None:
    face = busy_face()
    async with plain(face, patience_s=0.0) as here:
        told = await here.say("cancel fix-gcd", "answer with one of n, y")
        start = len(here.written)
        await face.push(WarningRaised(text="the disk is nearly full"))
        again = await here.until("answer with one of n, y", start)
        assert again.splitlines()[0].endswith("warning: the disk is nearly full")
        assert again.splitlines()[1:] == told.splitlines()
        await here.say("n", "")


async def test_no_answer_goes_to_a_question_that_was_not_told() -> None:
    face = busy_face()
    face.escalations = face.escalations[:1]
    async with plain(face) as here:
        here.typed.begun = "app"
        face.escalations = [escalation(9, RUNNING, "curl http://x")]
        await face.push(
            EscalationRaised(
                escalation_id="esc-9", rule="network", summary="curl http://x", severity="high"
            )
        )
        told = await here.say("approve", "nothing was answered, as this came meanwhile")
        assert "fix-gcd asks you (high): may it run curl http://x?" in told
        assert face.given == []
        await here.say("approve", "done: fix-gcd")
        assert face.given == [ApproveEscalation(escalation_id=EscalationId("esc-9"))]


async def test_the_status_of_a_run_that_is_stopped_says_what_is_ready() -> None:
    face = busy_face()
    face.run = RunState.STOPPED
    async with plain(face) as here:
        await here.say("status", "ready: 'start' starts the run")


def test_proof_is_read_here_and_in_no_shell() -> None:
    step = NextStep(words="look at its proof", step=Step.VERIFY, about="add")
    assert step.told(by_word) == "look at its proof: 'verdict add'"


async def test_a_warning_that_is_a_fact_and_stands_is_told_once() -> None:
    face = busy_face()
    async with plain(face) as here:
        face.warnings = ("there is no key",)
        await face.push(WarningRaised(text="there is no key"))
        await face.push(WarningRaised(text="there is no key"))
        await face.push(WarningRaised(text="the disk is nearly full"))
        await here.until("the disk is nearly full")
        assert here.written.count("there is no key") == 1


async def test_a_bare_yes_is_no_reason_to_halt_and_none_is_obeyed_alone() -> None:
    face = busy_face()
    async with plain(face) as here:
        await here.say("n", "nothing is asked now that 'n' would answer")
        assert face.given == []
        await here.say("halt all", "EMERGENCY STOP")
        await here.say("y", "done")
        assert face.given == [HaltRun(reason="")]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("aprove esc-1", "there is no command 'aprove': did you mean 'approve'"),
        ("approve esc-7", "approve: there is no task 'esc-7': did you mean '"),
        ("approve fix-gdc", "there is no task 'fix-gdc': did you mean 'fix-gcd' or"),
        ("deny clean-cash no", "there is no task 'clean-cash': did you mean 'clean-cache'?"),
        ("a nice text that was pasted", "a: there is no task 'nice'"),
        ("undo it", "undo takes no 'it'; nothing was done. It is: undo"),
        ("fix-gcd", "fix-gcd is a task: 'open fix-gcd' opens it"),
        ("tasks colour:red", "no field 'colour' here; fields: task,"),
        ("tasks nothing-like-it", "none of 12 tasks fits 'nothing-like-it'"),
        ("verdict fix-gcd 7", "iteration 7 of fix-gcd has no verdict"),
        ("output fix-gcd x", "there is no task"),
        ("more some", "'more' takes 'all' or nothing"),
        ("comment fix-gcd later", "name a line first: 'comment TASK FILE:LINE TEXT'"),
        ("help frob", "there is no command 'frob'"),
        ("cancel xyzzy-77777", "'tasks' lists them. Nothing was done"),
        (f"cancel {DONE}", "; 'throw away' throws it away"),
    ],
)
async def test_what_is_mistyped_does_nothing_and_is_answered(typed: str, told: str) -> None:
    face = busy_face()
    face.tasks[DONE] = replace(face.tasks[DONE], merge_state=MergeState.WAITING)
    async with plain(face) as here:
        if typed == "output fix-gcd x":
            told = "'x' is no number of an iteration"
        await here.say(typed, told)
        assert here.face.given == []


async def test_long_answers_come_by_pages_to_somebody_who_types() -> None:
    face = busy_face()
    async with plain(face) as here:
        here.typed.is_terminal = True
        told = await here.say("help", "'more' goes on, 'more all' tells the rest")
        assert len(told.splitlines()) == 41
        rest = await here.say("more all", "to the shell")
        assert "Ctrl" not in rest.splitlines()[0]
        await here.say("more", "there is no more")


async def test_a_store_that_cannot_be_read_is_said_once_and_plain_mode_goes_on() -> None:
    face = busy_face()
    async with plain(face) as here:
        face.failure = StoreError("the database is locked", hint="wait")
        await face.push()
        await here.until("cannot be read now, and is tried again: the database is locked")
        await here.say("status", "the queue cannot be read: the database is locked")
        face.failure = None
        await here.say("select fix-gcd", "selected fix-gcd")


async def test_work_is_sent_back_with_the_comments_on_its_lines() -> None:
    face = busy_face()
    face.changes = change_face().changes
    face.tasks[DONE] = replace(
        face.tasks[DONE], merge_state=MergeState.WAITING, base_commit=BASE, head_commit=HEAD
    )
    async with plain(face) as here:
        await here.say(
            f"comment {DONE} src/numbers.py:12 why", f"read the change first: 'diff {DONE}'"
        )
        await here.say(f"diff {DONE}", "end of the change")
        await here.say(f"comment {DONE} src/numbers.py:99 why", "has no line 'src/numbers.py:99'")
        await here.say(f"comment {DONE} src/numbers.py:12 name it", "1 to send")
        await here.say("merge", "1 comment of yours would not be sent")
        await here.say("n", "")
        await here.say("send back use a heap", "done: ")
        note, verdict = face.given
        assert isinstance(note, SteerTask)
        assert note.note.startswith("Comment on src/numbers.py:12 (`middle = len(ordered) // 2`)")
        assert isinstance(verdict, OverrideVerdict)


async def ended_with(*typed: str, is_terminal: bool = False) -> bool:
    """Whether a session with this input says at its end that a line was refused."""
    async with plain() as here:
        here.typed.is_terminal = is_terminal
        for line in typed:
            here.typed.queue.put_nowait(line)
        here.typed.queue.put_nowait(None)
        await here.app._ended
    return here.app.has_refused


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate", "diff no-such-task", "y", "tasks state:blokced", "more pages", "help frob",
        "output fix-gcd first", "retry clean-cache", "approve always clean-cache", "cancel fix-gcd",
        "cancel fix-gcd maybe", "budget fix-gcd many",
    ],
)  # fmt: skip
async def test_a_script_is_told_by_the_exit_code_that_a_line_was_not_obeyed(line: str) -> None:
    assert await ended_with("status", line, "tasks")


async def test_a_script_of_good_lines_and_who_types_need_no_exit_code() -> None:
    assert not await ended_with("status", "", "tasks", "diff fix-gcd", "cancel fix-gcd n", "more")
    assert not await ended_with("frobnicate", is_terminal=True)
