"""The palette runs commands, the help names them."""

from __future__ import annotations

from tests.support.scene import RUNNING, busy_face
from tests.tui.cockpit_run import NARROW, cockpit


async def test_the_palette_runs_a_command() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("ctrl+p")
        await cabin.type("pause task")
        await cabin.until(lambda: "(p)" in cabin.text(), "found")
        await cabin.press("enter")
        await cabin.until(lambda: cabin.face.given, "given")
        assert cabin.face.given[0].kind == "pause_task"


async def test_the_help_begins_with_the_tour_and_can_be_searched() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.press("question_mark")
        assert "F1" in cabin.lines()[1]
        assert "/ search" in cabin.lines()[-1]
        await cabin.press("slash")
        await cabin.type("merge base")
        await cabin.press("enter")
        await cabin.until(lambda: "'merge base': 2 commands" in cabin.lines()[0], "searched")
        assert "approve" not in cabin.text()
        await cabin.press("escape")
        assert "approve for task" in cabin.text()
        await cabin.press("f1")
        assert "A tour of one minute" in cabin.text()
        await cabin.press("escape", "escape")
        assert len(cabin.app.screen_stack) == 1
