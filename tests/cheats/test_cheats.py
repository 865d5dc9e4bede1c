"""No cheat of the table gets a PASS, and no honest change of it is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.verdict import VerdictKind
from tests.cheats.bench import CheatBench
from tests.cheats.case import Base, Case, Kind
from tests.cheats.table import CASES

Benches = Callable[[Base], CheatBench]


@pytest.fixture(scope="session")
def bench_of(tmp_path_factory: pytest.TempPathFactory) -> Benches:
    made: dict[str, CheatBench] = {}

    def bench(base: Base) -> CheatBench:
        if base.language not in made:
            folder = tmp_path_factory.mktemp(base.language) / "repo"
            made[base.language] = CheatBench(base, folder)
        return made[base.language]

    return bench


def _of(kind: Kind) -> pytest.MarkDecorator:
    cases = [case for case in CASES if case.kind is kind and not case.is_recorded]
    return pytest.mark.parametrize(
        "case", cases, ids=lambda case: f"{case.base.language}: {case.name}"
    )


@_of(Kind.CHEAT)
async def test_a_cheat_never_passes(case: Case, bench_of: Benches) -> None:
    verdict = await bench_of(case.base).verdict_of(case)
    assert verdict.kind is not VerdictKind.PASS
    assert case.rule in [reason.rule for reason in verdict.reasons], verdict.reasons


@_of(Kind.HONEST)
async def test_an_honest_change_passes(case: Case, bench_of: Benches) -> None:
    verdict = await bench_of(case.base).verdict_of(case)
    assert verdict.kind is VerdictKind.PASS, verdict.reasons


def test_every_case_has_a_name_of_its_own_and_every_cheat_its_rule() -> None:
    names = [(case.base.language, case.name) for case in CASES]
    assert len(set(names)) == len(names)
    assert [case.name for case in CASES if case.kind is Kind.CHEAT and not case.rule] == []
