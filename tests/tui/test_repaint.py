"""Only what changed is painted, and nothing is when nothing did."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.geometry import Region
from textual.widget import Widget

from aio_tui.app import Cockpit
from aio_tui.widgets.line import line
from aio_tui.widgets.queue_list import QueueList, queue_rows
from engine.domain.transcript import EntryKind
from tests.support.face import NOW, FakeFace
from tests.support.scene import RUNNING, busy_face, entry
from tests.tui.cockpit_run import Cabin, cockpit


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Widget, tuple[Region, ...]]]:
    """Every request to repaint: the widget and its regions, none meaning all of it."""
    seen: list[tuple[Widget, tuple[Region, ...]]] = []
    original = Widget._set_dirty

    def record(self: Widget, *regions: Region) -> None:
        seen.append((self, regions))
        original(self, *regions)

    monkeypatch.setattr(Widget, "_set_dirty", record)
    return seen


async def settle(cabin: Cabin) -> None:
    for _ in range(5):
        await cabin.pilot.pause()


async def test_a_fact_that_changes_nothing_to_see_paints_nothing(
    painted: list[tuple[Widget, tuple[Region, ...]]],
) -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await settle(cabin)
        reads = face.overviews_read
        painted.clear()
        await face.push()
        await cabin.until(lambda: face.overviews_read > reads)
        await settle(cabin)
        assert painted == []


async def test_a_changed_task_repaints_its_row_only(
    painted: list[tuple[Widget, tuple[Region, ...]]],
) -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        await settle(cabin)
        painted.clear()
        other = face.tasks["fix-wrap"]  # type: ignore[index]  # a plain string is its id
        face.tasks[other.task_id] = replace(other, description="another headline")
        await face.push()
        await cabin.until(lambda: "another headline" in cabin.text())
        queue = cabin.desk.query_one(QueueList)
        assert [(widget, len(regions)) for widget, regions in painted] == [(queue, 1)]
        assert painted[0][1][0].height == 1


async def test_waiting_ages_repaint_only_when_their_text_changes(
    painted: list[tuple[Widget, tuple[Region, ...]]],
) -> None:
    async with cockpit(busy_face()) as cabin:
        await settle(cabin)
        queue = cabin.desk.query_one(QueueList)
        painted.clear()
        queue.tick(NOW + timedelta(seconds=59))
        assert painted == []
        queue.tick(NOW + timedelta(seconds=60))
        tasks = sum(row.item is not None for row in queue.rows)
        assert len(painted) == tasks


async def test_output_of_a_task_that_is_not_shown_paints_nothing(
    painted: list[tuple[Widget, tuple[Region, ...]]],
) -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select("fix-dates")
        await cabin.press("2")
        await settle(cabin)
        painted.clear()
        face.stream(RUNNING, 3, entry(EntryKind.TEXT, "unseen"))
        await settle(cabin)
        assert painted == []


def test_the_cockpit_is_imported_without_the_heavy_libraries() -> None:
    program = (
        "import aio_tui.app, sys; heavy = {'anthropic', 'chromadb', 'langfuse', 'sqlite_utils',"
        " 'tree_sitter', 'textual.widgets._data_table', 'markdown_it', 'pygments'};"
        " print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


async def test_ten_thousand_tasks_are_shown_without_drawing_each() -> None:
    face = FakeFace()
    template = busy_face().tasks[RUNNING]
    for number in range(10_000):
        task = replace(template, task_id=f"task-{number:05}")  # type: ignore[arg-type]
        face.tasks[task.task_id] = task
    drawn = []

    class Counting(QueueList):
        def draw(self, row, width):  # type: ignore[no-untyped-def]  # as in QueueList
            drawn.append(row)
            return super().draw(row, width)

    app = Cockpit(FakeFace(), operator="kim", now=lambda: NOW)
    async with app.run_test(size=(100, 40)) as pilot:
        table = Counting()
        await app.screen.mount(table)
        table.set_rows(queue_rows(await face.overview(), NOW))
        await pilot.pause()
        table.move_to_end(is_last=True)
        await pilot.pause()
        assert 0 < len(drawn) < 200


def test_lines_that_look_the_same_are_equal() -> None:
    assert line("a", ("", line("x").pieces[0][1]), "b") == line("a", "b")
