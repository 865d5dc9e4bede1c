"""What a large terminal has room for: whole headlines, and the output beside or below the rest."""

from __future__ import annotations

import pytest

from aio_tui.widgets.detail import Detail, Room
from aio_tui.widgets.transcript_view import TranscriptView
from tests.support.scene import RUNNING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.kept import compare

HUGE = (320, 90)
SAID = "It returns the wrong one of the two."


def room(cabin: Cabin) -> Room:
    return cabin.desk.query_one(Detail).output_room


async def test_on_a_huge_screen_the_output_stands_beside_every_tab() -> None:
    async with cockpit(busy_face(), HUGE) as cabin:
        await cabin.select(RUNNING)
        await cabin.until(lambda: SAID in cabin.text(), "the output")
        compare("cockpit-320x90", cabin.text())
        for key, shown in (
            ("3", "still red"),
            ("4", "session-fix-gcd"),
            ("6", "Question 1 of 2"),
            ("2", "again: the diff changed"),
        ):
            await cabin.press(key)
            await cabin.until(lambda shown=shown: shown in cabin.text(), f"tab {key}")  # type: ignore[misc]  # bound now
            assert SAID in cabin.text(), key
        await cabin.press("tab")
        assert isinstance(cabin.app.focused, TranscriptView)
        assert room(cabin) is Room.BESIDE


async def test_below_the_timeline_the_output_runs_and_its_pages_turn() -> None:
    async with cockpit(busy_face(), WIDE) as cabin:
        await cabin.select(RUNNING)
        await cabin.until(lambda: SAID in cabin.text(), "the output")
        assert "again: the diff changed" in cabin.text()
        await cabin.press("left_square_bracket")
        await cabin.until(lambda: "iteration 2 ■ over" in cabin.text(), "the one before")
        await cabin.press("3")
        assert "iteration 2 ■ over" not in cabin.text()
        assert room(cabin) is Room.BELOW


async def test_where_no_iteration_has_run_the_timeline_has_all_the_room() -> None:
    async with cockpit(busy_face(), WIDE) as cabin:
        await cabin.select("fix-dates")
        assert "no iteration has run yet" in cabin.text()
        assert not cabin.desk.query_one("#spoken").display


async def test_a_terminal_that_grows_and_shrinks_has_the_output_where_it_fits() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select(RUNNING)
        for size, wanted in ((HUGE, Room.BESIDE), (WIDE, Room.BELOW), (NARROW, Room.ALONE)):
            cabin.resize(*size)
            await cabin.until(lambda wanted=wanted: room(cabin) is wanted, str(size))  # type: ignore[misc]  # bound now
            is_seen = wanted is not Room.ALONE
            await cabin.until(lambda is_seen=is_seen: (SAID in cabin.text()) is is_seen, str(size))  # type: ignore[misc]  # bound now


@pytest.mark.parametrize("size", [WIDE, HUGE])
async def test_headlines_of_usual_length_are_whole(size: tuple[int, int]) -> None:
    async with cockpit(busy_face(), size) as cabin:
        for words in (
            "medium: /etc/hosts - the path leaves the worktree",
            "wrap text at wide characters such as 漢字",
            "after fix-dates: one reader for all files",
            "15 iterations are used up without a PASS",
        ):
            assert words in cabin.text()
