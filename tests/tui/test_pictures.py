"""The screens as text, compared with what was looked at and found good.

AIO_TUI_UPDATE_SNAPSHOTS=1 writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.domain.ids import TaskId
from engine.ports.cockpit import RunState
from tests.support.face import FakeFace
from tests.support.merge_scene import (
    MERGED,
    REVERTED,
    TAMPERED,
    TO_MERGE,
    facts_of_merges,
    merge_face,
)
from tests.support.scene import RUNNING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, cockpit

GOLDEN = Path(__file__).parent / "golden"
SCREENS: dict[str, tuple[str, ...]] = {
    "timeline": ("1",),
    "output": ("2",),
    "ralph": ("3",),
    "checkpoints": ("4",),
    "knowledge": ("5",),
    "inbox": ("6",),
    "help": ("question_mark",),
    "override": ("n",),
    "quit": ("q",),
}


def compare(name: str, shown: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("AIO_TUI_UPDATE_SNAPSHOTS") == "1":
        path.write_text(shown + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == shown + "\n"


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_the_screen_looks_as_it_did(screen: str, size: tuple[int, int]) -> None:
    async with cockpit(busy_face(), size) as cabin:
        await cabin.select(RUNNING)
        await cabin.press(*SCREENS[screen])
        if screen == "output":
            await cabin.until(lambda: "12.9k tokens" in cabin.text(), "output")
        compare(f"{screen}-{size[0]}x{size[1]}", cabin.text())


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
async def test_the_screen_after_an_interruption_looks_as_it_did(size: tuple[int, int]) -> None:
    face = busy_face()
    face.run, face.interrupted, face.warnings = RunState.STOPPED, 2, ("a session file is damaged",)
    async with cockpit(face, size) as cabin:
        compare(f"interrupted-{size[0]}x{size[1]}", cabin.text())


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
async def test_the_empty_screen_looks_as_it_did(size: tuple[int, int]) -> None:
    async with cockpit(FakeFace(), size) as cabin:
        compare(f"empty-{size[0]}x{size[1]}", cabin.text())


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
@pytest.mark.parametrize(
    ("name", "task_id", "tab"),
    [
        ("merge", TO_MERGE, "1"),
        ("merged", MERGED, "1"),
        ("pass", TO_MERGE, "3"),
        ("blocked", REVERTED, "3"),
        ("tampered", TAMPERED, "3"),
    ],
)
async def test_the_screen_of_verified_work_looks_as_it_did(
    name: str, task_id: TaskId, tab: str, size: tuple[int, int]
) -> None:
    face = merge_face()
    for told_of, fact in facts_of_merges().items():
        await face.push(fact, task_id=told_of)
    async with cockpit(face, size) as cabin:
        await cabin.select(task_id)
        await cabin.press(tab)
        compare(f"{name}-{size[0]}x{size[1]}", cabin.text())
