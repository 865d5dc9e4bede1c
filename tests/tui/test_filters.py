"""Filters: one grammar in every list, written with help, kept under a name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aio_tui.places import PLACES, place_named
from aio_tui.screens.dialogs import AskScreen
from aio_tui.screens.directory import screen_at
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.search import SearchScreen
from aio_tui.screens.table_screen import TableScreen
from aio_tui.widgets.queue_list import QueueList
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from tests.support.face import NOW
from tests.support.scene import RUNNING, busy_face
from tests.tui.cockpit_run import NARROW, Cabin, cockpit
from tests.tui.screens import every_face

LISTS = [place for place in PLACES if screen_at(place.name).FIELDS]


def shown(cabin: Cabin) -> list[str]:
    rows = cabin.desk.query_one(QueueList).rows
    return [row.item.task_id for row in rows if row.item]


async def write(cabin: Cabin, words: str) -> None:
    """Open the line, write over what stands there, and send it."""
    await cabin.press("slash")
    await cabin.type(words)
    await cabin.press("enter")


async def test_the_queue_knows_fields_numbers_and_words_together() -> None:
    async with cockpit(busy_face()) as cabin:
        await write(cabin, "state:running cost:>0.4 team:qa gcd")
        assert shown(cabin) == [RUNNING]
        await write(cabin, "error:server")
        assert shown(cabin) == ["port-config"]
        await write(cabin, "!state:needs you priority:<4")
        assert shown(cabin) == [RUNNING, "fix-slug"]


@pytest.mark.parametrize("size", [NARROW, (40, 15)], ids=["80x24", "40x15"])
async def test_a_task_that_the_filter_wants_no_more_stays_under_the_cursor(
    size: tuple[int, int],
) -> None:
    face = busy_face()
    face.set_state(TaskId("fix-slug"), TaskState.RUNNING)
    async with cockpit(face, size) as cabin:
        await write(cabin, "state:running")
        assert shown(cabin) == [RUNNING, "fix-slug"]
        await cabin.select(RUNNING)
        face.set_state(TaskId(RUNNING), TaskState.PAUSED)
        await face.push()
        await cabin.until(lambda: "(not in" in cabin.text(), "marked")
        assert cabin.desk.query_one(QueueList).task_id == RUNNING
        await cabin.select("fix-slug")
        await cabin.until(lambda: shown(cabin) == ["fix-slug"], "gone once it is left")
        face.set_state(TaskId("fix-slug"), TaskState.PAUSED)
        await face.push()
        await cabin.until(lambda: "(not in" in cabin.text(), "the last one stays too")
        face.set_state(TaskId("fix-slug"), TaskState.RUNNING)
        await face.push()
        await cabin.until(lambda: "(not in" not in cabin.text(), "wanted again")
        await write(cabin, "state:needs you")
        assert "fix-slug" not in shown(cabin)


async def test_a_question_that_the_filter_wants_no_more_stays_under_the_cursor() -> None:
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.press("I")
        screen = cabin.app.screen
        assert isinstance(screen, TableScreen)
        await cabin.until(lambda: screen.table.rows, "read")
        screen.set_filter("seen:no")
        before = [row.asked.escalation_id for row in screen.table.rows]
        assert len(before) > 1
        face.escalations = [
            replace(asked, acknowledged_at=NOW) if asked.escalation_id == before[0] else asked
            for asked in face.escalations
        ]
        await face.push()
        await cabin.until(lambda: "(not in the filter)" in cabin.text(), "marked")
        assert screen.table.key == before[0]
        await cabin.press("j")
        await cabin.until(lambda: "(not in the filter)" not in cabin.text(), "gone")
        assert [row.asked.escalation_id for row in screen.table.rows] == before[1:]


async def test_a_line_that_means_nothing_is_told_and_stays_to_be_mended() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        before = shown(cabin)
        await write(cabin, "stat:running")
        assert isinstance(cabin.app.screen, AskScreen)
        assert "no field 'stat' here; fields: task, text, state, team" in cabin.text()
        assert shown(cabin) == before
        await cabin.press("escape")
        assert shown(cabin) == before


async def test_tab_completes_fields_and_values_and_the_line_says_which_there_are() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.press("slash")
        assert "cost:>1" in cabin.text()
        assert "age:>2h" in cabin.text()
        await cabin.type("sta")
        await cabin.press("tab")
        await cabin.type("run")
        await cabin.press("tab", "enter")
        assert cabin.desk.filter_words == "state:running"
        assert shown(cabin) == [RUNNING]


async def test_a_filter_is_kept_picked_and_forgotten_under_a_name() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.press("Y")
        assert "there are none yet" in cabin.told()
        await write(cabin, "state:needs you")
        await cabin.press("Y", "s")
        await cabin.type("mine")
        await cabin.press("enter")
        await cabin.until(lambda: "view 'mine' is kept" in cabin.told(), "kept")
        assert face.filters == {("kim", "cockpit"): {"mine": "state:needs you"}}
        await cabin.press("escape")
        assert len(shown(cabin)) > 3
        await cabin.press("Y")
        assert "mine" in cabin.text()
        await cabin.press("1")
        assert shown(cabin) == ["clean-cache", "write-hosts", "port-config"]
        await cabin.press("Y", "x", "1")
        await cabin.until(lambda: "forgotten" in cabin.told(), "forgotten")
        assert face.filters == {("kim", "cockpit"): {}}


async def test_a_kept_filter_whose_field_is_gone_is_told_and_changes_nothing() -> None:
    face = busy_face()
    face.filters["kim", "cockpit"] = {"old": "colour:red"}
    async with cockpit(face) as cabin:
        before = shown(cabin)
        await cabin.press("Y", "1")
        await cabin.until(lambda: "filter: no field 'colour' here" in cabin.told(), "told")
        assert shown(cabin) == before


@pytest.mark.parametrize("name", [place.name for place in LISTS])
async def test_each_list_has_a_value_for_each_field_that_it_names(name: str) -> None:
    async with cockpit(await every_face()) as cabin:
        if name != "cockpit":
            await cabin.press(place_named(name).key)
        screen = cabin.app.screen
        assert isinstance(screen, FrameScreen)
        assert len({field.name for field in screen.FIELDS}) == len(screen.FIELDS)
        if isinstance(screen, SearchScreen):
            screen.look_for("anything")
        if isinstance(screen, TableScreen):
            await cabin.until(lambda: screen.table.total, "rows")
            names = {field.name for field in screen.FIELDS}
            for row in screen.table.rows:
                assert set(screen.fields_of(row)) - {""} == names
        screen.set_filter("surely-not-there")
        await cabin.until(lambda: "filter: surely-not-there" in cabin.text(), "shown")


async def test_a_queue_that_is_not_listed_whole_says_so() -> None:
    face = busy_face()
    face.more_tasks = 99_000
    async with cockpit(face, NARROW) as cabin:
        await cabin.until(lambda: "the first 12 of 99012 tasks; * searches all" in cabin.text())
