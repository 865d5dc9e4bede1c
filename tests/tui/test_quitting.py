"""Quitting asks while a run would be given up, and only then."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from textual.events import Key
from textual.widgets import Label

from aio_tui.screens.dialogs import ChooseScreen
from engine.domain.orders import Order, OrderRecord, PauseRun
from engine.domain.state import TaskState
from engine.ports.cockpit import RunState
from tests.support.face import NOW, FakeFace
from tests.support.scene import RUNNING, WAITING, busy_face, escalation, item
from tests.tui.cockpit_run import NARROW, Cabin, cockpit


async def test_quitting_asks_while_tasks_work_in_this_process() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.press("q")
        assert isinstance(cabin.app.screen, ChooseScreen)
        assert "Quitting ends their running iterations and" in cabin.text()
        await cabin.press("n")
        assert len(cabin.app.screen_stack) == 1
        await cabin.press("q", "y")
        assert cabin.app._exit
        assert not cabin.app.is_left


async def is_over(cabin: Cabin) -> None:
    """Return once the cockpit has ended; keys may still be on their way to it."""
    for _ in range(3000):
        if cabin.app._exit:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"the cockpit goes on:\n{cabin.text()}")


def said_in_dialog(cabin: Cabin) -> str:
    return str(cabin.app.screen.query(Label).first().render())


def asking_face(number: int) -> FakeFace:
    """A run that is left with nothing but questions."""
    face = busy_face()
    face.tasks = {WAITING: face.tasks[WAITING]}
    face.escalations = [escalation(each, WAITING, f"rm {each}") for each in range(1, number + 1)]
    face.run = RunState.IDLE
    return face


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "1 question waits for you: clean-cache since Mon 21:50, to run rm 1."),
        (
            5,
            "5 questions wait for you: clean-cache since Mon 21:50, clean-cache since Mon 21:40,"
            " clean-cache since Mon 21:30 and 2 more.",
        ),
    ],
)
async def test_quitting_asks_while_a_run_waits_for_nothing_but_answers(
    number: int, told: str
) -> None:
    async with cockpit(asking_face(number), NARROW) as cabin:
        await cabin.press("q")
        shown = said_in_dialog(cabin)
        assert shown.startswith(f"{told} Quitting ends the run; all that is recorded stays")
        await cabin.press("b")
        await is_over(cabin)
        assert cabin.app.is_left


class BusyStore(FakeFace):
    """Takes an order when it comes to it."""

    def __init__(self) -> None:
        super().__init__(is_embedded=False)
        self.is_asked, self.comes_to_it = asyncio.Event(), asyncio.Event()

    async def give(self, order: Order, *, by: str) -> OrderRecord:
        self.is_asked.set()
        await self.comes_to_it.wait()
        return await super().give(order, by=by)


async def test_an_order_that_was_given_before_quitting_is_not_lost() -> None:
    face = BusyStore()
    face.run = RunState.IDLE
    async with cockpit(face) as cabin:
        cabin.app.post_message(Key("space", " "))
        async with asyncio.timeout(60):
            await face.is_asked.wait()
        cabin.app.exit()
        assert not cabin.app._exit
        face.comes_to_it.set()
        await is_over(cabin)
    assert face.given == [PauseRun()]


async def test_a_second_word_quits_at_once_whatever_is_under_way() -> None:
    face = BusyStore()
    face.run = RunState.IDLE
    async with cockpit(face) as cabin:
        cabin.app.post_message(Key("space", " "))
        async with asyncio.timeout(60):
            await face.is_asked.wait()
        cabin.app.exit()
        assert not cabin.app._exit
        cabin.app.exit()
        assert cabin.app._exit
    assert face.given == []


def by_hand_face() -> FakeFace:
    """A run whose last task is in the operator's hands since four minutes."""
    face = FakeFace()
    face.tasks = {RUNNING: item(RUNNING, "gcd", TaskState.TAKEN, taken_by="kim")}
    face.run, face.waits_until = RunState.IDLE, NOW + timedelta(hours=2)
    return face


async def test_a_run_that_waits_for_a_task_in_your_hands_says_so_and_quitting_asks() -> None:
    async with cockpit(by_hand_face()) as cabin:
        assert (
            "! nothing is left but what is taken over (fix-gcd):"
            " the run waits until Tue 00:00, then it ends"
        ) in cabin.text()
        await cabin.press("q")
        assert said_in_dialog(cabin).startswith(
            "taken over and not handed back: fix-gcd since Mon 21:56. Quitting ends the run;"
        )
        await cabin.press("b")
        await is_over(cabin)
        assert cabin.app.is_left


async def test_quitting_does_not_ask_where_no_run_would_wait() -> None:
    face = asking_face(1)
    face.run = RunState.STOPPED
    async with cockpit(face) as cabin:
        await cabin.press("q")
        await is_over(cabin)


@pytest.mark.parametrize("run", [RunState.PAUSED, RunState.HALTED])
async def test_quitting_asks_while_a_run_waits_for_a_word_to_go_on(run: RunState) -> None:
    face = asking_face(1)
    face.run = run
    async with cockpit(face) as cabin:
        await cabin.press("q")
        assert said_in_dialog(cabin).startswith("1 question waits for you")


async def test_what_is_told_once_it_has_been_left_is_told_to_nobody() -> None:
    async with cockpit(busy_face()) as cabin:
        app = cabin.app
        app.exit()
    app.tell("attached: the engine runs in another process")
    assert app.screen_stack == []
