"""A thousand questions, each answered at once by two cockpits and a command, with `kill -9`.

In every second round one of the three is killed at a random moment and started again. What each was
told, the database, the journal and the decision log must all name the same one answer.
Run: python -m benchmarks answers
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.support.engines import make_bench
from tests.support.race import run_race

ROUNDS, SEED = 1_000, 2026


def main() -> None:
    """Print what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        race = run_race(make_bench(Path(folder)), rounds=ROUNDS, seed=SEED)
        took_s = time.perf_counter() - began
    print(f"  {'questions':36} {ROUNDS:>8}")
    print(f"  {'answered exactly once':36} {race.wins.total():>8}")
    for name, count in sorted(race.wins.items()):
        print(f"    {f'by {name}':34} {count:>8}")
    print(f"  {'refused, and told by whom':36} {race.told_by_whom:>8}")
    for name, count in sorted(race.kills.items()):
        print(f"  {f'kill -9 of {name}':36} {count:>8}")
    print(f"  {'problems':36} {len(race.problems):>8}")
    print(f"  {'all of it took, s':36} {took_s:>8.0f}")
    for line in race.problems:
        print(f"  {line}")


if __name__ == "__main__":
    main()
