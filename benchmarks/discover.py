"""What finding work costs: `python -m benchmarks.discover`.

The peer in the same run is the same tools on a checkout of the same commit, by hand, one after
another. A second part measures what the engine does itself with very many findings.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

from benchmarks.measure import WallClock, timed
from engine.discovery.groups import group
from engine.discovery.priority import Scale, Surroundings
from engine.discovery.reconcile import Plan, Scanned, carry_out, plan
from engine.discovery.sighting import ScannedCheck, sightings_of
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, Finding
from engine.ports.store import Transaction
from engine.store.sqlite import SqliteStore

HERE = Path(__file__).parent.parent
MODULES, TEST_FILES, ROUNDS = 400, 100, 3
FINDINGS = 20_000
_CONFIG = """
[project]
name = "sample"
python = {python}
[[checks]]
name = "pytest"
kind = "pytest"
[[checks]]
name = "ruff"
kind = "ruff"
"""
_MYPY = """
[[checks]]
name = "mypy"
kind = "mypy"
"""
_MODULE = '''"""Module {number}."""

from __future__ import annotations

import os
from sample.m{before} import work_0 as before


class Box{number}:
    """Holds {number}."""

    def __init__(self, value: int) -> None:
        self.value = value

    def doubled(self) -> int:
        """Twice the value."""
        return self.value * 2

'''
_FUNCTION = '''
def work_{index}(value: int) -> int:
    """Step {index}."""
    total = value
    for step in range({index}):
        if step % 2:
            total += step * {number}
        else:
            total -= step
    return total

'''
_TEST = '''"""Tests of module {number}."""

import pytest

from sample.m{number} import Box{number}, work_1


@pytest.mark.parametrize("value", range(10))
def test_work(value: int) -> None:
    assert sum(range(value, 50_000)) > work_1(value)  # about a millisecond, as a small test takes


def test_box() -> None:
    assert Box{number}({number}).doubled() == {expected}
'''


def files() -> dict[str, str]:
    """The sample by path: every module has an unused import, every tenth test file a red test."""
    made = {
        "pyproject.toml": (
            '[tool.ruff]\n[tool.mypy]\nfiles = ["sample"]\n'
            '[tool.pytest.ini_options]\npythonpath = ["."]\n'
        ),
        ".gitignore": "__pycache__/\n.mypy_cache/\n.ruff_cache/\n.pytest_cache/\n",
        "sample/__init__.py": "",
    }
    for number in range(MODULES):
        functions = "".join(_FUNCTION.format(index=i, number=number) for i in range(8))
        text = _MODULE.format(number=number, before=max(number - 7, 0)) + functions
        made[f"sample/m{number}.py"] = text.replace("from sample.m0 import", "from sample import")
    for number in range(TEST_FILES):
        expected = number * 2 + (number % 10 == 0)
        made[f"tests/test_m{number}.py"] = _TEST.format(number=number, expected=expected)
    return made


def make_sample(repo: Path) -> None:
    for name, text in files().items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("from sample import work_0 as before\n", ""), encoding="utf-8")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "begin"]):
        author = ["-c", "user.name=Bench", "-c", "user.email=bench@localhost"]
        subprocess.run(["git", *author, *words], cwd=repo, check=True, stdin=subprocess.DEVNULL)


def by_hand(repo: Path, folder: Path, tools: list[list[str]]) -> None:
    """A fresh clone, in which no tool finds what it cached before, as the engine's checkout is."""
    subprocess.run(["git", "clone", "-q", str(repo), str(folder)], check=True)
    for tool in tools:
        command = [sys.executable, "-m", *tool]
        silent = subprocess.DEVNULL
        subprocess.run(command, cwd=folder, check=False, stdout=silent, stderr=silent)


def discover(repo: Path) -> None:
    command = [sys.executable, "-m", "aio_tui.cli.main", "discover", "--json", "--repo", str(repo)]
    done = subprocess.run(command, cwd=HERE, check=False, stdout=subprocess.PIPE)
    report = json.loads(done.stdout)
    assert done.returncode == 0, report["checks"]
    assert report["counts"]["new"] >= MODULES, report["counts"]


def compare(folder: Path, name: str, config: str, tools: list[list[str]]) -> None:
    repo = folder / name
    repo.mkdir()
    make_sample(repo)
    (repo / ".aibrain").mkdir()
    text = config.format(python=json.dumps(sys.executable))
    (repo / ".aibrain/aio.toml").write_text(text, encoding="utf-8")
    discover(repo)
    ours, theirs = [], []
    for number in range(ROUNDS):
        clone = folder / f"{name}-{number}"
        theirs.append(timed(lambda clone=clone: by_hand(repo, clone, tools)))  # type: ignore[misc]
        ours.append(timed(lambda: discover(repo)))
    best, peer = min(ours), min(theirs)
    print(f"{name}: discover {best:.0f} ms, by hand {peer:.0f} ms: {best / peer:.2f}x")


def many_findings() -> ScannedCheck:
    findings = tuple(
        Finding(
            rule=f"E{number % 40:03}",
            message=f"something is wrong here, case {number}",
            path=f"package_{number % 50}/module_{number % 1000}.py",
            line=number // 20 + 1,
        )
        for number in range(FINDINGS)
    )
    result = CheckResult(
        name="ruff",
        command=("ruff",),
        outcome=CheckOutcome.FINDINGS,
        exit_code=1,
        duration_s=0.0,
    )
    settings = CheckSettings(name="ruff", kind="ruff")
    report = CheckReport(result=result, findings=findings)
    return ScannedCheck(settings=settings, runs_tests=False, report=report)


async def own_work(database: Path, check: ScannedCheck) -> None:
    """From reports to a durable queue."""
    store = await SqliteStore.open(database, clock=WallClock())
    found = sightings_of([check])
    scanned = Scanned(
        project="sample",
        commit="c" * 40,
        groups=group(found),
        wanted={one.id for one in found},
        whole_checks={"ruff"},
        landed={},
        scale=Scale(Surroundings()),
    )

    def write(tx: Transaction) -> Plan:
        made = plan(tx, scanned)
        carry_out(tx, made)
        return made

    await store.write(write)
    await store.close()


def main() -> None:
    pytest, ruff = ["pytest", "-q"], ["ruff", "check", "-q", "--no-cache"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        compare(folder, "pytest+ruff", _CONFIG, [pytest, ruff])
        compare(folder, "pytest+ruff+mypy", _CONFIG + _MYPY, [pytest, ruff, ["mypy"]])
        check = many_findings()
        first = timed(lambda: asyncio.run(own_work(folder / "work.db", check)))
        again = timed(lambda: asyncio.run(own_work(folder / "work.db", check)))
        tracemalloc.start()
        asyncio.run(own_work(folder / "more.db", check))
        peak = tracemalloc.get_traced_memory()[1] / 1_000_000
        tracemalloc.stop()
    print(
        f"{FINDINGS} findings: first scan {first:.0f} ms, the same again {again:.0f} ms, ", end=""
    )
    print(f"at most {peak:.0f} MB")


if __name__ == "__main__":
    main()
