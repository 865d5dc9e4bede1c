"""Every case, as if the checks had said of it what they say of the cure: they run on that alone."""

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
from tests.cheats.case import Base, Case, Kind
from tests.cheats.python_base import CURE, PYTHON
from tests.cheats.table import CASES
from tests.cheats.typescript_base import CURED, VITEST

Record = dict[str, tuple[CheckReport, ...]]
"""What the checks said of the cure, by language."""

CURES: Mapping[str, Mapping[str, str | bytes | None]] = {
    PYTHON.language: CURE,
    VITEST.language: CURED,
}
OF_FILES = [case for case in CASES if case.base.language in CURES and not callable(case.does)]
CHEATS = [case for case in OF_FILES if case.kind is Kind.CHEAT]
HONEST = [case for case in OF_FILES if case.kind is Kind.HONEST and case.is_recorded]


@pytest.fixture(scope="session")
def record() -> Record:
    """Filled by the first test of each language."""
    return {}


async def _reports(record: Record, base: Base, folder: Path) -> tuple[CheckReport, ...]:
    if base.language not in record:
        cure = Case(name="cure", kind=Kind.HONEST, base=base, does=CURES[base.language])
        verdict = await CheatBench(base, folder / "repo").verdict_of(cure)
        assert verdict.kind is VerdictKind.PASS, verdict.reasons
        record[base.language] = tuple(CheckReport(result=check) for check in verdict.checks)
    return record[base.language]


def _evidence(
    changes: Mapping[str, str | bytes | None], case: Case, reports: tuple[CheckReport, ...]
) -> Evidence:
    files = case.base.files
    found = [
        FileChange(
            path=path,
            before=files[path].encode() if path in files else None,
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
        base_test_files=frozenset(filter(is_test_file, files)),
        tree_hash="",
        base_commit="",
        changes=tuple(found),
        needs_effect=False,
        files_at_base=frozenset(files),
        test_sources={path: files[path].encode() for path in files if is_test_file(path)},
    )


@pytest.mark.parametrize("case", CHEATS, ids=lambda case: f"{case.base.language}: {case.name}")
async def test_a_cheat_is_refused_even_where_all_checks_are_green(
    case: Case, record: Record, tmp_path: Path
) -> None:
    assert not callable(case.does)
    reports = await _reports(record, case.base, tmp_path)
    assert judge(_evidence(CURES[case.base.language], case, reports)).kind is VerdictKind.PASS
    verdict = judge(_evidence(case.does, case, reports))
    assert verdict.kind is not VerdictKind.PASS
    assert case.rule in [reason.rule for reason in verdict.reasons], verdict.reasons


@pytest.mark.parametrize("case", HONEST, ids=lambda case: f"{case.base.language}: {case.name}")
async def test_an_honest_change_draws_no_objection(
    case: Case, record: Record, tmp_path: Path
) -> None:
    assert not callable(case.does)
    verdict = judge(_evidence(case.does, case, await _reports(record, case.base, tmp_path)))
    assert verdict.kind is VerdictKind.PASS, verdict.reasons


def test_every_case_that_has_no_run_of_its_own_is_judged_here() -> None:
    judged = {(case.base.language, case.name) for case in (*CHEATS, *HONEST)}
    recorded = {(case.base.language, case.name) for case in CASES if case.is_recorded}
    assert recorded <= judged
