"""Keys typed ahead of what they are for: each is done, with all that it opens, before the next."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Key

from aio_tui import turns
from aio_tui.screens.dialogs import AskScreen, ChooseScreen, CleanInput
from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.queue_list import QueueList
from engine.domain.escalation import ApprovalScope
from engine.domain.ids import EscalationId
from engine.domain.orders import ApproveEscalation, BranchTask, CancelTask, SteerTask
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
