"""What verification costs above the checks' own time: `python -m benchmarks.verify`.

The peer in the same run is the same pytest command, started bare in a checkout of the same commit.
A verified change needs no second run here: it touches no test.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from engine.app.configuration import load_settings
from engine.app.engine import open_engine
from engine.app.judging import Branch
from tests.support.repos import commit_files, git, make_repo

ROUNDS = 5
TESTS = 300
SLEEP_S = 0.005
"""Each test takes so long, so that the whole suite takes some seconds."""


def files() -> dict[str, str]:
    body = f"    time.sleep({SLEEP_S})\n    assert size({{0}}) == {{0}}\n"
    tests = "\n\n".join(f"def test_{n}():\n{body.format(n)}" for n in range(TESTS))
    modules = {f"shop/m{number}.py": f"VALUE = {number}\n" for number in range(500)}
    return {
        **modules,
        "shop/__init__.py": "",
        "shop/size.py": "def size(number):\n    return number\n",
        "tests/test_size.py": f"import time\n\nfrom shop.size import size\n\n\n{tests}",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
    }


def bare_s(repo: Path) -> float:
    """One bare run of the same tests."""
    begun = perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=repo,
        check=True,
        capture_output=True,
    )
    return perf_counter() - begun


def main() -> None:
    asyncio.run(measure())


async def measure() -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = make_repo(Path(folder, "target"), files())
        git(repo, "switch", "-q", "-c", "change")
        branch = Branch(base="main")
        bare, own, whole, proved = [], [], [], []
        async with open_engine(load_settings(repo)) as engine:
            commit_files(repo, {"shop/note.py": "'baseline'\n"})
            await engine.verify_branch(branch)
            for number in range(ROUNDS):
                commit_files(repo, {"shop/note.py": f"{number}\n"})
                bare.append(bare_s(repo))
                begun = perf_counter()
                verdict = await engine.verify_branch(branch)
                whole.append(perf_counter() - begun)
                own.append(sum(check.duration_s for check in verdict.checks))
                begun = perf_counter()
                again = await engine.verify_branch(branch)
                proved.append(perf_counter() - begun)
                if verdict.kind != "PASS" or again.proved_at is None:
                    raise SystemExit(f"not what was to be measured: {verdict.reasons}")
    command, checks = statistics.median(bare), statistics.median(own)
    verified = statistics.median(whole)
    above = statistics.median(one - other for one, other in zip(whole, own, strict=True))
    print(f"{TESTS} tests, 503 files: bare pytest {command:.2f} s, as a check {checks:.2f} s")
    print(
        f"verification {verified:.2f} s: {1000 * above:.0f} ms above its checks, "
        f"{1000 * (verified - command):.0f} ms ({100 * (verified / command - 1):.1f} %) above bare"
    )
    print(f"answer from the proof: median {1000 * statistics.median(proved):.0f} ms, ", end="")
    print(f"worst {1000 * max(proved):.0f} ms")


if __name__ == "__main__":
    main()
