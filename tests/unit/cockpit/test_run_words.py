"""Whether the engine is at work is said alike, wherever it is said."""

from __future__ import annotations

from dataclasses import replace

from aio_tui.cli.status import _document, _lines
from aio_tui.commands.leaving import what_is_left
from aio_tui.plain.telling import run_line
from aio_tui.widgets.bars import header_lines
from engine.domain.state import TaskState
from engine.domain.work import MergeState
from engine.ports.cockpit import Overview, RunState
from tests.support.face import FakeFace
from tests.support.scene import item


async def overview_of(run: RunState, *, working: int, merging: int) -> Overview:
    told = await FakeFace().overview()
    counts = {TaskState.MERGING: merging, TaskState.RUNNING: working}
    return replace(told, run=run, working=working, counts=counts, escalations=(), tasks=())


async def test_an_engine_that_merges_is_not_idle() -> None:
    told = await overview_of(RunState.IDLE, working=0, merging=2)
    header = header_lines("larder", told, 80)[0].text
    assert header.startswith("⇡ merging · larder")
    assert "0/4 busy, 2 merging" in header
    assert (
        _lines(told, {}, frozenset(), 7, "larder")[0] == "larder: merging (pid 7), 2 tasks merging"
    )
    assert _document(told, {}, frozenset(), 7, "larder")["merging"] == 2
    assert run_line(told).startswith("merging, 0 of 4 at work, 2 merging, ")
    assert what_is_left(told) == "2 tasks merging in this process"


async def test_a_run_that_also_merges_says_both() -> None:
    told = await overview_of(RunState.RUNNING, working=1, merging=1)
    header = header_lines("larder", told, 80)[0].text
    assert header.startswith("▶ running")
    assert "1/4 busy, 1 merging" in header
    assert (
        _lines(told, {}, frozenset(), 7, "larder")[0]
        == "larder: running (pid 7), 1 task at work, 1 merging"
    )


async def test_nobody_merges_without_an_engine() -> None:
    told = await overview_of(RunState.NO_ENGINE, working=0, merging=1)
    assert "merging" not in header_lines("larder", told, 80)[0].text
    idle = await overview_of(RunState.IDLE, working=0, merging=0)
    assert _lines(idle, {}, frozenset(), 7, "larder")[0] == "larder: idle (pid 7), 0 tasks at work"


async def test_what_waits_to_be_merged_is_told_apart_from_what_is_in_line() -> None:
    idle = await overview_of(RunState.IDLE, working=0, merging=0)
    waits, line = MergeState.WAITING, MergeState.QUEUED
    states = (waits, waits, line, line, line, MergeState.CONFLICT, MergeState.MERGED)
    tasks = tuple(
        item(f"t{number}", "x", TaskState.COMPLETED, merge_state=state)
        for number, state in enumerate(states)
    )
    told = replace(idle, tasks=tasks, counts={TaskState.COMPLETED: len(tasks)})
    header = header_lines("larder", told, 200)[0].text
    assert "⇡ 2 to merge, 3 in line, 1 conflict" in header
    assert header.count("to merge") == 1
    assert "2 to merge, 3 in line, 1 conflict, " in run_line(told)
    assert "⇡ 2 to merge" in header_lines("larder", told, 70)[0].text
    only_line = replace(told, tasks=tasks[2:5])
    assert " · ⇡ 3 in line" in header_lines("larder", only_line, 200)[0].text


async def test_plain_mode_counts_what_failed_and_what_is_to_be_merged() -> None:
    """The header counts them too; at the end of a night this line is all that one hears."""
    idle = await overview_of(RunState.IDLE, working=0, merging=0)
    to_merge = item("a", "x", TaskState.COMPLETED, merge_state=MergeState.WAITING)
    merged = item("b", "x", TaskState.COMPLETED, merge_state=MergeState.MERGED)
    told = replace(idle, tasks=(to_merge, merged), counts={TaskState.FAILED: 3})
    assert run_line(told) == (
        "idle, 0 of 4 at work, 0 wait for you, 3 failed, 1 to merge, 2 tasks, $0.00"
    )
    assert "failed" not in run_line(idle)
    assert "to merge" not in run_line(idle)
