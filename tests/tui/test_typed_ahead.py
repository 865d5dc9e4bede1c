"""Keys typed ahead of what they are for: each is done, with all that it opens, before the next."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from textual.events import Key

from aio_tui import turns
from aio_tui.places import PLACES
from aio_tui.screens.dialogs import AskScreen, ChooseScreen, CleanInput
from aio_tui.screens.directory import commands_at
from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.queue_list import QueueList
from engine.domain.escalation import ApprovalScope
from engine.domain.ids import EscalationId
from engine.domain.orders import ApproveEscalation, BranchTask, CancelTask, SteerTask
from engine.ports.cockpit import Overview
from tests.support.merge_scene import TO_MERGE, merge_face
from tests.support.scene import RUNNING, WAITING, busy_face
from tests.tui.cockpit_run import Cabin, cockpit

_NAMES = {"?": "question_mark", " ": "space", "\n": "enter", "\x1b": "escape"}


def type_ahead(cabin: Cabin, text: str, *, after_s: float = 0.0) -> None:
    """All keys before the cockpit has seen one, with the times at which a human pressed them."""
    for number, char in enumerate(text):
        key = Key(_NAMES.get(char, char), char if char.isprintable() else None)
        key.time += after_s + 0.1 * number
        cabin.app.post_message(key)


async def test_what_is_typed_ahead_of_a_dialog_gets_into_it_and_no_order_is_given() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        type_ahead(cabin, "nxyap, and all the rest of it\n")
        await cabin.until(lambda: cabin.face.given, "order")
        assert cabin.face.given == [SteerTask(task_id=RUNNING, note="xyap, and all the rest of it")]
        assert len(cabin.app.screen_stack) == 1


@pytest.mark.parametrize("steps", range(12))
async def test_a_letter_stands_behind_the_earlier_ones_whenever_it_comes(steps: int) -> None:
    """`steps` of the event loop between two keys: each finds the dialog in another state."""
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        for number, char in enumerate("nearly twelve letters"):
            type_ahead(cabin, char, after_s=0.1 * number)
            for _ in range(steps):
                await asyncio.sleep(0)
        await cabin.until(lambda: isinstance(cabin.app.screen, AskScreen), "dialog")
        line = cabin.app.screen.query_one(CleanInput)
        await cabin.until(lambda: len(line.value) == len("early twelve letters"), "all of it")
        assert line.value == "early twelve letters"


async def test_a_chain_of_dialogs_can_be_answered_ahead() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        type_ahead(cabin, "y\nsok\nom\ny")
        await cabin.until(lambda: cabin.face.given, "order")
        assert cabin.face.given == [BranchTask(task_id=RUNNING, iteration=2, say="ok", model="m")]


async def test_the_answer_to_one_question_is_not_the_answer_to_the_next() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        type_ahead(cabin, "xnxy")
        await cabin.until(lambda: cabin.face.given, "order")
        assert cabin.face.given == [CancelTask(task_id=RUNNING)]
        assert len(cabin.app.screen_stack) == 1


async def test_keys_behind_the_end_of_a_dialog_are_for_what_lies_below() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.press("g")
        first = cabin.desk.query_one(QueueList).task_id
        type_ahead(cabin, "n\x1b?\x1bj")
        await cabin.until(lambda: cabin.desk.query_one(QueueList).task_id != first, "moved")
        assert len(cabin.app.screen_stack) == 1
        assert cabin.face.given == []


async def test_a_dialog_that_reads_first_keeps_the_keys_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    face, may_read = busy_face(), asyncio.Event()
    read = face.always_rule
    asked = next(each.escalation_id for each in face.escalations if each.task_id == WAITING)

    async def read_slowly(escalation_id: EscalationId) -> str:
        await may_read.wait()
        return await read(escalation_id)

    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        monkeypatch.setattr(face, "always_rule", read_slowly)
        type_ahead(cabin, "wy")
        for _ in range(5):
            await cabin.pilot.pause()
        assert len(cabin.app.screen_stack) == 1
        may_read.set()
        await cabin.until(lambda: face.given, "order")
        [order] = face.given
        assert isinstance(order, ApproveEscalation)
        assert (order.escalation_id, order.scope) == (asked, ApprovalScope.ALWAYS)


async def test_keys_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    face = busy_face()

    async def never(_: EscalationId) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        monkeypatch.setattr(face, "always_rule", never)
        monkeypatch.setattr(turns, "_LONGEST_OPENING_S", 0.05)
        type_ahead(cabin, "w?")
        await cabin.until(lambda: isinstance(cabin.app.screen, ReaderScreen), "help")


async def test_a_dialog_closed_by_the_mouse_leaves_no_key_behind() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        type_ahead(cabin, "x")
        await cabin.until(lambda: isinstance(cabin.app.screen, ChooseScreen), "dialog")
        await cabin.pilot.click(".option")
        await cabin.until(lambda: cabin.face.given, "order")
        type_ahead(cabin, "?")
        await cabin.until(lambda: isinstance(cabin.app.screen, ReaderScreen), "help")


async def test_what_is_typed_after_a_refused_key_gives_no_order() -> None:
    async with cockpit(merge_face()) as cabin:
        await cabin.select(TO_MERGE)
        type_ahead(cabin, "nmake it wait\n")
        await cabin.until(lambda: "what was typed after it is ignored" in cabin.told(), "told")
        for _ in range(5):
            await cabin.pilot.pause()
        assert cabin.told().startswith("note: fix-median is verified")
        assert len(cabin.app.screen_stack) == 1
        assert cabin.face.given == []
        type_ahead(cabin, "m", after_s=10.0)
        await cabin.until(lambda: cabin.face.given, "a key some time later is a command again")


async def test_an_arrow_after_a_refused_key_moves() -> None:
    async with cockpit(merge_face()) as cabin:
        await cabin.select(TO_MERGE)
        cabin.app.post_message(Key("n", "n"))
        cabin.app.post_message(Key("down", None))
        await cabin.until(
            lambda: cabin.desk.query_one(QueueList).task_id != TO_MERGE, "the cursor has moved"
        )


def test_every_command_that_asks_for_a_line_says_that_it_does() -> None:
    for place in PLACES:
        for command in commands_at(place.name):
            source = inspect.getsource(getattr(command, "run_on", command.run))
            before, _, after = source.partition("desk.ask(")
            if after and "desk.choose(" not in before:
                assert command.asks_for_text, command.name


async def test_a_refused_key_pressed_again_is_no_text() -> None:
    async with cockpit(merge_face()) as cabin:
        await cabin.select(TO_MERGE)
        type_ahead(cabin, "nn")
        await cabin.until(lambda: cabin.told().startswith("note: "), "refused")
        for _ in range(3):
            await cabin.pilot.pause()
        assert "what was typed after it" not in cabin.told()


async def test_what_is_typed_after_a_key_refused_before_the_first_reading_gives_no_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    face, may_read = busy_face(), asyncio.Event()
    read = face.overview

    async def read_late() -> Overview:
        await may_read.wait()
        return await read()

    monkeypatch.setattr(face, "overview", read_late)
    async with cockpit(face, is_read=False) as cabin:
        type_ahead(cabin, "ns make it wait\n")
        await cabin.until(lambda: "what was typed after it is ignored" in cabin.told(), "told")
        may_read.set()
        await cabin.until(lambda: cabin.desk.overview, "read")
        for _ in range(3):
            await cabin.pilot.pause()
        assert face.given == []
