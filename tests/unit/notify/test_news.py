from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.facts import Fact, JournalEntry, RunEnded, RunStarted, TaskMoved
from engine.domain.ids import WorkerId
from engine.domain.run import RunEnd
from engine.notify.news import News, NewsDesk, NewsKind
from engine.notify.wording import notice_of
from tests.support.scene import escalation

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def heard(*facts: tuple[str | None, Fact]) -> NewsDesk:
    """What is news after these facts, each a minute after the one before, the first at noon."""
    desk = NewsDesk()
    desk.hear(
        JournalEntry(seq=number, at=at(number), task_id=task_id, project="shop", fact=fact)
        for number, (task_id, fact) in enumerate(facts)
    )
    return desk


def moved(after: str, reason: str = "") -> TaskMoved:
    return TaskMoved(before="running", after=after, trigger="block", reason=reason)


BEGUN = (None, RunStarted(worker=WorkerId("w"), parallel=1))


def kinds(desk: NewsDesk) -> list[tuple[NewsKind, str | None]]:
    return [(one.kind, one.task_id) for one in desk.waiting]


def test_tasks_that_only_a_human_can_move_are_news_until_they_go_on() -> None:
    desk = heard(BEGUN, ("a", moved("blocked", "no server")), ("b", moved("failed", "spent")))
    assert kinds(desk) == [(NewsKind.BLOCKED, "a"), (NewsKind.FAILED, "b")]
    assert [one.text for one in desk.waiting] == ["no server", "spent"]
    desk.hear([JournalEntry(seq=9, at=at(9), task_id="a", project="shop", fact=moved("queued"))])
    assert kinds(desk) == [(NewsKind.FAILED, "b")]


@pytest.mark.parametrize(
    ("cause", "is_news"),
    [
        (RunEnd.DRAINED.value, True),
        (RunEnd.BUDGET.value, True),
        ("the run has cost 50.00 of 50.00 USD", True),
        ("nobody answered until 2026-01-05 16:00 UTC: what is left waits for the operator", True),
        (RunEnd.STOPPED.value, False),
        (RunEnd.HALTED.value, False),
        (RunEnd.PAUSED.value, False),
        (RunEnd.WAITING.value, False),
    ],
)
def test_the_end_of_a_run_is_news_unless_the_operator_knows(cause: str, is_news: bool) -> None:
    desk = heard(BEGUN, ("a", moved("completed")), (None, RunEnded(cause=cause)))
    assert kinds(desk) == [(NewsKind.RUN_ENDED, None)] * is_news


def test_a_run_that_did_nothing_is_no_news_and_a_new_run_takes_the_old_ones_end_away() -> None:
    drained = (None, RunEnded(cause=RunEnd.DRAINED.value))
    assert kinds(heard(BEGUN, drained)) == []
    assert kinds(heard(BEGUN, ("a", moved("completed")), drained, BEGUN)) == []


def test_a_key_in_a_cockpit_acknowledges_what_had_happened_by_then() -> None:
    desk = heard(BEGUN, ("a", moved("blocked")), ("b", moved("blocked")))
    desk.seen(None)
    assert len(desk.waiting) == 2
    desk.seen(at(1.5))
    assert kinds(desk) == [(NewsKind.BLOCKED, "b")]


def test_the_end_of_a_run_is_told_once_and_a_task_again_and_again() -> None:
    desk = heard(BEGUN, ("a", moved("blocked")), (None, RunEnded(cause=RunEnd.DRAINED.value)))
    desk.mark_told(desk.waiting, at(5))
    [left] = desk.waiting
    assert (left.task_id, left.told_at, left.times_told) == ("a", at(5), 1)


def notice(*news: News, says_what: bool = True, asks: bool = False) -> str:
    asked = [escalation(1, "fix-gcd", "ls")] if asks else []
    made = notice_of(
        asked, news=news, now=at(10), repo=Path("/srv/my shop"), project="shop", host="box",
        says_what=says_what,
    )  # fmt: skip
    return f"{made.title}\n{made.body}"


def test_a_notice_of_news_says_what_where_how_long_and_what_to_type() -> None:
    desk = heard(BEGUN, ("a", moved("blocked", "no \x1b[31mserver")))
    desk.hear(
        [
            JournalEntry(
                seq=5,
                at=at(5),
                task_id=None,
                project=None,
                fact=RunEnded(cause="the run has cost 50.00 of 50.00 USD"),
            )
        ]
    )
    assert notice(*desk.waiting).splitlines() == [
        "1 task is blocked, the run has ended: shop",
        "shop on box, in /srv/my shop",
        "■ a · blocked · waits 9 min · no ·[31mserver",
        "■ the run ended 5 min ago: the run has cost 50.00 of 50.00 USD",
        "see it: aio-tui --repo '/srv/my shop' task show a",
        "once what hindered it is mended: aio-tui --repo '/srv/my shop' task retry a",
        "what it did: aio-tui --repo '/srv/my shop' report",
    ]
    assert "server" not in notice(*desk.waiting, says_what=False)
    assert notice(*desk.waiting, asks=True).startswith("1 question waits for you: shop")


def test_of_much_news_some_is_named_and_all_is_counted() -> None:
    many = heard(BEGUN, *((f"t{number}", moved("failed")) for number in range(8)))
    told = notice(*many.waiting)
    assert told.startswith("8 tasks failed: shop")
    assert "and 3 more" in told
    assert "see them: aio-tui --repo '/srv/my shop' task list" in told
