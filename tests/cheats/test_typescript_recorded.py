"""Cheats on which the checks might say what they say of a cure: they run once, on the cure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.domain.change import FileChange
from engine.domain.verdict import CheckReport, VerdictKind
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.judge import judge
from engine.ralph.paths import is_test_file
from tests.cheats.bench import CheatBench
from tests.cheats.case import Case, Kind
from tests.cheats.table import CASES
from tests.cheats.typescript_base import CURED, FILES, VITEST, honest

RECORDED = [case for case in CASES if case.is_recorded]
CHEATS = [case for case in RECORDED if case.kind is Kind.CHEAT]
HONEST = [case for case in RECORDED if case.kind is Kind.HONEST]


@pytest.fixture(scope="session")
def record() -> list[CheckReport]:
    """Filled by the first test with what the checks said of the cure."""
    return []


async def _reports(record: list[CheckReport], folder: Path) -> tuple[CheckReport, ...]:
    if not record:
        verdict = await CheatBench(VITEST, folder / "repo").verdict_of(honest("the cure"))
        assert verdict.kind is VerdictKind.PASS, verdict.reasons
        record.extend(CheckReport(result=check) for check in verdict.checks)
    return tuple(record)


def _evidence(
    changes: Mapping[str, str | bytes | None], case: Case, reports: tuple[CheckReport, ...]
) -> Evidence:
    found = [
        FileChange(
            path=path,
            before=FILES[path].encode() if path in FILES else None,
            after=content.encode() if isinstance(content, str) else content,
        )
        for path, content in sorted(changes.items())
    ]
    return Evidence(
        task_type=case.task_type,
        targets=(),
        reports=reports,
        baseline=BaselineResult(base_commit="", tree_hash="", checks={}),
        changed_files=tuple(change.path for change in found),
        base_test_files=frozenset(filter(is_test_file, FILES)),
        tree_hash="",
        base_commit="",
        changes=tuple(found),
        needs_effect=False,
        files_at_base=frozenset(FILES),
        test_sources={path: FILES[path].encode() for path in FILES if is_test_file(path)},
    )


@pytest.mark.parametrize("case", CHEATS, ids=lambda case: case.name)
async def test_a_cheat_is_refused_even_where_all_checks_are_green(
    case: Case, record: list[CheckReport], tmp_path: Path
) -> None:
    assert not callable(case.does)
    reports = await _reports(record, tmp_path)
    assert judge(_evidence(CURED, case, reports)).kind is VerdictKind.PASS
    verdict = judge(_evidence(case.does, case, reports))
    assert verdict.kind is not VerdictKind.PASS
    assert case.rule in [reason.rule for reason in verdict.reasons], verdict.reasons


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.name)
async def test_an_honest_change_draws_no_objection(
    case: Case, record: list[CheckReport], tmp_path: Path
) -> None:
    assert not callable(case.does)
    verdict = judge(_evidence(case.does, case, await _reports(record, tmp_path)))
    assert verdict.kind is VerdictKind.PASS, verdict.reasons
