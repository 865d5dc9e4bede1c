"""What lands on the base branch holds there, or all that came with it is taken back and sorted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.domain.facts import TaskMerged
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.verdict import Verdict
from engine.domain.work import MergeState
from engine.loop.verifying.case import Stage
from tests.support.engines import Bench
from tests.support.merge_engine import QuickProver, combination, quick_engine
from tests.support.merges import (
    commits_of,
    facts_of,
    head,
    lost,
    merge_states,
    module,
    order_merges,
    subjects,
    verified,
)
from tests.support.repos import git

NAMES = [f"m{number}" for number in range(9)]


class HesitantProver(QuickProver):
    """What it says of the first work that has landed it says when it is asked about the next on
    top of it.
    """

    def __init__(self, repo: Path) -> None:
        super().__init__(combination(repo))
        self._landed = ""
        self._is_asked = asyncio.Event()

    async def verify(self, base: str, head: str, **named: Any) -> Verdict:
        if base == self._landed:
            self._is_asked.set()
        if named["stage"] is Stage.LANDED and self._landed in ("", head):
            self._landed = head
            async with asyncio.timeout(120):
                await self._is_asked.wait()
        return await super().verify(base, head, **named)


async def merged(bench: Bench, *names: str, prover: QuickProver) -> list[int]:
    """Work through the queue; how many tasks were in each batch that landed, in order."""
    await order_merges(bench, *names)
    async with quick_engine(bench.repo, prover) as engine:
        await engine.work_through_merges()
        records = [record for name in names for record in await engine.merges(TaskId(name))]
    records.sort(key=lambda record: record.number)
    tips = [record.tip for record in records]
    return [tips.count(tip) for tip in dict.fromkeys(tips)]


async def test_what_was_proved_on_top_of_work_that_is_taken_back_lands_without_it(
    tmp_path: Path,
) -> None:
    bench = await verified(tmp_path, module("alarm"), module("two"), more="[merge]\nbatch = 1\n")
    before = head(bench.repo, "main")

    assert await merged(bench, "alarm", "two", prover=HesitantProver(bench.repo)) == [1, 1]

    assert await merge_states(bench) == {"alarm": MergeState.RED, "two": MergeState.MERGED}
    assert subjects(bench.repo)[-3:] == ["alarm: iteration 1", "Revert alarm", "two: iteration 1"]
    assert git(bench.repo, "diff", "--name-only", before, "main").split() == [
        *("sums/two.py", "tests/test_two.py")
    ]
    assert lost(bench.repo, await commits_of(bench)) == set()


@pytest.mark.parametrize("place", [4, 9])
async def test_a_batch_that_is_taken_back_is_merged_again_by_halves(
    tmp_path: Path, place: int
) -> None:
    names = [*NAMES[:place], "alarm", *NAMES[place:]]
    bench = await verified(tmp_path, *(module(name) for name in names))
    before = head(bench.repo, "main")

    sizes = await merged(bench, *names, prover=QuickProver(combination(bench.repo)))

    states = await merge_states(bench)
    assert states.pop("alarm") is MergeState.RED
    assert (await bench.item("alarm")).state is TaskState.QUEUED
    assert set(states.values()) == {MergeState.MERGED}
    assert sum(sizes) < 4 * len(names)
    assert len(sizes) < len(names), "not one by one"
    added = git(bench.repo, "diff", "--name-only", before, "main", "--", "sums").split()
    assert added == sorted(f"sums/{name}.py" for name in NAMES)
    merges = [task for task, _ in await facts_of(bench, TaskMerged)]
    assert sorted(task or "" for task in merges) == NAMES
    assert lost(bench.repo, await commits_of(bench)) == set()
