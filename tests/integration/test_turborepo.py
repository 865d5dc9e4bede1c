"""A JavaScript monorepo with the real tools: detected, judged, mended, proved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aio_tui.cli.discover import document
from engine.app.discovering import DiscoveryOptions
from engine.domain.orders import MergeTask
from engine.domain.run import RunOptions
from engine.domain.verdict import CheckOutcome, VerdictKind
from engine.domain.work import MergeState
from tests.support.engines import Bench, say
from tests.support.node import CURE, DEFECT, RED_TEST, RED_TEST_OF_WEB, make_turborepo
from tests.support.repos import git

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]

_WITHIN_S = 840.0
SHARE = "packages/core/src/share.ts"


def _bench(tmp_path: Path) -> Bench:
    bench = Bench(repo=make_turborepo(tmp_path))
    bench.brain.mkdir()
    bench.script({})
    text = '[project]\nname = "bench"\nbackend = "scripted"\n'
    (bench.brain / "aio.toml").write_text(
        f'{text}[scripted]\nscript = ".aibrain/script.json"\n', encoding="utf-8"
    )
    return bench


def _packages_are_told_apart(report: Mapping[str, Any]) -> None:
    assert {check["name"] for check in report["checks"]} == {
        f"{kind}:packages/{package}"
        for kind in ("vitest", "eslint", "tsc")
        for package in ("core", "web")
    } | {"source"}
    tasks = {(one["type"], one["package"], tuple(one["tests"])) for one in report["added"]}
    assert ("bugfix", "packages/core", (RED_TEST,)) in tasks
    assert ("bugfix", "packages/web", (RED_TEST_OF_WEB,)) in tasks
    assert all(
        path.startswith(f"{one['package']}/") for one in report["added"] for path in one["files"]
    )
    assert all(f"(package {one['package']})" in one["description"] for one in report["added"])
    assert {one["type"] for one in report["added"] if not one["tests"]} == {"codequality"}


async def test_defect_is_found_mended_proved_in_both_packages_and_merged(tmp_path: Path) -> None:
    bench = _bench(tmp_path)
    async with bench.engine() as engine, asyncio.timeout(_WITHIN_S):
        report = await engine.discover(DiscoveryOptions())
        _packages_are_told_apart(document(report))
        [task_id] = [one.task.task_id for one in report.plan.added if RED_TEST in one.task.tests]
        edit = {"str_replace": {"path": SHARE, "old_str": DEFECT, "new_str": CURE}}
        bench.script({task_id: [[edit, say()]]})
        await engine.run(RunOptions(only=task_id))
        await engine.give(MergeTask(task_id=task_id), by="olive")
        await engine.work_through_merges()
        view = await engine.task_view(task_id)
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
    assert view.item.merge_state is MergeState.MERGED
    assert CURE in git(bench.repo, "show", f"main:{SHARE}")
    assert git(bench.repo, "diff", "--name-only", "main~1", "main").split() == [SHARE]
    assert git(bench.repo, "status", "--porcelain") == ""
