"""Mypy as a check."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.checks.build import build_checkers
from engine.domain.settings import CheckSettings, Settings
from engine.domain.verdict import CheckOutcome, CheckReport
from engine.sandbox.runner import SubprocessRunner
from tests.support.repos import write_files

pytestmark = pytest.mark.slow


async def _check(
    tmp_path: Path, files: dict[str, str], *arguments: str, python: str = sys.executable
) -> CheckReport:
    tree = tmp_path / "tree"
    write_files(tree, {"mypy.ini": "[mypy]\n", **files})
    runner = SubprocessRunner(tmp_path / "box" / "home", tmp_path / "box" / "tmp")
    check = CheckSettings(name="mypy", kind="mypy", command=arguments)
    settings = Settings(repo=tree, project="demo", checks=(check,), python=python)
    [checker] = build_checkers(settings, runner, tree)
    return await checker.run(tree)


async def test_type_errors_are_found_with_code_and_line(tmp_path: Path) -> None:
    report = await _check(
        tmp_path, {"pkg/m.py": 'X: int = "1"\n', "mypy.ini": "[mypy]\npretty=1\n"}
    )
    [finding] = report.findings
    assert (finding.path, finding.line, finding.rule) == ("pkg/m.py", 1, "assignment")
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert report.result.failures == (finding.id,)
    assert not list((tmp_path / "tree").rglob(".mypy_cache"))


async def test_notes_are_no_failures(tmp_path: Path) -> None:
    report = await _check(tmp_path, {"m.py": "X = 1\nreveal_type(X)\n"})
    assert (report.result.outcome, report.result.failures) == (CheckOutcome.CLEAN, ())


async def test_configured_files_are_what_is_checked(tmp_path: Path) -> None:
    files = {"mypy.ini": "[mypy]\nfiles = a.py\n", "a.py": "A = 1\n", "b.py": 'B: int = ""\n'}
    assert (await _check(tmp_path, files)).result.outcome is CheckOutcome.CLEAN
    named = await _check(tmp_path, files, "b.py")
    assert named.result.outcome is CheckOutcome.FINDINGS


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"m.py": "def (:\n"}, "m.py:1"),
        ({"m.py": "X = 1\n", "mypy.ini": "[mypy]\nplugins = nowhere.py\n"}, "nowhere"),
        ({"notes.txt": "n\n"}, "no .py"),
    ],
    ids=["syntax", "plugin", "nothing"],
)
async def test_mypy_that_cannot_look_at_everything_is_broken(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    result = (await _check(tmp_path, files)).result
    assert result.outcome is CheckOutcome.BROKEN
    assert says in result.explanation


async def test_mypy_too_old_for_machine_output_is_broken(tmp_path: Path) -> None:
    old = tmp_path / "env" / "bin" / "mypy"
    write_files(old.parent, {"mypy": "#!/bin/sh\necho 'mypy: error: unrecognized' >&2\nexit 2\n"})
    old.chmod(0o755)
    result = (await _check(tmp_path, {"m.py": ""}, python=str(old.parent / "python"))).result
    assert (result.outcome, result.failures) == (CheckOutcome.BROKEN, ())
    assert "unrecognized" in result.explanation
