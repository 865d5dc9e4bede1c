"""Keys that come faster than what they lead to can be read."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from aio_tui.widgets.queue_list import QueueList
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import ApproveEscalation, Order, OrderRecord, ShiftPriority
from engine.ports.cockpit import TaskView
from tests.support.face import FakeFace
from tests.support.scene import RUNNING, WAITING, busy_face
from tests.tui.cockpit_run import cockpit


async def test_a_question_is_of_the_task_under_the_cursor_before_that_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    face, may_read = busy_face(), asyncio.Event()
    asked = _question(face, WAITING)
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        read = face.task_view

        async def read_slowly(task_id: TaskId) -> TaskView:
            await may_read.wait()
            return await read(task_id)

        monkeypatch.setattr(face, "task_view", read_slowly)
        cabin.desk.query_one(QueueList).select_key(WAITING)
        await cabin.press("a")
        assert cabin.desk.view is not None
        assert cabin.desk.view.item.task_id == RUNNING
        await cabin.until(lambda: face.given, "answered")
        assert face.given == [ApproveEscalation(escalation_id=asked)]
        may_read.set()


def _question(face: FakeFace, task_id: TaskId) -> EscalationId:
    return next(each.escalation_id for each in face.escalations if each.task_id == task_id)


async def test_each_press_is_a_step_of_its_own_however_quick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the list still shows the first priority there is, or the last."""
    face, may_settle = busy_face(), asyncio.Event()
    give = face.give

    async def give_slowly(order: Order, *, by: str) -> OrderRecord:
        record = await give(order, by=by)
        await may_settle.wait()
        return record

    monkeypatch.setattr(face, "give", give_slowly)
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("minus", "plus", "plus")
        await cabin.until(lambda: len(face.given) == 3, "given")
        assert face.given == [ShiftPriority(task_id=RUNNING, steps=n) for n in (1, -1, -1)]
        may_settle.set()


async def test_a_cursor_that_runs_is_followed_ten_times_a_second_and_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with cockpit(busy_face()) as cabin:
        desk, queue = cabin.desk, cabin.desk.query_one(QueueList)
        begun: list[float] = []
        read_again = desk.read_again

        def count() -> None:
            begun.append(desk._read_selected_at)
            read_again()

        monkeypatch.setattr(desk, "read_again", count)
        for _ in range(4):
            await cabin.press("j", "j", "j", "k", "k")
        await cabin.press("G")
        last = queue.task_id
        await cabin.until(lambda: desk.view and desk.view.item.task_id == last, "the last one")
        assert min(later - before for before, later in pairwise(begun)) >= 0.1


async def test_facts_that_keep_coming_are_read_five_times_a_second() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        began, before = time.monotonic(), face.overviews_read
        while time.monotonic() - began < 1.0:
            await face.push()
            await asyncio.sleep(0.005)
        most = (time.monotonic() - began) / 0.2 + 2
        assert face.overviews_read - before <= most
        last = face.journal[-1].seq
        await cabin.until(lambda: cabin.overview.seq == last, "what came last is read")
