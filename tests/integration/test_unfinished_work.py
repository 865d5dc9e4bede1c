"""What an agent wrote and nobody has committed can be read, and the reading touches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.facts import EscalationRaised
from engine.domain.ids import TaskId
from engine.domain.run import RunOptions
from tests.support.engines import append_outside, cure, make_bench, say, until_fact, worsen
from tests.support.repos import git

pytestmark = pytest.mark.slow

ADD = TaskId("add")


async def test_the_work_of_a_task_that_asks_is_read_though_no_commit_has_it(
    tmp_path: Path,
) -> None:
    steps = [worsen("add", "begun"), append_outside(tmp_path / "mark"), cure("add"), say()]
    bench = make_bench(tmp_path, {"add": [steps]})
    await bench.add("add")
    async with bench.engine() as engine, bench.engine(takes_work=False) as guest:
        assert await guest.unfinished(ADD) == ""
        engine.start(RunOptions(stays=True))
        await until_fact(engine, EscalationRaised)
        worktree = bench.repo / ".aibrain/state/worktrees/add"
        nested = worktree / "nested"
        nested.mkdir()
        git(nested, "init", "-q")
        before = git(worktree, "status", "--porcelain")
        item = (await guest.task_view(ADD)).item
        assert item.base_commit is not None

        tree = await guest.unfinished(ADD)

        [file] = (await guest.changed_files(item.base_commit, tree)).files
        assert (file.path, file.added) == ("sums/add_begun.py", 1)
        assert "+'begun'" in (await guest.patch(item.base_commit, tree, file)).text
        assert await guest.unfinished(ADD) == tree
        assert git(worktree, "status", "--porcelain") == before
        assert "?? sums/add_begun.py" in before
        await engine.end_run()
