from __future__ import annotations

from dataclasses import replace

import pytest

from aio_tui.filtering import parse
from aio_tui.plain.telling import run_line
from aio_tui.widgets.bars import header_lines, terminal_title
from aio_tui.widgets.queue_fields import QUEUE_FIELDS, queue_fields
from aio_tui.widgets.queue_list import QueueList, column_titles, queue_rows
from aio_tui.wording import Group, sign_of
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import Overview, RunState
from tests.support.face import NOW
from tests.support.merge_scene import TO_MERGE, merge_face
from tests.support.scene import RUNNING, WAITING, busy_face, escalation, item


async def overview() -> Overview:
    return await busy_face().overview()


def is_wanted(task: WorkItem, words: str) -> bool:
    nothing = Overview(
        seq=0, run=RunState.IDLE, parallel=1, working=0, tasks=(task,), counts={}, escalations=(),
        usage=Usage(), usage_by_task={}, interrupted=0, warnings=(),
    )  # fmt: skip
    return parse(words, QUEUE_FIELDS).holds(queue_fields(task, nothing, NOW))


async def test_those_that_need_a_human_come_first_and_the_ended_last() -> None:
    rows = queue_rows(await overview(), NOW)
    assert [row.group for row in rows] == sorted(row.group for row in rows)
    ids = [row.item.task_id for row in rows if row.item]
    assert ids[:3] == ["clean-cache", "write-hosts", "port-config"]
    assert ids[-2:] == ["fix-median", "fix-old"]


async def test_who_asks_stands_above_what_is_blocked_however_urgent_that_is() -> None:
    """A question holds up an agent; nobody waits behind what is blocked."""
    face = busy_face()
    for number in range(20):
        blocked = item(f"stuck-{number}", "x", TaskState.BLOCKED, priority=0)
        face.tasks[blocked.task_id] = blocked
    rows = queue_rows(await face.overview(), NOW)
    ids = [row.item.task_id for row in rows if row.item]
    assert ids[:2] == ["clean-cache", "write-hosts"]
    assert ids[2].startswith("stuck-")
    assert ids.index(TaskId("port-config")) == 22


async def test_what_failed_stands_above_a_long_queue_and_in_the_header_of_any_width() -> None:
    face = busy_face()
    for number in range(40):
        ready = item(f"more-{number}", "x", TaskState.QUEUED, priority=0)
        face.tasks[ready.task_id] = ready
        waits = item(f"merge-{number}", "x", TaskState.COMPLETED, merge_state=MergeState.WAITING)
        face.tasks[waits.task_id] = waits
    told = await face.overview()
    rows = queue_rows(told, NOW, with_headings=True)
    at = next(at for at, row in enumerate(rows) if row.item and row.item.task_id == "fix-csv")
    assert at < 12
    for width in (60, 80, 110, 200):
        assert "✗ 1 failed" in header_lines("demo", told, width)[0].text


async def test_headings_count_the_tasks_of_their_group() -> None:
    rows = queue_rows(await overview(), NOW, with_headings=True)
    headings = [row.headline for row in rows if row.item is None]
    assert headings == [
        "Needs you · 3", "Running · 1", "Verifying · 1", "Failed · 1", "Ready · 4",
        "Done · 1", "Cancelled · 1",
    ]  # fmt: skip


@pytest.mark.parametrize("questions", [0, 1, 3])
async def test_title_header_group_and_plain_mode_count_the_same_as_waiting(questions: int) -> None:
    """Questions, also several of one task, and tasks that are blocked."""
    face = busy_face()
    blocked = {TaskId(f"b{n}"): item(f"b{n}", "x", TaskState.BLOCKED) for n in range(29)}
    face.tasks = {WAITING: face.tasks[WAITING], **blocked}
    face.escalations = [escalation(n + 1, WAITING, "ls") for n in range(questions)]
    told, number = await face.overview(), 29 + questions
    rows = queue_rows(told, NOW, with_headings=True)
    assert f"Needs you · {number}" in {row.headline for row in rows if row.item is None}
    assert terminal_title("demo", told) == f"({number}) aio-tui · demo"
    for width in (40, 80, 200):
        assert f"! {number} wait" in header_lines("demo", told, width)[0].text
    asked = f"{questions} question{'' if questions == 1 else 's'}"
    assert f"{number} wait for you ({asked}, 29 blocked)" in run_line(told)


async def test_a_waiting_task_shows_its_question_and_how_long_it_waits() -> None:
    row = queue_rows(await overview(), NOW)[0]
    assert row.headline.startswith("high: rm -rf ~/.cache/demo")
    assert row.age == "10m"


