"""What can be done with the mouse: rows, wheel, tabs, keys of the bar, the path, answers."""

from __future__ import annotations

from textual.events import MouseScrollDown, MouseScrollUp
from textual.widget import Widget

from aio_tui.question_at_hand import LOOK_FIRST
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.line import Link, line, linked
from aio_tui.widgets.queue_list import QueueList
from aio_tui.widgets.rows import LineView
from aio_tui.wording import Tone
from engine.domain.escalation import ApprovalScope
from engine.domain.orders import ApproveEscalation, PauseRun
from tests.support.scene import RUNNING, WAITING, busy_face
from tests.tui.cockpit_run import NARROW, Cabin, cockpit
from tests.tui.screens import every_face


def here(cabin: Cabin) -> FrameScreen:
    screen = cabin.app.screen
    assert isinstance(screen, FrameScreen)
    return screen


async def click(cabin: Cabin, bar: str, words: str) -> None:
    """Click on these words of a bar."""
    rows = cabin.app.screen.query_one(bar, LineView).rows
    y = next(y for y, row in enumerate(rows) if words in row.text)
    await cabin.pilot.click(bar, offset=(rows[y].text.index(words) + 1, y))
    await cabin.pilot.pause()


def wheel(widget: Widget, kind: type[MouseScrollDown | MouseScrollUp]) -> None:
    widget.post_message(
        kind(
            widget=widget, x=1, y=1, delta_x=0, delta_y=1, button=0,
            shift=False, meta=False, ctrl=False,
        )
    )  # fmt: skip


def test_a_link_covers_its_own_cells_also_behind_wide_letters() -> None:
    row = linked("日本 ", Link("help", Tone.KEY, "help"), "  ", Link("no", Tone.KEY, ""))
    assert row.text == "日本 help  no"
    assert [row.command_at(x) for x in (4, 5, 8, 9, 12)] == ["", "help", "help", "", ""]
    assert line("plain").command_at(0) == ""


async def test_a_row_is_selected_by_a_click_and_opened_by_two() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        queue = cabin.desk.query_one(QueueList)
        y = next(y for y, row in enumerate(queue.rows) if row.item and row.item.task_id == RUNNING)
        await cabin.pilot.click("#queue", offset=(20, y))
        await cabin.until(lambda: queue.task_id == RUNNING, "selected")
        await cabin.pilot.click("#queue", offset=(20, y), times=2)
        await cabin.until(lambda: not queue.has_focus, "opened")


async def test_the_wheel_moves_every_list_and_not_the_cursor() -> None:
    async with cockpit(await every_face(), (40, 15)) as cabin:
        queue = cabin.desk.query_one(QueueList)
        before = queue.cursor
        wheel(queue, MouseScrollDown)
        await cabin.until(lambda: queue.scroll_offset.y > 0, "down")
        assert queue.cursor == before
        wheel(queue, MouseScrollUp)
        await cabin.until(lambda: queue.scroll_offset.y == 0, "up")
        await cabin.press("question_mark")
        text = cabin.app.screen.query_one("#reader", LineView)
        wheel(text, MouseScrollDown)
        await cabin.until(lambda: text.scroll_offset.y > 0, "in a text")


async def test_a_key_of_the_bar_does_when_clicked_what_it_does_when_pressed() -> None:
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await click(cabin, "#keys", "pause all")
        await cabin.until(lambda: face.given == [PauseRun()], "given")
        await click(cabin, "#keys", "help")
        await cabin.until(lambda: isinstance(cabin.app.screen, ReaderScreen), "help")
        await click(cabin, "#reader-keys", "Esc back")
        await cabin.until(lambda: cabin.app.screen is cabin.desk, "back")


async def test_a_click_answers_no_question_that_a_key_would_not_answer() -> None:
    face = await every_face()
    async with cockpit(face) as cabin:
        await cabin.press("I")
        await cabin.until(lambda: "Question 1 of 2" in cabin.text(), "inbox")
        await cabin.press("a")
        await cabin.until(lambda: "Question 1 of 1" in cabin.text(), "the next, by itself")
        await cabin.until(lambda: "done as told" in cabin.text(), "told")
        await click(cabin, "#keys", "once")
        await cabin.until(lambda: LOOK_FIRST in cabin.text(), "asked to look")
        assert len(face.given) == 1
        await click(cabin, "#keys", "once")
        await cabin.until(lambda: len(face.given) == 2, "given")


async def test_a_tab_is_opened_by_a_click() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select(RUNNING)
        await click(cabin, "#tabs", "3 Ralph")
        await cabin.until(lambda: "[3 Ralph]" in cabin.text(), "tab")
        await cabin.press("T")
        await cabin.until(lambda: here(cabin).selected and "1 Output" in cabin.text(), "task")
        await click(cabin, "#parts", "2 Prompt")
        await cabin.until(lambda: "[2 Prompt]" in cabin.text(), "part")


async def test_a_name_in_the_path_leads_back_there() -> None:
    async with cockpit(await every_face()) as cabin:
        for key in ("J", "L", "C"):
            await cabin.press(key)
        await cabin.until(lambda: here(cabin).PLACE == "config", "there")
        await click(cabin, "#path", "Decisions")
        await cabin.until(lambda: here(cabin).PLACE == "decisions", "decisions")
        await click(cabin, "#path", "Cockpit")
        await cabin.until(lambda: here(cabin).PLACE == "cockpit", "cockpit")


async def test_an_answer_is_chosen_by_a_click() -> None:
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(WAITING)
        await cabin.press("A")
        await cabin.until(lambda: cabin.app.screen.query(".option"), "asked")
        await cabin.pilot.click(cabin.app.screen.query(".option").first())
        await cabin.until(lambda: face.given, "given")
        order = face.given[0]
        assert isinstance(order, ApproveEscalation)
        assert order.scope is ApprovalScope.TASK
