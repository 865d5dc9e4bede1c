"""What header, status line and key bar say, and the terminal's title."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aio_tui.app import Cockpit
from aio_tui.widgets.bars import terminal_title
from engine.domain.errors import StoreError
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.ports.cockpit import RunState
from tests.support.face import NOW
from tests.support.scene import RUNNING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit

READY = TaskId("fix-wrap")
SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])


@SIZES
async def test_the_header_says_what_runs_who_waits_and_what_it_costs(
    size: tuple[int, int],
) -> None:
    async with cockpit(busy_face(), size) as cabin:
        header = cabin.lines()[0]
        wanted = ["▶ running", "demo", "! 3 wait for you", "(■ 1 blocked)", "1 failed", "$0.41"]
        for words in [*wanted, "2/4"] if size == WIDE else wanted:
            assert words in header


@SIZES
async def test_an_interrupted_run_says_how_to_go_on(size: tuple[int, int]) -> None:
    face = busy_face()
    face.run, face.interrupted = RunState.STOPPED, 2
    async with cockpit(face, size) as cabin:
        assert "2 begun tasks wait: press s to go on" in cabin.text()


async def test_lost_iterations_are_told_as_interruptions() -> None:
    face = busy_face()
    face.run, face.interrupted = RunState.STOPPED, 2
    face.tasks[READY] = replace(face.tasks[READY], interruptions=1)
    async with cockpit(face) as cabin:
        assert "1 task was interrupted: press s to go on" in cabin.text()


async def test_an_engine_that_died_is_told_from_one_that_ended_in_order() -> None:
    face = busy_face()
    face.is_embedded = False
    async with cockpit(face) as cabin:
        face.run, face.is_engine_lost = RunState.NO_ENGINE, True
        await cabin.until(lambda: "✗ no engine" in cabin.lines()[0], "seen without a fact")
        assert "✗ the engine died: press s to go on in this process" in cabin.text()


async def test_what_a_backend_lacks_stands_in_the_header_once_and_in_its_rows() -> None:
    face = busy_face()
    lack = "no model key; set ANTHROPIC_API_KEY"
    face.warnings, face.lacking = (lack,), {READY: lack}
    async with cockpit(face) as cabin:
        assert f"! 1 task waits for its backend: {lack}" in cabin.text()
        assert "◌ no backend" in cabin.text()
        assert f"! {lack}" not in cabin.text()


@SIZES
async def test_an_engine_that_ended_is_said_within_moments(size: tuple[int, int]) -> None:
    face = busy_face()
    face.is_embedded = False
    async with cockpit(face, size) as cabin:
        assert "▶ running" in cabin.lines()[0]
        face.run = RunState.NO_ENGINE
        await cabin.until(lambda: "no engine" in cabin.lines()[0], "seen without a fact")
        assert "■ no engine" in cabin.lines()[0]
        assert "■ the engine has ended in order: press s to go on in this proc" in cabin.text()
        assert ("0/4" in cabin.lines()[0]) == (size == WIDE)  # no room is left for it elsewhere


async def test_a_long_line_is_told_on_two_rows() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        cabin.desk.say(" ".join(f"word{number}" for number in range(18)))
        await cabin.until(lambda: "word17" in cabin.text(), "the end of it")
        assert "word0 " in cabin.text()


async def test_the_notice_gives_way_to_the_first_key() -> None:
    app = Cockpit(busy_face(), operator="kim", notice="the words are scripted", now=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        cabin = Cabin(app, pilot, app._face)  # type: ignore[arg-type]  # the one from above
        await cabin.until(lambda: cabin.desk.view)
        assert "the words are scripted" in cabin.text()
        await cabin.press("j")
        assert "the words are scripted" not in cabin.text()


async def test_keys_are_named_by_what_they_do_now() -> None:
    face = busy_face()
    face.run = RunState.PAUSED
    face.set_state(RUNNING, TaskState.PAUSED)
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        await cabin.until(lambda: "p resume task" in cabin.text())
        assert "Space resume all" in cabin.text()


async def test_a_stopped_run_with_ready_tasks_says_how_to_start() -> None:
    face = busy_face()
    face.run = RunState.STOPPED
    async with cockpit(face) as cabin:
        assert "! 2 tasks are ready: press s to start" in cabin.text()


@SIZES
async def test_warnings_are_shown_and_go_away(size: tuple[int, int]) -> None:
    face = busy_face()
    face.warnings = ("session-a-1.md is damaged", "the disk is nearly full")
    async with cockpit(face, size) as cabin:
        assert "! the disk is nearly full (and 1 more)" in cabin.text()
        face.warnings = ()
        await face.push()
        await cabin.until(lambda: "nearly full" not in cabin.text())


async def test_a_reading_that_fails_is_shown_not_hidden() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        face.failure = StoreError("the database is locked", hint="end the other program")
        await face.push()
        await cabin.until(lambda: "reading the queue failed" in cabin.told(), "failure shown")
        assert "the database is locked" in cabin.told()


async def test_the_terminal_title_counts_those_who_wait() -> None:
    face = busy_face()
    assert terminal_title("demo", await face.overview()) == "(3) aio-tui · demo"
    face.tasks.clear()
    face.escalations.clear()
    assert terminal_title("demo", await face.overview()) == "aio-tui · demo"
    assert terminal_title("demo", None) == "aio-tui · demo"


async def test_a_notice_stands_in_the_status_line() -> None:
    app = Cockpit(busy_face(), operator="kim", notice="the model's words are scripted")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert any("the model's words are scripted" in strip.text for strip in strips)
