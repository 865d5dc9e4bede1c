"""The selection stays with the task it is on, and Enter opens what its row is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aio_tui.widgets.queue_list import QueueList
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from tests.support.face import FakeFace
from tests.support.merge_scene import TO_MERGE, merge_face
from tests.support.scene import RUNNING, WAITING, busy_face, escalation, item
from tests.tui.cockpit_run import NARROW, cockpit


@pytest.mark.parametrize(
    ("task", "keys", "state", "told"),
    [
        (WAITING, ("a",), TaskState.RUNNING, "✓ clean-cache: done as told"),
        (WAITING, ("d", "n", "o", "enter"), TaskState.RUNNING, "✓ clean-cache: done as told"),
        (RUNNING, ("minus",), TaskState.COMPLETED, "✓ fix-gcd: done as told"),
        (TaskId("port-config"), ("r",), TaskState.QUEUED, "✓ port-config: done as told"),
        (TaskId("port-config"), ("v", "p", "o", "k", "enter"), TaskState.PASSED, "✓ port-config:"),
    ],
)
async def test_the_selection_stays_with_the_task_that_was_acted_on(
    task: TaskId, keys: tuple[str, ...], state: TaskState, told: str
) -> None:
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(task)
        queue = cabin.desk.query_one(QueueList)
        before = queue.cursor
        await cabin.press(*keys)
        face.set_state(task, state)
        await face.push()
        await cabin.until(lambda: queue.cursor != before, "the row has moved")
        await cabin.until(lambda: cabin.told().startswith(told), "told")
        assert queue.task_id == task
        assert cabin.desk.selected is not None
        assert cabin.desk.selected.task_id == task


async def test_an_empty_queue_is_said_plainly() -> None:
    async with cockpit(FakeFace()) as cabin:
        assert "0 wait for you" in cabin.text()
        assert "The queue is empty." in cabin.text()


async def test_a_fact_moves_the_task_to_its_new_place() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        face.set_state(RUNNING, TaskState.COMPLETED)
        await face.push()
        await cabin.until(lambda: "✓ done       fix-gcd" in cabin.text(), "moved")
        assert cabin.desk.query_one(QueueList).task_id == RUNNING


async def test_the_selected_task_is_kept_when_others_come_and_go() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        del face.tasks[WAITING]
        face.tasks["new"] = item("new", "came later", TaskState.RUNNING, priority=0)  # type: ignore[index]
        await face.push()
        await cabin.until(lambda: "came later" in cabin.text())
        assert cabin.desk.query_one(QueueList).task_id == RUNNING


async def test_a_selected_task_that_vanishes_gives_way_to_its_neighbour() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        del face.tasks[WAITING]
        await face.push()
        await cabin.until(lambda: cabin.desk.view and cabin.desk.view.item.task_id == "write-hosts")


@pytest.mark.parametrize(
    ("task", "there"),
    [
        ("write-hosts", "Question 2 of 2 · write-hosts"),
        ("fix-median", "Review"),
        ("fix-json", "[3 Ralph]"),
        ("port-config", "[3 Ralph]"),
        (RUNNING, "[2 Output]"),
        ("fix-dates", "[1 Timeline]"),
    ],
)
async def test_enter_opens_what_the_row_is_about(task: str, there: str) -> None:
    face, merges = busy_face(), merge_face()
    face.tasks |= {TO_MERGE: merges.tasks[TO_MERGE]}
    face.tasks[TaskId("fix-json")] = item("fix-json", "escapes", TaskState.FAILED)
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(task)
        await cabin.press("enter")
        await cabin.until(lambda: there in cabin.text(), there)
        await cabin.press("escape")
        await cabin.until(lambda: "what it is about" in cabin.text(), "back in the list")
        assert cabin.desk.query_one(QueueList).task_id == task


async def test_enter_opens_the_question_of_the_row_though_another_has_just_come() -> None:
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.select("write-hosts")
        face.escalations.insert(0, escalation(0, RUNNING, "git push --force"))
        await face.push()
        await cabin.until(lambda: "I answers" in cabin.text(), "announced")
        await cabin.press("enter")
        await cabin.until(lambda: "Question 3 of 3 · write-hosts" in cabin.text(), "the row's own")


async def test_work_that_can_be_read_is_offered_for_review_before_it_is_merged() -> None:
    async with cockpit(merge_face(), NARROW) as cabin:
        await cabin.select(TO_MERGE)
        keys = cabin.lines()[-1]
        assert "V review" in keys
        assert keys.index("V review") < keys.index("m merge")
        cabin.face.tasks[TO_MERGE] = replace(
            cabin.face.tasks[TO_MERGE], head_commit=cabin.face.tasks[TO_MERGE].base_commit
        )
        await cabin.face.push()
        await cabin.until(lambda: "V review" not in cabin.lines()[-1], "nothing to read")


async def test_a_filter_that_hides_all_says_so_where_the_task_was() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        cabin.desk.set_filter("state:merged")
        told = "nothing is selected: the filter hides all; Esc clears it"
        await cabin.until(lambda: told in cabin.text(), "told")
        assert "gcd of zero" not in cabin.text()
        await cabin.press("escape")
        await cabin.until(lambda: told not in cabin.text(), "cleared")


async def test_enter_says_why_where_nothing_opens_and_is_not_offered_there() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        assert "Enter open" in cabin.lines()[-1]
        await cabin.press("tab")
        await cabin.until(lambda: "Enter open" in cabin.lines()[-1], "an iteration opens")
        await cabin.press("3")
        await cabin.until(lambda: "Enter open" not in cabin.lines()[-1], "a verdict does not")
        await cabin.press("enter")
        assert "open: all that there is stands here" in cabin.told()
