"""One task, iteration by iteration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_tui.commands.story import STORY
from aio_tui.screens.task import TaskScreen
from engine.domain.transcript import EntryKind, TranscriptEntry
from tests.support.face import FakeFace
from tests.support.scene import RUNNING, busy_face, entry
from tests.tui.cockpit_run import NARROW, Cabin, cockpit
from tests.tui.test_hostile_text import ATTACKS, assert_harmless, hostile_face


def at(second: int, kind: EntryKind, text: str, *, is_error: bool = False) -> TranscriptEntry:
    stamp = f"2026-01-05T21:40:{second:02}+00:00"
    return TranscriptEntry(at=stamp, kind=kind, text=text, is_error=is_error)


def face_with_past() -> FakeFace:
    face = busy_face()
    face.stream(
        RUNNING, 2,
        at(0, EntryKind.PROMPT, "# Objective\ngcd of zero and n must be n"),
        at(4, EntryKind.TOOL, "sed -n 1,40p src/numbers.py"),
        at(5, EntryKind.OUTPUT, "def gcd(a, b):"),
        at(9, EntryKind.TOOL, "rm -rf /"),
        at(9, EntryKind.GUARD, "denied by destructive-path: it deletes all", is_error=True),
    )  # fmt: skip
    return face


@asynccontextmanager
async def looking(
    face: FakeFace, size: tuple[int, int] = NARROW, task: str = RUNNING
) -> AsyncIterator[Cabin]:
    async with cockpit(face, size) as cabin:
        await cabin.select(task)
        await cabin.press("T")
        await cabin.until(
            lambda: isinstance(cabin.app.screen, TaskScreen) and cabin.app.screen._story, "read"
        )
        yield cabin


async def test_keys_turn_iterations_and_say_where_they_end() -> None:
    async with looking(face_with_past()) as cabin:
        assert "iteration 3 of 3" in cabin.text()
        assert "▶ live" in cabin.text()
        for back, forth in (("left", "right"), ("h", "l")):
            await cabin.press(back)
            await cabin.until(lambda: "iteration 2 of 3" in cabin.text(), back)
            await cabin.press(forth)
            await cabin.until(lambda: "iteration 3 of 3" in cabin.text(), forth)
        await cabin.press("right_square_bracket")
        assert "this is the newest iteration" in cabin.text()
        await cabin.press("left_square_bracket", "left_square_bracket")
        await cabin.until(lambda: "iteration 1 of 3" in cabin.text(), "first")
        await cabin.press("left")
        assert "this is the first iteration" in cabin.text()


async def test_a_branch_begins_at_the_iteration_that_is_looked_at() -> None:
    async with looking(face_with_past()) as cabin:
        await cabin.press("y")
        assert "branch: no iteration of fix-gcd had ended here" in cabin.text()
        await cabin.press("left")
        await cabin.until(lambda: "iteration 2 of 3" in cabin.text(), "before")
        await cabin.press("y")
        await cabin.until(lambda: "Branch fix-gcd after iteration 2:" in cabin.text(), "asked")


async def test_every_part_shows_what_it_names() -> None:
    async with looking(face_with_past()) as cabin:
        await cabin.press("left")
        await cabin.until(lambda: "iteration 2 of 3" in cabin.text(), "before")
        for key, words in (
            ("2", "gcd of zero and n must be n"),
            ("3", "2 tool calls, 1 went wrong"),
            ("4", "Checks, as the engine ran them"),
            ("5", "no knowledge objects were used"),
            ("6", "Make gcd right."),
            ("1", "$ sed -n 1,40p src/numbers.py"),
            ("tab", "# Objective"),
        ):
            await cabin.press(key)
            assert words in cabin.text()


async def test_a_live_iteration_grows_on_the_screen() -> None:
    face = face_with_past()
    async with looking(face) as cabin:
        face.stream(RUNNING, 3, entry(EntryKind.TEXT, "a new thought"))
        await face.push()
        await cabin.until(lambda: "a new thought" in cabin.text(), "grown")


async def test_a_task_without_an_iteration_says_so() -> None:
    async with looking(busy_face(), task="fix-dates") as cabin:
        assert "no iteration has begun" in cabin.text()


async def test_hostile_text_reaches_no_part_as_an_instruction() -> None:
    async with looking(hostile_face("".join(ATTACKS)), task="target") as cabin:
        for key in ("2", "3", "4", "5", "6", "1", "left", "2", "3", "4", "5", "6"):
            await cabin.press(key)
            assert_harmless(cabin)


def test_every_own_key_is_pressed_above() -> None:
    pressed = {"left", "right", "h", "l", "left_square_bracket", "right_square_bracket", "tab"}
    assert {key for command in STORY for key in command.keys} == pressed | set("123456")
