"""Which tasks have one origin, and what is told of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aio_tui.cli.comparison import rows
from engine.app.comparing import contenders, family
from engine.domain.errors import UnknownTaskError
from engine.domain.ids import TaskId
from engine.ports.store import Store, Transaction
from tests.contract.stores import KINDS, checkpoint, opened, task, used
from tests.support.clock import FakeClock

A, B, C, D = (TaskId(f"fix-{name}") for name in "abcd")


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Of `a` with three iterations, `b` branched at the second, and `c` from `b` at its first."""
    clock = FakeClock()

    def fill(tx: Transaction) -> None:
        tx.add_tasks([task(name) for name in (A, B, C, D)])
        for name, count in ((A, 3), (B, 1)):
            for number in range(1, count + 1):
                tx.add_checkpoint(checkpoint(name, number, clock))
                tx.add_usage(name, iteration=number, agent="s", model="m", usage=used("0.5"))
        tx.update_task(B, branched_from=A, branched_at=2, model="m-2")
        tx.update_task(C, branched_from=B, branched_at=1)

    async with opened(request.param, tmp_path, clock) as store:
        await store.write(fill)
        yield store


async def test_whoever_is_asked_about_the_whole_family_is_found(store: Store) -> None:
    for asked, expected in ((A, [A, B, C]), (C, [A, B, C]), (D, [D])):
        found = await store.read(lambda reader, asked=asked: family(reader, asked))  # type: ignore[misc]
        assert found == expected
    with pytest.raises(UnknownTaskError):
        await store.read(lambda reader: family(reader, TaskId("ghost")))


async def test_each_is_told_in_the_same_respects_and_what_came_after_they_part(
    store: Store,
) -> None:
    found = await store.read(lambda reader: contenders(reader, [A, B, C, B]))
    assert [(one.item.task_id, one.since, len(one.after)) for one in found] == [
        (A, 2, 1), (B, 1, 0), (C, 0, 0),
    ]  # fmt: skip
    told = {row.name: [cell.text for cell in row.cells] for row in rows(found)}
    assert told == {
        "state": ["○ ready"] * 3,
        "begins at": ["the base branch", "fix-a, iteration 2", "fix-b, iteration 1"],
        "by": ["scripted", "scripted, m-2", "as configured"],
        "iterations": ["3 (1 since they part)", "1 (0 since they part)", "0"],
        "verdicts": ["FAIL  ✗ ✗ ✗", "FAIL  ✗", "-"],
        "because": ["1 of 2 target tests fails", "1 of 2 target tests fails", "-"],
        "cost": ["$1.50 ($0.00 since they part)", "$0.50 ($0.00 since they part)", "$0.00"],
        "tokens": ["336", "112", "0"],
        "time": ["7.5s (2.5s since they part)", "2.5s (0.0s since they part)", "0.0s"],
        "pytest": ["findings, 12 tests, 1 failure, 1.2s"] * 2 + ["-"],
        "types": ["timeout, 1m00s"] * 2 + ["-"],
    }  # fmt: skip
