"""A paste is text, wherever it ends up and however it arrives."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from textual import _time
from textual.events import Key, Paste

from aio_tui.burst import Burst
from aio_tui.screens.dialogs import AskScreen, ChooseScreen, CleanInput
from engine.domain.orders import CancelTask, SteerTask
from tests.support.scene import RUNNING, busy_face
from tests.tui.cockpit_run import NARROW, Cabin, cockpit


def type_at_once(cabin: Cabin, text: str) -> None:
    for char in text:
        cabin.app.post_message(Key("space" if char == " " else char, char))


async def test_a_typed_paste_at_the_desk_gives_no_order() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        type_at_once(cabin, "xy pxyapSy and more of such words" * 20)
        await cabin.until(lambda: "a paste was ignored; press n for a note" in cabin.told())
        await cabin.pilot.pause()
        assert cabin.face.given == []
        assert len(cabin.app.screen_stack) == 1


async def test_keys_typed_quickly_at_the_desk_are_commands() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.press("g")
        type_at_once(cabin, "jjjkjj6")
        await cabin.until(lambda: "[6 " in cabin.text())
        assert cabin.desk.selected is not None
        assert cabin.desk.selected.task_id == "fix-slug"


async def test_a_key_some_time_after_a_paste_is_a_command_again() -> None:
    async with cockpit(busy_face()) as cabin:
        type_at_once(cabin, "x" * 40)
        await cabin.until(lambda: "a paste was ignored" in cabin.told())
        later = Key("6", "6")
        later.time += 1.0
        cabin.app.post_message(later)
        await cabin.until(lambda: "[6 " in cabin.text())


async def test_a_bracketed_paste_at_the_desk_is_ignored_and_said() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        cabin.app.post_message(Paste("xy"))
        await cabin.until(lambda: "a paste was ignored" in cabin.told())
        assert cabin.face.given == []


def test_a_slow_typist_never_looks_like_a_paste() -> None:
    burst = Burst()
    for number in range(100):
        key = Key("j", "j")
        key.time = number * 0.02
        assert not burst.add(key)
        assert burst.release() == [key]


async def test_a_long_typed_paste_is_cut_and_it_is_said() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("n")
        await cabin.until(lambda: isinstance(cabin.app.screen, AskScreen))
        line = cabin.app.screen.query_one(CleanInput)
        type_at_once(cabin, "word " * 2_000)
        await cabin.until(lambda: "cut at 4000 characters" in cabin.text())
        await cabin.until(lambda: len(line.value) == 4000)
        await cabin.press("enter")
        await cabin.until(lambda: cabin.face.given)
        note = cabin.face.given[0]
        assert isinstance(note, SteerTask)
        assert note.note == ("word " * 800).strip()


async def test_a_long_bracketed_paste_is_cut_and_it_is_said() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("n")
        line = cabin.app.screen.query_one(CleanInput)
        cabin.app.post_message(Paste("many words\n" * 2000))
        await cabin.until(lambda: "cut at 4000 characters" in cabin.text())
        assert len(line.value) == 4000


async def test_a_paste_takes_the_place_of_what_is_marked() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("b")
        line = cabin.app.screen.query_one(CleanInput)
        await cabin.until(lambda: line.has_focus)
        cabin.app.post_message(Paste("7"))
        await cabin.until(lambda: line.value == "7")


async def asked_whether_to_cancel(cabin: Cabin) -> None:
    await cabin.select(RUNNING)
    await cabin.press("x")
    await cabin.until(lambda: isinstance(cabin.app.screen, ChooseScreen), "asked")


async def test_a_typed_paste_answers_no_question() -> None:
    async with cockpit(busy_face()) as cabin:
        await asked_whether_to_cancel(cabin)
        type_at_once(cabin, "yes")
        await cabin.until(lambda: "a paste was ignored: press one key" in cabin.text(), "said")
        assert isinstance(cabin.app.screen, ChooseScreen)
        assert cabin.face.given == []


async def test_a_bracketed_paste_answers_no_question() -> None:
    async with cockpit(busy_face()) as cabin:
        await asked_whether_to_cancel(cabin)
        cabin.app.post_message(Paste("y"))
        await cabin.until(lambda: "a paste was ignored: press one key" in cabin.text(), "said")
        assert cabin.face.given == []


async def test_a_key_some_time_after_a_paste_answers_the_question() -> None:
    async with cockpit(busy_face()) as cabin:
        await asked_whether_to_cancel(cabin)
        type_at_once(cabin, "yn")
        await cabin.until(lambda: "a paste was ignored" in cabin.text(), "said")
        later = Key("y", "y")
        later.time += 1.0
        cabin.app.post_message(later)
        await cabin.until(lambda: cabin.face.given, "cancelled")
        assert cabin.face.given == [CancelTask(task_id=RUNNING)]


@pytest.mark.parametrize("text", ["yn", "zzz"])
async def test_escape_backs_out_some_time_after_a_paste(text: str) -> None:
    async with cockpit(busy_face()) as cabin:
        await asked_whether_to_cancel(cabin)
        type_at_once(cabin, text)
        await cabin.until(lambda: "a paste was ignored" in cabin.text(), "said")
        later = Key("escape", None)
        later.time += 1.0
        cabin.app.post_message(later)
        await cabin.until(lambda: not isinstance(cabin.app.screen, ChooseScreen), "backed out")
        assert cabin.face.given == []


async def test_an_arrow_some_time_after_a_paste_moves() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.press("g")
        type_at_once(cabin, "x" * 40)
        await cabin.until(lambda: "a paste was ignored" in cabin.told())
        before = cabin.desk.selected
        later = Key("down", None)
        later.time += 1.0
        cabin.app.post_message(later)
        await cabin.until(lambda: cabin.desk.selected != before, "moved")


async def test_a_short_paste_that_opens_a_question_does_not_answer_it() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        type_at_once(cabin, "xyes")
        await cabin.until(lambda: "a paste was ignored: press one key" in cabin.text(), "said")
        assert cabin.face.given == []


async def test_a_key_typed_right_behind_the_one_that_asks_answers() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        type_at_once(cabin, "xy")
        await cabin.until(lambda: cabin.face.given, "cancelled")


async def test_keys_are_let_through_however_long_the_process_is_held_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = itertools.count(step=10.0)
    called = asyncio.Event()
    async with cockpit(busy_face()) as cabin:
        monkeypatch.setattr(_time, "get_time", lambda: next(clock))
        cabin.app.once_in(0.005, called.set)
        async with asyncio.timeout(60):
            await called.wait()