async def test_nothing_is_at_work_without_an_engine() -> None:
    told = replace(await overview(), run=RunState.NO_ENGINE)
    rows = {row.item.task_id: row for row in queue_rows(told, NOW) if row.item}
    assert rows[RUNNING].group is Group.READY
    assert QueueList().draw(rows[RUNNING], 80).text.startswith("✗ cut off")
    assert "0 running, 0 verifying" in header_lines("demo", told, 200)[0].text
    assert "no engine, 0 of 4 at work" in run_line(told)
    cut_off = [
        one.task_id
        for one in told.tasks
        if parse("state:cut", QUEUE_FIELDS).holds(queue_fields(one, told, NOW))
    ]
    assert RUNNING in cut_off


async def test_a_task_whose_question_is_answered_asks_no_more() -> None:
    told = replace(await overview(), escalations=())
    rows = {row.item.task_id: row for row in queue_rows(told, NOW) if row.item}
    assert rows[TaskId("clean-cache")].group is Group.RUNNING
    assert QueueList().draw(rows[TaskId("clean-cache")], 80).text.startswith("▸ answered")
    header = header_lines("demo", told, 200)[0].text
    assert "! 1 waits for you (■ 1 blocked)" in header
    assert "3 running, 1 verifying, 4 ready, 1 done, 1 cancelled" in header


async def test_a_blocked_task_shows_what_it_needs() -> None:
    rows = {row.item.task_id: row for row in queue_rows(await overview(), NOW) if row.item}
    assert "needs a server" in rows["port-config"].headline  # type: ignore[index]  # plain str


@pytest.mark.parametrize(
    ("words", "is_match"),
    [
        ("", True), ("gcd", True), ("GCD zero", True), ("gcd median", False),
        ("state:running", True), ("state:run", True), ("state:paused", False),
        ("state:running fix", True),
    ],
)  # fmt: skip
def test_filter_words_must_all_match(words: str, is_match: bool) -> None:
    task = item("fix-gcd", "gcd of zero and n", TaskState.RUNNING)
    assert is_wanted(task, words) is is_match


def test_the_group_can_be_asked_for_as_a_state() -> None:
    assert is_wanted(item("a", "b", TaskState.BLOCKED), "state:needs")


def test_a_task_behind_others_does_not_look_ready() -> None:
    assert sign_of(item("a", "b", unmet_dependencies=1)).word == "waits"
    assert sign_of(item("a", "b", TaskState.RUNNING, is_pause_requested=True)).word == "pausing"
    assert sign_of(item("a", "b")).group is Group.READY


@pytest.mark.parametrize("width", [40, 78, 98, 160])
async def test_columns_stand_below_their_titles_whatever_the_text(width: int) -> None:
    face = busy_face()
    face.tasks["wide"] = item("wide", "漢字" * 50, TaskState.RUNNING)  # type: ignore[index]
    face.tasks["combining"] = item("combining", "e\u0301" * 90)  # type: ignore[index]
    table = QueueList()
    rows = queue_rows(await face.overview(), NOW)
    cells = {table.draw(row, width).cells for row in rows}
    assert cells == {column_titles(width).cells}


async def test_a_group_is_found_by_its_name() -> None:
    overview = await busy_face().overview()
    found = {
        row.item.task_id
        for row in queue_rows(overview, NOW, wanted=parse("state:needs you", QUEUE_FIELDS))
        if row.item
    }
    assert found == {"clean-cache", "write-hosts", "port-config"}


async def test_where_it_fits_a_row_says_what_its_task_has_cost_and_of_how_much() -> None:
    face = busy_face()
    face.tasks[RUNNING] = replace(face.tasks[RUNNING], max_cost_cents=1250)
    rows = {row.item.task_id: row for row in queue_rows(await face.overview(), NOW) if row.item}
    assert "  $0.41/12.50" in QueueList().draw(rows[RUNNING], 96).text
    assert "$0.00+/5" in QueueList().draw(rows[TaskId("clean-cache")], 96).text
    assert "cost/of" in column_titles(96).text
    for width in (80, 95):
        assert "$" not in QueueList().draw(rows[RUNNING], width).text
        assert "cost" not in column_titles(width).text
    for width in (96, 120, 200):
        cells = QueueList().draw(rows[RUNNING], width).cells
        assert cells == column_titles(width).cells <= width


async def test_the_header_tells_blocked_and_failed_from_what_asks_and_what_is_done() -> None:
    overview_now = await overview()
    narrow = header_lines("demo", overview_now, 110 - 1)[0].text
    assert "! 3 wait for you (■ 1 blocked)" in narrow
    assert "✗ 1 failed" in narrow
    merges = merge_face()
    merges.tasks = {TO_MERGE: merges.tasks[TO_MERGE]}
    for number in range(9):
        merges.tasks[TaskId(f"m{number}")] = merges.tasks[TO_MERGE]
    merges.tasks[TaskId("lost")] = item("lost", "x", TaskState.FAILED)
    header = header_lines("warehouse", await merges.overview(), 80 - 2)[0].text
    assert "✗ 1 failed · ⇡ 10 to merge" in header
    assert terminal_title("demo", overview_now).startswith("(3) ")
