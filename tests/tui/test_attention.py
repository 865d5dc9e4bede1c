"""One glance: what tasks do, and whether any is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import pytest

from aio_tui.app import Cockpit
from aio_tui.notices import notice_text
from engine.domain.escalation import Escalation
from engine.domain.ids import TaskId
from engine.ports.cockpit import Activity, Health, ToldNews
from tests.support.face import FakeFace
from tests.support.scene import RUNNING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, cockpit
from tests.tui.kept import compare
from tests.tui.test_hostile_text import ATTACKS, assert_harmless


def face_at_work() -> FakeFace:
    face = busy_face()
    face.activity = {
        RUNNING: Activity(headline="$ python -m pytest -q", health=Health.STALLED),
        TaskId("fix-slug"): Activity(headline="check: 12 passed", health=Health.SLOW),
    }
    return face


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
async def test_rows_say_what_is_done_and_what_is_stuck(size: tuple[int, int]) -> None:
    async with cockpit(face_at_work(), size) as cabin:
        compare(f"stalled-{size[0]}x{size[1]}", cabin.text())


async def test_on_a_very_small_screen_rows_say_what_matters() -> None:
    async with cockpit(face_at_work(), (40, 15)) as cabin:
        compare("stalled-40x15", cabin.text())
        assert any(row.rstrip().endswith("10m") for row in cabin.lines())


async def test_a_cockpit_looks_again_without_any_news_while_tasks_work() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        face.activity = {RUNNING: Activity(headline="$ ls", health=Health.RETRYING)}
        await cabin.until(lambda: "↩ retrying" in cabin.text() and "$ ls" in cabin.text(), "seen")


class Ringing(Cockpit):
    """Remembers what its terminal would have rung for."""

    rung: ClassVar[list[str]] = []

    def ring(self, told: Sequence[Escalation], news: ToldNews | None) -> None:
        self.rung.append(notice_text(told, news, self._face.settings)[0])


async def test_the_terminal_rings_once_for_questions_and_news_that_are_told_together() -> None:
    face = busy_face()
    face.news = ToldNews(seq=1, headline="1 task failed", about="")
    Ringing.rung.clear()
    async with cockpit(face, kind=Ringing) as cabin:
        await cabin.until(lambda: cabin.desk.overview is not None, "the first look")
        assert Ringing.rung == []
        face.escalations[0] = replace(face.escalations[0], times_told=1)
        face.news = ToldNews(seq=9, headline="the budget of the run is spent", about="")
        await face.push()
        await cabin.until(lambda: Ringing.rung, "rung")
        await face.push()
        await cabin.press("I", "escape")
        assert Ringing.rung == ["1 question waits for you, the budget of the run is spent"]


async def test_a_hostile_headline_is_plain_text() -> None:
    face = busy_face()
    face.activity = {RUNNING: Activity(headline="".join(ATTACKS), health=Health.SLOW)}
    async with cockpit(face, NARROW) as cabin:
        assert_harmless(cabin)
