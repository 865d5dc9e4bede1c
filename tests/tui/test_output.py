"""The live transcript: follows, pauses when scrolled back, forgets nothing that is in sight."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from aio_tui.widgets import transcript_view
from aio_tui.widgets.transcript_view import TranscriptView
from engine.domain.transcript import EntryKind
from engine.ports.cockpit import TranscriptChunk
from tests.support.scene import RUNNING, WAITING, busy_face, entry
from tests.tui.cockpit_run import Cabin, cockpit


def output(cabin: Cabin) -> TranscriptView:
    return cabin.desk.query_one(TranscriptView)


def shows(cabin: Cabin, words: str) -> bool:
    return words in cabin.text()


async def open_output(cabin: Cabin) -> None:
    await cabin.select(RUNNING)
    await cabin.press("2", "tab")
    await cabin.until(lambda: "12.9k tokens" in cabin.text(), "first reading")


async def test_pieces_of_one_text_flow_together() -> None:
    async with cockpit(busy_face()) as cabin:
        await open_output(cabin)
        assert "The loop ends at once when the first argument is zero." in cabin.text()


async def test_what_a_tool_prints_in_pieces_stands_as_it_printed_it() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await open_output(cabin)
        for said in ("12 pas", "sed\n[exit co", "de 0]\n", "what comes next\n"):
            face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, said))
            await cabin.until(partial(shows, cabin, said.strip().split("\n")[-1]), said)
        rows = [row.text.removeprefix("│ ") for row in output(cabin).rows]
        assert rows[-3:] == ["12 passed", "[exit code 0]", "what comes next"]


async def test_what_is_said_comes_in_by_itself() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await open_output(cabin)
        for number in range(200):
            face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, f"line {number} of many\n"))
        await cabin.until(lambda: "line 199 of many" in cabin.text(), "follows")
        assert output(cabin).is_following


async def test_scrolling_back_pauses_following_and_end_goes_on() -> None:
    face = busy_face()
    face.stream(RUNNING, 3, *(entry(EntryKind.OUTPUT, f"old {n}\n") for n in range(200)))
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("2", "tab")
        await cabin.until(lambda: "old 199" in cabin.text())
        await cabin.press("pageup")
        top = output(cabin).scroll_offset.y
        face.stream(RUNNING, 3, *(entry(EntryKind.OUTPUT, f"new {n}\n") for n in range(50)))
        await cabin.until(lambda: any("new 49" in row.text for row in output(cabin).rows))
        assert output(cabin).scroll_offset.y == top
        await cabin.press("G")
        assert "new 49" in cabin.text()
        face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, "newest\n"))
        await cabin.until(lambda: "newest" in cabin.text(), "follows again")


async def test_rows_of_a_day_are_not_all_kept_and_whoever_reads_stays_where_he_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transcript_view, "_MOST_ROWS", 400)
    monkeypatch.setattr(transcript_view, "_KEPT_ROWS", 300)
    face = busy_face()
    async with cockpit(face) as cabin:
        await open_output(cabin)
        for batch in range(30):
            said = "\n".join(f"{batch} of {number}" for number in range(50))
            face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, f"{said}\n"))
            await cabin.until(partial(shows, cabin, f"{batch} of 49"))
            assert len(output(cabin).rows) <= 400
        rest = 390 - len(output(cabin).rows)
        face.stream(RUNNING, 3, *(entry(EntryKind.OUTPUT, f"row {n}\n") for n in range(rest)))
        await cabin.until(lambda: len(output(cabin).rows) == 390)
        await cabin.press("pageup")
        await cabin.until(lambda: not output(cabin).is_following, "scrolled back")
        shown = cabin.lines()[10]
        face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, "x\n" * 50))
        await cabin.until(lambda: len(output(cabin).rows) < 390, "the oldest are gone")
        await cabin.until(lambda: cabin.lines()[10] == shown, "the same is in sight")


async def test_when_the_next_iteration_begins_its_output_is_shown() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await open_output(cabin)
        face.live[RUNNING] = 4
        face.stream(RUNNING, 4, entry(EntryKind.TEXT, "a fresh start"))
        await face.push(task_id=RUNNING)
        await cabin.until(lambda: "a fresh start" in cabin.text(), "iteration 4")
        assert "The loop ends at once" not in cabin.text()


async def test_another_task_shows_its_own_output() -> None:
    face = busy_face()
    face.stream(WAITING, 1, entry(EntryKind.TEXT, "I want to empty the cache"))
    async with cockpit(face) as cabin:
        await open_output(cabin)
        await cabin.select(WAITING)
        await cabin.until(lambda: "I want to empty the cache" in cabin.text())
        assert "12.9k tokens" not in cabin.text()


async def test_a_transcript_that_takes_its_time_finds_the_pane_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    face, may_read = busy_face(), asyncio.Event()
    face.stream(WAITING, 1, entry(EntryKind.TEXT, "I want to empty the cache"))
    async with cockpit(face) as cabin:
        await open_output(cabin)
        read = face.transcript

        async def read_slowly(*args: Any, **options: Any) -> TranscriptChunk:
            await may_read.wait()
            return await read(*args, **options)

        monkeypatch.setattr(face, "transcript", read_slowly)
        await cabin.select(WAITING)
        await cabin.until(lambda: "12.9k tokens" not in cabin.text(), "nothing of the other task")
        assert "I want to empty the cache" not in cabin.text()
        may_read.set()
        await cabin.until(lambda: "I want to empty the cache" in cabin.text(), "read at last")


async def test_a_task_without_an_iteration_says_so() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select("fix-dates")
        await cabin.press("2")
        assert "no output yet: no iteration has run" in cabin.text()


async def test_a_transcript_of_any_length_keeps_a_bounded_number_of_lines() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await open_output(cabin)
        for batch in range(3):
            rows = (entry(EntryKind.OUTPUT, f"a\nb\nc\nline {batch}-{n}\n") for n in range(2500))
            face.stream(RUNNING, 3, *rows)
            last = f"line {batch}-2499"
            await cabin.until(partial(shows, cabin, last), last)
        assert 10_000 < len(output(cabin).rows) <= 20_000


async def test_a_huge_entry_keeps_its_beginning_and_its_end() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await open_output(cabin)
        face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, "begin " + "x" * 2_000_000 + " end"))
        await cabin.until(lambda: "xx end" in cabin.text(), "end is shown")
        texts = [row.text for row in output(cabin).rows]
        assert any("characters left out" in text for text in texts)
        assert any("begin" in text for text in texts)
