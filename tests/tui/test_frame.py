"""What all screens have in common: the edges, one key to each, Esc back."""

from __future__ import annotations

import asyncio

import pytest

from aio_tui.places import PLACES, place_named
from aio_tui.screens.edges import trail_in
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.queue_list import QueueList
from engine.domain.facts import WarningRaised
from engine.domain.ids import TaskId
from engine.domain.orders import HaltRun, Order, OrderRecord, ResumeRun
from engine.ports.cockpit import Overview, RunState, TaskView
from tests.support.face import FakeFace
from tests.support.scene import DONE, RUNNING, WAITING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.screens import every_face

OTHERS = [place.name for place in PLACES if place.name != "cockpit"]
SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])


def here(cabin: Cabin) -> FrameScreen:
    screen = cabin.app.screen
    assert isinstance(screen, FrameScreen)
    return screen


def is_at(cabin: Cabin, name: str) -> bool:
    """Whether this screen lies on top of all."""
    screen = cabin.app.screen
    return isinstance(screen, FrameScreen) and name == screen.PLACE


async def go(cabin: Cabin, name: str) -> None:
    await cabin.press(place_named(name).key)
    await cabin.until(lambda: is_at(cabin, name), name)


@SIZES
async def test_each_screen_has_the_same_edges_and_esc_leads_back(size: tuple[int, int]) -> None:
    async with cockpit(await every_face(), size) as cabin:
        await cabin.select(RUNNING)
        header = cabin.lines()[0]
        for name in OTHERS:
            await go(cabin, name)
            await cabin.until(lambda: "reading" not in cabin.text(), "read")
            assert cabin.lines()[0] == header, name
            assert cabin.lines()[1].startswith(f" Cockpit > {place_named(name).title}")
            assert "? help" in cabin.lines()[-1], name
            await cabin.press("escape")
            assert here(cabin).PLACE == "cockpit", name
            assert cabin.desk.query_one(QueueList).task_id == RUNNING, name


async def test_every_screen_is_reached_from_every_other() -> None:
    async with cockpit(await every_face()) as cabin:
        for name in [*OTHERS, *reversed(OTHERS), "cockpit"]:
            if name != here(cabin).PLACE:
                await go(cabin, name)
        assert len(cabin.app.screen_stack) == 1


async def test_a_screen_on_the_way_is_gone_back_to_and_not_opened_twice() -> None:
    async with cockpit(await every_face()) as cabin:
        await go(cabin, OTHERS[0])
        await go(cabin, OTHERS[-1])
        await go(cabin, OTHERS[0])
        assert here(cabin).path == ["cockpit", OTHERS[0]]
        await cabin.press("escape")
        assert here(cabin).PLACE == "cockpit"


async def test_the_palette_leads_to_each_screen() -> None:
    async with cockpit(await every_face()) as cabin:
        for name in OTHERS:
            await cabin.press("ctrl+p")
            await cabin.type(name)
            await cabin.until(lambda: f"{name}  (" in cabin.text(), "found")  # noqa: B023  at once
            await cabin.press("enter")
            await cabin.until(lambda: is_at(cabin, name), name)  # noqa: B023  at once
            await cabin.press("escape")
            assert here(cabin).PLACE == "cockpit", name


