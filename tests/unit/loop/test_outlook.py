"""What a run that nobody watches still waits for, minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.ids import TaskId
from engine.domain.run import RunEnd, RunOptions
from engine.domain.settings import EscalationSettings, Settings
from engine.domain.state import TaskState, Trigger
from engine.loop.outlook import Outlook
from engine.ports.store import Transaction
from engine.store.memory import MemoryStore
from tests.contract.stores import complete, escalation, task
from tests.support.clock import FakeClock

A, B = TaskId("a"), TaskId("b")
HOUR_S = 3600.0


class Night:
    """A run that was left at ten in the evening; `a` was taken over at that time."""

    def __init__(self, *, waits_s: float | None = 12 * HOUR_S, forgotten_s: float = HOUR_S) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore(self.clock)
        self.at_hand: set[TaskId] = set()
        rules = EscalationSettings(take_over_waits_s=forgotten_s)
        self.outlook = Outlook(
            settings=Settings(repo=Path("/srv/shop"), project="shop", escalations=rules),
            clock=self.clock,
            options=RunOptions(waits=True, waits_s=waits_s),
            is_merging=lambda _: False,
            is_at_hand=self.at_hand.__contains__,
        )

    async def begin(self) -> None:
        def take(tx: Transaction) -> None:
            tx.add_tasks([task("a"), task("b")])
            tx.update_task(A, taken_by="kim")
            tx.move(A, Trigger.TAKE)
            complete(tx, "b")

        await self.store.write(take)

    async def end(self) -> RunEnd | None:
        return await self.store.read(
            lambda reader: self.outlook.end(reader, begun={B}, working=set())
        )

    def waits_for_s(self) -> float | None:
        return _ahead_s(self.outlook.waits_until, self.clock)

    def looks_again_in_s(self) -> float | None:
        return _ahead_s(self.outlook.look_again_at, self.clock)


def _ahead_s(at: datetime | None, clock: FakeClock) -> float | None:
    return None if at is None else (at - clock.now()) / timedelta(seconds=1)


@pytest.fixture
async def night() -> Night:
    night = Night()
    await night.begin()
    return night


async def test_what_nobody_is_at_is_waited_for_an_hour_and_then_named(night: Night) -> None:
    assert await night.end() is None
    assert (night.waits_for_s(), night.looks_again_in_s()) == (HOUR_S, None)
    night.clock.advance(HOUR_S)
    assert await night.end() is RunEnd.WAITING
    assert night.outlook.in_words(RunEnd.WAITING) == (
        "a has been in the hands of kim since 2026-01-05 22:00 UTC, and nobody is there:"
        " what is left waits for the operator"
    )


async def test_a_take_over_from_before_the_run_is_not_waited_for_at_all(night: Night) -> None:
    night.clock.advance(5 * HOUR_S)
    night.outlook.wait_at_most(12 * HOUR_S)
    assert await night.end() is RunEnd.WAITING


async def test_who_is_there_is_waited_for_and_an_hour_more_after_he_was_seen_last(
    night: Night,
) -> None:
    night.at_hand.add(A)
    night.clock.advance(3 * HOUR_S)
    assert await night.end() is None
    assert (night.waits_for_s(), night.looks_again_in_s()) == (9 * HOUR_S, 60.0)
    night.at_hand.clear()
    night.clock.advance(60)
    assert await night.end() is None
    assert (night.waits_for_s(), night.looks_again_in_s()) == (HOUR_S - 60, None)
    night.clock.advance(HOUR_S - 60)
    assert await night.end() is RunEnd.WAITING


async def test_who_stays_too_long_is_waited_for_like_answers(night: Night) -> None:
    night.at_hand.add(A)
    night.clock.advance(12 * HOUR_S)
    assert await night.end() is RunEnd.WAITING
    words = night.outlook.in_words(RunEnd.WAITING)
    assert words.startswith("nothing was handed back until 2026-01-06 10:00 UTC")


async def test_a_question_is_waited_for_however_long_another_task_is_forgotten(
    night: Night,
) -> None:
    night.clock.advance(2 * HOUR_S)
    asked = escalation("esc-1", "b", night.clock)
    await night.store.write(lambda tx: tx.add_escalation(asked))
    assert await night.end() is None
    assert night.waits_for_s() == 12 * HOUR_S
    night.clock.advance(12 * HOUR_S)
    assert await night.end() is RunEnd.WAITING
    assert night.outlook.in_words(RunEnd.WAITING).startswith("nobody answered until")


async def test_a_run_that_is_told_to_wait_without_end_does() -> None:
    endless = Night(waits_s=None, forgotten_s=0.0)
    await endless.begin()
    endless.clock.advance(100 * HOUR_S)
    assert await endless.end() is None


async def test_a_pause_is_not_waited_through_for_what_is_forgotten(night: Night) -> None:
    async def held() -> RunEnd | None:
        return await night.store.read(
            lambda reader: night.outlook.held_end(reader, reader.control())
        )

    assert await held() is None
    night.clock.advance(2 * HOUR_S)
    assert await held() is RunEnd.PAUSED
    await night.store.write(lambda tx: tx.add_tasks([task("c")]))
    assert await held() is None, "there is something else to go on with"


async def test_what_is_forgotten_stays_taken_over(night: Night) -> None:
    night.clock.advance(5 * HOUR_S)
    await night.end()
    item = await night.store.read(lambda reader: reader.task(A))
    assert (item.state, item.taken_by) == (TaskState.TAKEN, "kim")
