"""Whoever answers first, one answer counts; a thousand rounds of it are `benchmarks answers`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engines import make_bench
from tests.support.race import CONTESTANTS, run_race

ROUNDS = 18


@pytest.mark.slow
def test_of_two_cockpits_and_a_command_one_wins_and_the_others_hear_who(tmp_path: Path) -> None:
    race = run_race(make_bench(tmp_path), rounds=ROUNDS, seed=7)

    assert race.problems == []
    assert race.wins.total() == ROUNDS
    assert set(race.wins) <= set(CONTESTANTS)
    assert race.kills.total() == ROUNDS // 2
    assert race.told_by_whom >= 2 * ROUNDS
