"""Ruff and plain commands as checks, and what is detected in a repository."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.checks.build import build_checkers
from engine.checks.detection import detect
from engine.domain.errors import ConfigError
from engine.domain.settings import CheckSettings, Settings
from engine.domain.verdict import CheckOutcome, CheckResult
from engine.sandbox.runner import SubprocessRunner
from tests.support.repos import git, make_repo, write_files

RUFF = CheckSettings(name="ruff", kind="ruff")


@pytest.fixture
def runner(tmp_path: Path) -> SubprocessRunner:
    return SubprocessRunner(tmp_path / "box" / "home", tmp_path / "box" / "tmp")


async def _run(
    runner: SubprocessRunner, check: CheckSettings, tree: Path, files: dict[str, str]
) -> CheckResult:
    write_files(tree, {"ruff.toml": "", **files})
    settings = Settings(repo=tree, project="demo", checks=(check,))
    [checker] = build_checkers(settings, runner, tree)
    return (await checker.run(tree)).result


async def test_ruff_findings_keep_their_ids_when_lines_move(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    source = "def one():\n    import os\n\n\ndef two():\n    import os\n    import sys\n"
    before = await _run(runner, RUFF, tmp_path / "a", {"pkg/m.py": source})
    after = await _run(runner, RUFF, tmp_path / "b", {"pkg/m.py": f"X = 1\n\n\n{source}"})
    assert before.outcome is CheckOutcome.FINDINGS
    assert before.tests_executed is None
    assert {failure for failure in before.failures if ":F401:" in failure} == {
        "pkg/m.py:F401:`os` imported but unused",
        "pkg/m.py:F401:`os` imported but unused#2",
        "pkg/m.py:F401:`sys` imported but unused",
    }
    assert before.failures == after.failures
    assert "pkg/m.py:2: F401" in before.tail
    assert "pkg/m.py:5: F401" in after.tail


async def test_clean_tree_is_clean_for_ruff_and_stays_untouched(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    result = await _run(runner, RUFF, tree, {"m.py": "X = 1\n", "ruff.toml": "fix = true\n"})
    assert (result.outcome, result.exit_code, result.failures) == (CheckOutcome.CLEAN, 0, ())
    assert sorted(path.name for path in tree.rglob("*")) == ["m.py", "ruff.toml"]


async def test_file_that_cannot_be_parsed_is_a_ruff_finding(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    result = await _run(runner, RUFF, tmp_path / "tree", {"m.py": "def (:\n"})
    assert result.outcome is CheckOutcome.FINDINGS
    assert result.failures[0].startswith("m.py:")


async def test_broken_ruff_configuration_is_broken(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    files = {"m.py": "X = 1\n", "ruff.toml": "no-such-setting = 1\n"}
    result = await _run(runner, RUFF, tmp_path / "tree", files)
    assert result.outcome is CheckOutcome.BROKEN
    assert "ruff ended with code 2" in result.explanation


async def test_ruff_output_in_another_format_is_broken(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    check = CheckSettings(name="ruff", kind="ruff", command=("--statistics",))
    result = await _run(runner, check, tmp_path / "tree", {"m.py": "import os\n"})
    assert result.outcome is CheckOutcome.BROKEN
    assert "cannot be read" in result.explanation


async def test_ruff_looks_into_a_worktree_below_an_ignored_folder(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    repo = make_repo(tmp_path / "repo", {"m.py": "import os\n", ".gitignore": "state/\n"})
    tree = repo / "state" / "t1"
    git(repo, "worktree", "add", "-q", "-b", "fix/t1", str(tree))
    result = await _run(runner, RUFF, tree, {})
    assert result.failures == ("m.py:F401:`os` imported but unused",)


@pytest.mark.parametrize(
    ("code", "outcome", "failures"),
    [
        ("pass", CheckOutcome.CLEAN, ()),
        ("import sys; print('bad'); sys.exit(3)", CheckOutcome.FINDINGS, ("exit-3",)),
        ("import sys; sys.exit(127)", CheckOutcome.BROKEN, ()),
        ("import os; os.kill(os.getpid(), 9)", CheckOutcome.BROKEN, ()),
    ],
)
async def test_command_is_judged_by_its_exit_code(
    runner: SubprocessRunner,
    tmp_path: Path,
    code: str,
    outcome: CheckOutcome,
    failures: tuple[str, ...],
) -> None:
    check = CheckSettings(name="own", kind="command", command=(sys.executable, "-c", code))
    result = await _run(runner, check, tmp_path / "tree", {})
    assert (result.outcome, result.failures) == (outcome, failures)
    assert bool(result.explanation) == (outcome is CheckOutcome.BROKEN)


async def test_command_at_its_limit_is_a_timeout(runner: SubprocessRunner, tmp_path: Path) -> None:
    check = CheckSettings(name="own", kind="command", command=("sleep", "60"), timeout_s=0.2)
    result = await _run(runner, check, tmp_path / "tree", {})
    assert (result.outcome, result.exit_code) == (CheckOutcome.TIMEOUT, None)
    assert result.explanation == "stopped after 0.2 s"


@pytest.mark.parametrize("kind", ["command", "pytest"])
async def test_check_whose_program_is_missing_is_broken(
    runner: SubprocessRunner, tmp_path: Path, kind: str
) -> None:
    check = CheckSettings(name="own", kind=kind, command=("no-such-program",))
    write_files(tmp_path, {"m.py": ""})
    settings = Settings(
        repo=tmp_path, project="demo", checks=(check,), python=str(tmp_path / "nowhere/python")
    )
    [checker] = build_checkers(settings, runner, tmp_path)
    assert (await checker.run(tmp_path)).result.outcome is CheckOutcome.BROKEN


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        ({"m.py": ""}, []),
        ({"tests/test_m.py": ""}, ["pytest"]),
        ({"pkg/m_test.py": ""}, ["pytest"]),
        ({".venv/lib/test_x.py": "", "node_modules/test_y.py": ""}, []),
        ({"ruff.toml": ""}, ["ruff"]),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 90\n"}, ["ruff"]),
        ({"pyproject.toml": "[tool.ruff.lint]\n", "test_m.py": ""}, ["pytest", "ruff"]),
        ({"pyproject.toml": "[project]\nname = 'x'\n# [tool.ruff]\n"}, []),
    ],
)
def test_checks_are_detected_by_the_files(
    tmp_path: Path, files: dict[str, str], kinds: list[str]
) -> None:
    write_files(tmp_path, files)
    assert [check.kind for check in detect(tmp_path)] == kinds


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        ((CheckSettings(name="a", kind="magic"),), "unknown kind 'magic'"),
        ((CheckSettings(name="a", kind="command"),), "'a' has no command"),
        ((RUFF, RUFF), "two checks have the name 'ruff'"),
    ],
)
def test_impossible_check_is_refused(
    runner: SubprocessRunner, tmp_path: Path, checks: tuple[CheckSettings, ...], says: str
) -> None:
    settings = Settings(repo=tmp_path, project="demo", checks=checks)
    with pytest.raises(ConfigError, match=says):
        build_checkers(settings, runner, tmp_path)