async def test_what_was_told_is_not_told_again_when_one_comes_back() -> None:
    async with cockpit(await every_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("plus")
        await cabin.until(lambda: "done as told" in cabin.text(), "told")
        await go(cabin, "log")
        assert "done as told" not in cabin.text()
        await cabin.press("T", "escape", "escape")
        assert here(cabin).PLACE == "cockpit"
        assert "done as told" not in cabin.text()


async def test_an_order_is_seen_through_and_told_where_the_operator_has_gone_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    face, may_answer = await every_face(), asyncio.Event()

    async def give_late(order: Order, *, by: str) -> OrderRecord:
        await may_answer.wait()
        return await FakeFace.give(face, order, by=by)

    monkeypatch.setattr(face, "give", give_late)
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        await go(cabin, "task")
        await cabin.until(lambda: here(cabin).selected, "read")
        await cabin.press("plus", "escape")
        await cabin.until(lambda: here(cabin).PLACE == "cockpit", "back")
        await go(cabin, "log")
        assert face.given == []
        may_answer.set()
        await cabin.until(lambda: "done as told" in here(cabin).told.text, "told")
        assert here(cabin).PLACE == "log"
        assert len(face.given) == 1


@pytest.mark.parametrize("name", ["task", "review"])
async def test_a_screen_about_a_task_names_it_at_once_and_shows_nothing_wrong_meanwhile(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    face, may_answer = await every_face(), asyncio.Event()

    async def read_late(task_id: TaskId) -> TaskView:
        await may_answer.wait()
        return await FakeFace.task_view(face, task_id)

    async with cockpit(face, NARROW) as cabin:
        await cabin.select(RUNNING)
        monkeypatch.setattr(face, "task_view", read_late)
        await go(cabin, name)
        await cabin.until(lambda: RUNNING in cabin.lines()[1], "named")
        assert "▶ running" in cabin.lines()[1]
        assert all(word not in cabin.text() for word in ("no task", "there is no", "nothing to"))
        selected = here(cabin).selected
        assert selected
        assert selected.task_id == RUNNING
        may_answer.set()
        await cabin.until(lambda: "iteration" in cabin.text(), "read")

        may_answer.clear()
        screen = here(cabin)
        screen.turn_to(TaskId(WAITING))
        await cabin.until(lambda: WAITING in cabin.lines()[1], "named")
        assert "iteration" not in cabin.text()
        assert screen.selected is face.tasks[TaskId(WAITING)]


@pytest.mark.parametrize("name", ["task", "review"])
async def test_a_screen_about_a_task_says_so_when_there_is_none(name: str) -> None:
    async with cockpit(FakeFace()) as cabin:
        await go(cabin, name)
        await cabin.until(lambda: "leads here" in cabin.text(), "said")


@pytest.mark.parametrize(
    ("width", "trail"),
    [(40, "A > Bee > Sea > "), (16, "A > Bee > Sea > "), (15, "… > Sea > "), (10, "… > Sea > "),
     (9, "… > "), (3, ""), (-2, "")],
)  # fmt: skip
def test_of_a_long_way_the_end_is_shown(width: int, trail: str) -> None:
    assert trail_in(["A", "Bee", "Sea"], width) == trail


@SIZES
async def test_the_name_of_the_screen_is_seen_at_the_end_of_any_way(size: tuple[int, int]) -> None:
    async with cockpit(await every_face(), size) as cabin:
        await cabin.select(RUNNING)
        for name in OTHERS:
            await go(cabin, name)
            await cabin.until(lambda: "reading" not in cabin.text(), "read")
            before, _, note = cabin.lines()[1].partition(f"> {place_named(name).title}")
            assert before.startswith((" Cockpit", " …"))
            assert note.strip() or not here(cabin).path_note()


async def test_only_the_screen_that_is_seen_reads() -> None:
    face = await every_face()
    async with cockpit(face) as cabin:
        await go(cabin, OTHERS[0])
        await cabin.until(lambda: cabin.app.screen.overview is not None)  # type: ignore[attr-defined]
        assert not cabin.desk._is_reading
        before = cabin.desk.overview
        await face.push(WarningRaised(text="news"))
        await cabin.until(lambda: here(cabin).overview and here(cabin).overview != before, "news")
        assert cabin.desk.overview is before
        await cabin.press("escape")
        await cabin.until(lambda: cabin.desk.overview != before, "read again")


async def test_keys_that_come_before_the_first_reading_are_done_in_their_order_after_it() -> None:
    """But no answer, and no order about a task: nobody has seen what they would be about."""
    face = busy_face()
    face.run = RunState.STOPPED
    read, may_read = face.overview, asyncio.Event()

    async def slowly() -> Overview:
        await may_read.wait()
        return await read()

    face.overview = slowly  # type: ignore[method-assign]
    async with cockpit(face, NARROW, is_read=False) as cabin:
        await cabin.press("a")
        assert cabin.told() == "approve: the queue is being read for the first time; look first"
        await cabin.press("s")
        assert cabin.told() == "start: waits for the first reading of the queue"
        await cabin.press("j", "j")
        assert face.given == []
        may_read.set()
        await cabin.until(lambda: face.given, "started")
        queue = cabin.desk.query_one(QueueList)
        await cabin.until(lambda: queue.task_id == "port-config", "two rows down")
        assert face.given == [ResumeRun()]


async def test_an_emergency_stop_does_not_wait_for_the_first_reading() -> None:
    face = busy_face()

    async def never() -> Overview:
        return await asyncio.Future()

    face.overview = never  # type: ignore[method-assign]
    async with cockpit(face, NARROW, is_read=False) as cabin:
        await cabin.press("exclamation_mark", "enter")
        await cabin.until(lambda: face.given, "halted")
        assert face.given == [HaltRun(reason="")]


@pytest.mark.parametrize("name", OTHERS)
async def test_the_cockpit_reads_though_it_was_left_before_it_had_read(name: str) -> None:
    face = await every_face()
    read, may_read = face.overview, asyncio.Event()

    async def slowly() -> Overview:
        await may_read.wait()
        return await read()

    face.overview = slowly  # type: ignore[method-assign]
    async with cockpit(face, is_read=False) as cabin:
        await go(cabin, name)
        may_read.set()
        await cabin.until(lambda: here(cabin).overview, f"{name} has read")
        await cabin.press("escape")
        await cabin.until(lambda: cabin.desk.query_one(QueueList).task_id, "the queue is shown")
        assert "reading" not in cabin.lines()[0]


async def test_the_help_is_about_the_screen_that_one_is_on() -> None:
    async with cockpit(await every_face()) as cabin:
        await go(cabin, "decisions")
        await cabin.press("question_mark")
        assert isinstance(cabin.app.screen, ReaderScreen)
        assert "Keys · Decisions" in cabin.text()
        assert "approve for task" not in cabin.text()


async def test_the_key_of_the_screen_one_is_on_says_so() -> None:
    async with cockpit(await every_face()) as cabin:
        for name in OTHERS:
            await go(cabin, name)
            await cabin.press(place_named(name).key)
            assert f"{name}: you are there" in here(cabin).told.text


def never(face: FakeFace, name: str) -> asyncio.Event:
    """Let this question to the face wait until the event that is returned is set."""
    answer, may_answer = getattr(face, name), asyncio.Event()

    async def late(*args: object, **named: object) -> object:
        await may_answer.wait()
        return await answer(*args, **named)

    setattr(face, name, late)
    return may_answer


@SIZES
async def test_what_another_screen_knew_is_there_at_once(size: tuple[int, int]) -> None:
    async with cockpit(busy_face(), size) as cabin:
        may_read = never(cabin.face, "overview")
        await cabin.press("I")
        await cabin.until(lambda: is_at(cabin, "inbox"), "the inbox")
        await cabin.until(lambda: "Question 1 of 2" in cabin.text(), "the first question")
        assert "2 questions" in cabin.lines()[1]
        may_read.set()


@SIZES
@pytest.mark.parametrize(
    ("name", "asked"),
    [("review", "task_view"), ("task", "task_view"), ("report", "report"), ("compare", "read"),
     ("knowledge", "knowledge_objects")],
)  # fmt: skip
async def test_what_is_being_read_is_not_told_to_be_empty(
    name: str, asked: str, size: tuple[int, int]
) -> None:
    async with cockpit(await every_face(), size) as cabin:
        await cabin.select(DONE)
        may_read = never(cabin.face, asked)
        await go(cabin, name)
        await cabin.until(lambda: "reading ..." in cabin.text(), "that it is being read")
        may_read.set()
        await cabin.until(lambda: "reading ..." not in cabin.text(), "what is read")
