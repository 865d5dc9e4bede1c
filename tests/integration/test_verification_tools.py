"""Repositories and tools as they should not be: never a PASS, never without the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.app.configuration import load_settings
from engine.app.engine import open_engine
from engine.app.judging import Branch
from engine.domain.verdict import Verdict, VerdictKind
from tests.support.pytest_bench import ON_ITS_OWN
from tests.support.repos import commit_files, git, make_repo

pytestmark = pytest.mark.slow

PRODUCT = {"app.py": "VALUE = 1\n", ".gitignore": ".aibrain/\n"}
TESTED = {
    **PRODUCT,
    "tests/test_app.py": "import app\n\n\ndef test_value():\n    assert app.VALUE == 1\n",
    "pytest.ini": f"[pytest]\naddopts = {' '.join(ON_ITS_OWN)}\npythonpath = .\n",
}
CHANGE = {"app.py": "VALUE = 1  # changed\n"}


async def judged(
    folder: Path,
    files: Mapping[str, str],
    change: Mapping[str, str],
    *,
    config: str | None = None,
    targets: tuple[str, ...] = (),
) -> Verdict:
    """The verdict on a branch with one commit of `change`."""
    repo = make_repo(folder / "target", files)
    git(repo, "switch", "-q", "-c", "work")
    commit_files(repo, change)
    if config is not None:
        (repo / ".aibrain").mkdir()
        (repo / ".aibrain/aio.toml").write_text(config, encoding="utf-8")
    async with open_engine(load_settings(repo)) as engine:
        return await engine.verify_branch(Branch(base="main", targets=targets))


def rules_of(verdict: Verdict) -> set[str]:
    return {reason.rule for reason in verdict.reasons}


def command(*words: str, name: str = "own", timeout_s: float = 20) -> str:
    return (
        f'[[checks]]\nname = "{name}"\nkind = "command"\n'
        f"command = {json.dumps(words)}\ntimeout_s = {timeout_s}\n"
    )


PYTEST = '[[checks]]\nname = "pytest"\nkind = "pytest"\ntimeout_s = 60\n'


async def test_a_sound_repository_passes(tmp_path: Path) -> None:
    assert (await judged(tmp_path, TESTED, CHANGE)).kind is VerdictKind.PASS


async def test_a_repository_without_tests_waits_for_a_human(tmp_path: Path) -> None:
    verdict = await judged(tmp_path, PRODUCT, CHANGE)

    assert verdict.kind is VerdictKind.BLOCKED
    assert "no-tests" in rules_of(verdict)
    assert "add tests" in verdict.next_step


async def test_a_syntax_error_in_conftest_is_not_passed(tmp_path: Path) -> None:
    verdict = await judged(tmp_path, {**TESTED, "tests/conftest.py": "def broken(:\n"}, CHANGE)

    assert verdict.kind is not VerdictKind.PASS
    assert any("conftest" in reason.message + reason.evidence for reason in verdict.reasons)


async def test_a_change_that_breaks_conftest_fails(tmp_path: Path) -> None:
    files = {**TESTED, "tests/conftest.py": "import app\n"}
    verdict = await judged(tmp_path, files, {"app.py": "VALUE = 1\nraise ImportError\n"})

    assert verdict.kind is VerdictKind.FAIL


async def test_a_missing_tool_waits_for_a_human(tmp_path: Path) -> None:
    verdict = await judged(tmp_path, TESTED, CHANGE, config=PYTEST + command("no-such-tool-here"))

    assert verdict.kind is VerdictKind.BLOCKED
    assert "check-broken" in rules_of(verdict)
    assert "no-such-tool-here" in verdict.next_step


async def test_a_tool_that_dies_waits_for_a_human(tmp_path: Path) -> None:
    verdict = await judged(
        tmp_path, TESTED, CHANGE, config=PYTEST + command("sh", "-c", "kill -9 $$")
    )

    assert verdict.kind is VerdictKind.BLOCKED
    assert "ended by signal 9" in verdict.reasons[0].message


async def test_a_tool_that_hangs_is_ended(tmp_path: Path) -> None:
    verdict = await judged(
        tmp_path, TESTED, CHANGE, config=PYTEST + command("sleep", "1000", timeout_s=0.3)
    )

    assert verdict.kind is VerdictKind.BLOCKED
    assert "check-timeout" in rules_of(verdict)


async def test_a_change_that_makes_a_tool_chatter_without_end_is_judged_by_its_exit(
    tmp_path: Path,
) -> None:
    flood = "head -c 30000000 /dev/zero | tr '\\0' '\\033'; exit $(grep -c changed app.py)"
    verdict = await judged(tmp_path, TESTED, CHANGE, config=PYTEST + command("sh", "-c", flood))

    assert rules_of(verdict) == {"new-failure"}
    assert sum(len(check.tail) for check in verdict.checks) < 100_000


async def test_an_interpreter_without_pytest_waits_for_a_human(tmp_path: Path) -> None:
    config = f'[project]\npython = "{tmp_path}/no-python"\n{PYTEST}'
    verdict = await judged(tmp_path, TESTED, CHANGE, config=config)

    assert verdict.kind is VerdictKind.BLOCKED
    assert "check-broken" in rules_of(verdict)


async def test_new_tests_that_end_pytest_do_not_hide_the_old_ones(tmp_path: Path) -> None:
    bomb = "import os\n\n\ndef test_bomb():\n    os._exit(0)\n"
    verdict = await judged(
        tmp_path, TESTED, {"app.py": "VALUE = 2\n", "tests/test_a_bomb.py": bomb}
    )

    assert verdict.kind is VerdictKind.FAIL
