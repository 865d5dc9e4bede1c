from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.domain.facts import Fact, JournalEntry, RunEnded, RunStarted, TaskMoved
from engine.domain.ids import WorkerId
from engine.domain.run import RunEnd
from engine.domain.settings import Budgets, NotificationSettings
from engine.domain.usage import Usage
from engine.notify.news import News, NewsDesk, NewsKind
from engine.notify.wording import about, headline_of, notice_of, raised_by
from engine.wiggum.limits import LimitHit, limit_hit
from tests.support.scene import escalation
from tests.support.scene import item as a_work_item

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


def exhausted(reason: str, limit: str) -> TaskMoved:
    return TaskMoved(
        before="running", after="failed", trigger="exhaust", reason=reason, limit=limit
    )


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
        ("the queue is paused; 'aio-tui task resume --all' lets it go on", False),  # older versions
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
                fact=RunEnded(
                    cause="the run has cost 50.00 of 50.00 USD",
                    is_budget_spent=True,
                    limit="run-cost",
                ),
            )
        ]
    )
    assert notice(*desk.waiting).splitlines() == [
        "1 task is blocked, the budget of the run is spent: shop",
        "shop on box, in /srv/my shop",
        "■ a · blocked · waits 9 min · no ·[31mserver",
        "■ the run's budget is spent, it ended 5 min ago: the run has cost 50.00 of 50.00 USD",
        "see it: aio-tui --repo '/srv/my shop' task show a",
        "once what hindered it is mended: aio-tui --repo '/srv/my shop' task retry a",
        "raise it: run_cost_usd under [budgets] in .aibrain/aio.toml, then 'aio-tui run'",
        "what it did: aio-tui --repo '/srv/my shop' report",
    ]
    assert "server" not in notice(*desk.waiting, says_what=False)
    assert notice(*desk.waiting, asks=True).startswith("1 question waits for you: shop")


def spent_budgets() -> list[LimitHit]:
    """Every budget there is, each spent."""
    item = a_work_item("a", "mend it")
    budgets = Budgets(
        task_cost_usd=Decimal(5), task_wall_clock_s=60, run_cost_usd=Decimal(50),
        run_wall_clock_s=3600,
    )  # fmt: skip
    none, much = Usage(), Usage(cost_usd=Decimal(60), input_tokens=20)

    def hit(
        task: Usage = none, run: Usage = none, task_s: float = 0, run_s: float = 0,
        used: int = 0, tokens: int | None = None,
    ) -> LimitHit:  # fmt: skip
        found = limit_hit(
            replace(item, iteration_count=used, max_tokens=tokens),
            budgets=budgets, task_usage=task, run_usage=run, task_spent_s=task_s, run_spent_s=run_s,
        )  # fmt: skip
        assert found is not None
        return found

    return [
        hit(used=15),
        hit(task=much),
        hit(task=Usage(input_tokens=20), tokens=10),
        hit(task_s=60),
        hit(run=much),
        hit(run_s=3600),
    ]


RAISED_BY = {
    "task-iterations": "aio-tui task budget a --iterations N",
    "task-cost": "aio-tui task budget a --usd USD",
    "task-tokens": "aio-tui task budget a --tokens N",
    "task-time": "task_wall_clock_s under [budgets] in .aibrain/aio.toml",
    "run-cost": "run_cost_usd under [budgets] in .aibrain/aio.toml, then 'aio-tui run'",
    "run-time": "run_wall_clock_s under [budgets] in .aibrain/aio.toml, then 'aio-tui run'",
}


def test_a_spent_budget_is_news_of_its_own_and_says_what_raises_it() -> None:
    hits = spent_budgets()
    assert [hit.rule for hit in hits] == list(RAISED_BY)
    for hit in hits:
        if hit.ends_run:
            ended = RunEnded(cause=hit.message, is_budget_spent=True, limit=hit.rule)
            desk = heard(BEGUN, ("a", moved("completed")), (None, ended))
        else:
            desk = heard(
                BEGUN, ("a", exhausted(f"{hit.message}; last verdict: it is red", hit.rule))
            )
        [news] = desk.waiting
        is_ordinary = hit.rule == "task-iterations"
        assert news.kind is (NewsKind.FAILED if is_ordinary else NewsKind.BUDGET)
        assert raised_by(news) == RAISED_BY[hit.rule]
        assert hit.message in notice(news)
        assert ("1 task failed" if is_ordinary else "is spent: shop") in notice(news)
        assert f"raise it: {RAISED_BY[hit.rule]}".partition("aio-tui")[0] in notice(news)


def test_what_terminals_say_of_it_names_the_first_in_a_line() -> None:
    desk = heard(
        BEGUN,
        ("a", exhausted("the task has used 12 of 10 tokens", "task-tokens")),
        ("b", moved("blocked", "no \x1b")),
    )
    assert headline_of(desk.waiting) == "1 task is blocked, the budget of 1 task is spent"
    assert about(desk.waiting) == (
        "a: the task has used 12 of 10 tokens; raise it: aio-tui task budget a --tokens N"
        " (and 1 more)"
    )
    assert about(desk.waiting[1:]) == "b: no ·"


def test_each_kind_can_be_switched_off() -> None:
    desk = heard(
        BEGUN,
        ("a", moved("blocked")),
        ("b", exhausted("3.00 of 3.00 USD", "task-cost")),
        (None, RunEnded(cause="drained")),
    )
    kinds = {"blocked": "a", "budget": "b", "run_end": None}
    for name, task_id in kinds.items():
        settings = NotificationSettings(**{name: False})  # type: ignore[arg-type]  # by name
        left = [one.task_id for one in desk.wanted(settings)]
        assert left == [each for each in kinds.values() if each != task_id]


def test_of_much_news_some_is_named_and_all_is_counted() -> None:
    many = heard(BEGUN, *((f"t{number}", moved("failed")) for number in range(8)))
    told = notice(*many.waiting)
    assert told.startswith("8 tasks failed: shop")
    assert "and 3 more" in told
    assert "see them: aio-tui --repo '/srv/my shop' task list" in told
