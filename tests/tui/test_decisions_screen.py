"""The decisions screen follows a trail that grows."""

from __future__ import annotations

from datetime import timedelta

from engine.domain.audit import TrailMark, TrailNews
from engine.domain.facts import WarningRaised
from engine.domain.ids import TaskId
from tests.support.face import FakeFace
from tests.tui.cockpit_run import NARROW, WIDE, cockpit
from tests.tui.screens import decision, every_face
from tests.tui.test_frame import go


async def test_news_are_read_alone_and_shown_by_number_whatever_the_clock_says() -> None:
    face = await every_face()
    given, looked_through = _watched(face)
    async with cockpit(face, WIDE) as cabin:
        await go(cabin, "decisions")
        await cabin.until(lambda: "the trail is whole" in cabin.text(), "read")
        late = face.made_decisions[0].at - timedelta(days=1)
        face.made_decisions.append(decision(4, value="pip install late", at=late))
        await face.push(WarningRaised(text="news"))
        await cabin.until(lambda: "pip install late" in cabin.text(), "the new one")
        rows = [line for line in cabin.lines() if "pip install" in line]

    assert "pip install late" in rows[0]
    assert given[0] == 3
    assert sum(given) == 4
    assert looked_through == [1]


def _watched(face: FakeFace) -> tuple[list[int], list[int]]:
    """How many decisions each look gave, and how often all lines were looked at."""
    given, looked_through = [], [0]
    news_of, problems_of = face.decision_news, face.audit_problems

    async def decision_news(mark: TrailMark | None) -> TrailNews:
        news = await news_of(mark)
        given.append(len(news.recorded))
        return news

    async def audit_problems() -> list[str]:
        looked_through[0] += 1
        return await problems_of()

    face.decision_news, face.audit_problems = decision_news, audit_problems  # type: ignore[method-assign]
    return given, looked_through


async def test_columns_of_names_leave_the_cells_that_they_do_not_need_to_the_words() -> None:
    face = await every_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.press("J")
        await cabin.until(lambda: "ask: pip install thing-1" in cabin.text(), "whole")
        face.made_decisions.append(decision(4, task_id=TaskId("a-name-that-needs-more-than-all")))
        await face.push()
        await cabin.until(lambda: "a-name-that-nee… " in cabin.text(), "at most so wide")
