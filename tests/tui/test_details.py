"""What the panes tell of a task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.detail import Detail
from engine.domain.transcript import EntryKind
from tests.support.scene import DONE, RUNNING, busy_face, entry
from tests.tui.cockpit_run import NARROW, WIDE, cockpit

SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])


async def test_a_missing_transcript_is_said() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("2", "left_square_bracket")
        await cabin.until(lambda: "no transcript is kept of this iteration" in cabin.text())


@SIZES
async def test_a_long_command_can_be_read_to_its_end(size: tuple[int, int]) -> None:
    face = busy_face()
    asked = face.escalations[0]
    command = "\n".join(f"echo step {number}" for number in range(80))
    face.escalations[0] = replace(asked, action=replace(asked.action, target=command))
    async with cockpit(face, size) as cabin:
        await cabin.press("6", "tab")
        assert "echo step 0" in cabin.text()
        assert "echo step 79" not in cabin.text()
        await cabin.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        await cabin.press("G")
        assert "stopped by" in cabin.text()
        await cabin.press("pageup")
        assert "echo step 6" in cabin.text()


@SIZES
async def test_a_session_file_is_readable(size: tuple[int, int]) -> None:
    async with cockpit(busy_face(), size) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("4", "tab", "enter")
        await cabin.until(lambda: isinstance(cabin.app.screen, ReaderScreen), "reader")
        assert "checkpoint 2" in cabin.text()
        assert "# Objective" in cabin.text()
        await cabin.press("escape")
        assert "session-fix-gcd-2.md" in cabin.text()


async def test_enter_on_an_iteration_shows_its_output() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("tab", "enter")
        await cabin.until(lambda: "iteration 1 ■ over" in cabin.text())
        assert cabin.desk.query_one(Detail).tab == 2


async def test_ralph_shows_reason_command_exit_code_tests_and_tree() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("3")
        for words in (
            "✗ FAIL", "target-test-red", "$ python -m pytest -q", "exit 1", "2.3s",
            "41 tests executed", "9fceb02d0ae598e9", "assert gcd(0, 9) == 9",
        ):  # fmt: skip
            assert words in cabin.text()


async def test_knowledge_says_when_none_was_used() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(DONE)
        await cabin.press("5")
        assert "no knowledge objects were used" in cabin.text()
        await cabin.select(RUNNING)
        await cabin.until(lambda: "KO-zero-args" in cabin.text())


async def test_in_a_narrow_terminal_enter_gives_the_details_the_whole_screen() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("enter")
        assert "what it is about" not in cabin.text()
        await cabin.press("escape")
        assert "what it is about" in cabin.text()


async def test_a_resized_terminal_shows_the_other_layout() -> None:
    async with cockpit(busy_face(), WIDE) as cabin:
        await cabin.pilot.resize_terminal(*NARROW)
        await cabin.until(lambda: cabin.desk.has_class("-narrow"))
        await cabin.until(lambda: "? help" in cabin.text(), "key bar fits again")
        await cabin.pilot.resize_terminal(20, 5)
        await cabin.pilot.resize_terminal(1, 1)
        await cabin.pilot.resize_terminal(*WIDE)
        await cabin.until(lambda: "Needs you · 3" in cabin.text(), "headings are back")


@pytest.mark.parametrize("size", [NARROW, (139, 40), (140, 40), WIDE])
@pytest.mark.parametrize("tab", ["1", "2"])
async def test_no_letter_of_a_long_word_is_lost_at_the_edge(
    size: tuple[int, int], tab: str
) -> None:
    word = "".join(chr(ord("a") + number % 26) for number in range(400))
    face = busy_face()
    face.tasks[RUNNING] = replace(face.tasks[RUNNING], error_log=word)
    face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, word))
    async with cockpit(face, size) as cabin:
        await cabin.select(RUNNING)
        await cabin.press(tab)
        view = cabin.desk.query_one(Detail).active
        await cabin.until(lambda: any(word[:20] in row for row in cabin.lines()), "shown")
        region = view.scrollable_content_region
        rows = [row[region.x : region.right] for row in cabin.lines()[region.y : region.bottom]]
        assert word in "".join(row.removeprefix("│ ").strip() for row in rows)


async def test_where_details_cover_the_list_the_way_back_is_named() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select(RUNNING)
        assert "Esc back" not in cabin.text()
        await cabin.press("tab")
        await cabin.until(lambda: "Esc back" in cabin.lines()[-1], "the way back")
        await cabin.press("escape")
        await cabin.until(lambda: "Esc back" not in cabin.lines()[-1], "the list is in sight")


async def test_where_the_list_stays_in_sight_nothing_leads_back_to_it() -> None:
    async with cockpit(busy_face(), WIDE) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("tab")
        await cabin.until(lambda: not cabin.desk._queue.has_focus, "details")
        assert "Esc back" not in cabin.lines()[-1]
