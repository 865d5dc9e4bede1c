"""A JavaScript monorepo with the real tools: detected, judged, mended, proved."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.domain.ids import TaskId
from engine.domain.run import RunOptions
from engine.domain.verdict import CheckOutcome, VerdictKind
from engine.ports.cockpit import TaskView
from tests.support.engines import Bench, Iterations, say
from tests.support.node import CURE, DEFECT, RED_TEST, RED_TEST_OF_WEB, make_turborepo
from tests.support.repos import git

pytestmark = pytest.mark.slow

_WITHIN_S = 100.0
SHARE = "packages/core/src/share.ts"


def _bench(tmp_path: Path, steps: Iterations) -> Bench:
    bench = Bench(repo=make_turborepo(tmp_path))
    bench.brain.mkdir()
    bench.script({"share": steps})
    text = '[project]\nname = "bench"\nbackend = "scripted"\n'
    (bench.brain / "aio.toml").write_text(
        f'{text}[scripted]\nscript = ".aibrain/script.json"\n', encoding="utf-8"
    )
    return bench


async def _work(bench: Bench, *, iterations: int) -> TaskView:
    await bench.add("share", tests=(RED_TEST, RED_TEST_OF_WEB))
    async with bench.engine() as engine, asyncio.timeout(_WITHIN_S):
        await engine.run(RunOptions(max_iterations=iterations))
        return await engine.task_view(TaskId("share"))


async def test_defect_in_one_package_is_mended_and_proved_in_both(tmp_path: Path) -> None:
    edit = {"str_replace": {"path": SHARE, "old_str": DEFECT, "new_str": CURE}}
    bench = _bench(tmp_path, [[edit, say()]])
    view = await _work(bench, iterations=3)
    [checkpoint] = view.checkpoints
    verdict = checkpoint.verdict
    assert verdict is not None
    assert verdict.kind is VerdictKind.PASS
    assert {check.name: check.outcome for check in verdict.checks} == {
        "vitest:packages/core": CheckOutcome.CLEAN,
        "vitest:packages/web": CheckOutcome.CLEAN,
        "eslint:packages/core": CheckOutcome.FINDINGS,
        "eslint:packages/web": CheckOutcome.CLEAN,
        "tsc:packages/core": CheckOutcome.CLEAN,
        "tsc:packages/web": CheckOutcome.FINDINGS,
    }
    branch = view.item.branch
    assert CURE in git(bench.repo, "show", f"{branch}:{SHARE}")
    assert git(bench.repo, "diff", "--name-only", "main", branch).split() == [SHARE]


async def test_cure_in_the_operators_checkout_proves_nothing(tmp_path: Path) -> None:
    """It could reach the checks through the links of `node_modules`."""
    step = {"create": {"path": "packages/web/src/plain.ts", "file_text": "export {};\n"}}
    bench = _bench(tmp_path, [[step, say()]])
    source = bench.repo / SHARE
    source.write_text(source.read_text().replace(DEFECT, CURE))
    view = await _work(bench, iterations=1)
    verdict = view.checkpoints[0].verdict
    assert verdict is not None
    assert verdict.kind is VerdictKind.FAIL
    failures = {failure for check in verdict.checks for failure in check.failures}
    assert {RED_TEST, RED_TEST_OF_WEB} <= failures
