"""Test files under Vitest that never end."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.checks.build import build_checkers
from engine.domain.settings import CheckSettings, Settings
from engine.domain.verdict import CheckOutcome, CheckReport
from engine.ralph.evidence import TEST_HUNG
from engine.sandbox.runner import SubprocessRunner
from tests.support.node import RED_TEST, make_turborepo

pytestmark = pytest.mark.slow

_CORE = "packages/core"
_FILE = "packages/core/src/more.test.ts"
_HANGS = 'import { test } from "vitest";\ntest("a", () => { for (;;) {} });\n'
_SLEEPS = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\n"
"""Hangs as deeply and leaves the processor to the others: none of them may seem to hang."""
_LIMIT_S = 6.0


async def _check(
    repo: Path,
    *,
    timeout_s: float = 90.0,
    test_timeout_s: float = 60.0,
    only: tuple[str, ...] = (),
    hanging: frozenset[str] = frozenset(),
) -> CheckReport:
    box = repo.parent / "box"
    runner = SubprocessRunner(box / "home", box / "tmp")
    check = CheckSettings(
        name="own",
        kind="vitest",
        folder=_CORE,
        timeout_s=timeout_s,
        test_timeout_s=test_timeout_s,
    )
    settings = Settings(repo=repo, project="demo", checks=(check,))
    [checker] = build_checkers(settings, runner, repo, hanging)
    return await checker.run(repo, only=only)


async def test_file_that_hangs_is_known_by_name_and_the_others_are_still_run(
    tmp_path: Path,
) -> None:
    sleeps = f'import {{ test }} from "vitest";\ntest("a", () => {{ {_SLEEPS} }});\n'
    repo = make_turborepo(tmp_path, {_FILE: sleeps, f"{_CORE}/src/own.test.ts": _SLEEPS})
    report = await _check(repo, test_timeout_s=_LIMIT_S)
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert set(report.result.failures) == {
        RED_TEST,
        f"{_FILE}::collection",
        f"{_CORE}/src/own.test.ts::collection",
    }
    assert report.result.tests_executed == 5
    alone = await _check(repo, test_timeout_s=_LIMIT_S, only=(f"{_FILE}::a",))
    assert alone.result.failures == (f"{_FILE}::collection",)


async def test_run_is_stopped_at_its_limit(tmp_path: Path) -> None:
    repo = make_turborepo(tmp_path, {_FILE: _HANGS})
    result = (await _check(repo, timeout_s=4.0)).result
    assert (result.outcome, result.exit_code) == (CheckOutcome.TIMEOUT, None)
    assert result.explanation == "stopped after 4 s"


async def test_file_that_is_known_to_hang_gets_little_time(tmp_path: Path) -> None:
    repo = make_turborepo(tmp_path, {_FILE: _HANGS})
    report = await _check(repo, timeout_s=50.0, hanging=frozenset({f"{_FILE}::collection"}))
    assert set(report.result.failures) == {RED_TEST, f"{_FILE}::collection"}
    assert [found.id for found in report.findings if found.rule == TEST_HUNG] == [
        f"{_FILE}::collection"
    ]
